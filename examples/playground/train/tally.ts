/** What a network made of the test digits, counted batch by batch. */

export interface Assessment {
  readonly loss: number;
  readonly accuracy: number;
  /** Rows: what a digit is. Columns: what it was read as. */
  readonly confusion: readonly (readonly number[])[];
}

export class Tally {
  readonly #labels: Uint8Array;
  readonly #confusion = Array.from({ length: 10 }, () => new Array<number>(10).fill(0));
  #count = 0;
  #right = 0;
  #loss = 0;

  constructor(labels: Uint8Array) {
    this.#labels = labels;
  }

  /** The scores [n, 10] of the next digits. */
  add(scores: Float32Array): void {
    for (let at = 0; at < scores.length; at += 10) {
      const row = scores.subarray(at, at + 10);
      const label = this.#labels[this.#count++] as number;
      const most = Math.max(...row);
      const read = row.indexOf(most);
      const sum = row.reduce((total, score) => total + Math.exp(score - most), 0);
      this.#loss += Math.log(sum) + most - (row[label] as number);
      if (read === label) this.#right++;
      const counts = this.#confusion[label] as number[];
      counts[read] = (counts[read] ?? 0) + 1;
    }
  }

  finish(): Assessment {
    return { loss: this.#loss / this.#count, accuracy: this.#right / this.#count, confusion: this.#confusion };
  }
}
