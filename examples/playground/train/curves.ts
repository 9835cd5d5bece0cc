/** Loss and accuracy over the steps: of the batches, smoothed, and of the test digits. */
import { Chart, type Points } from "../page/chart.ts";
import { find } from "../page/dom.ts";
import { percent } from "../page/words.ts";
import type { Step } from "./trainer.ts";

/** Points that are kept; of more, every second is dropped. */
const KEPT = 1200;
/** What a step adds to the smoothed curve. */
const SHARE = 0.06;

interface Row {
  readonly step: number;
  readonly train: readonly [loss: number, accuracy: number];
  readonly test: readonly [loss: number, accuracy: number] | null;
}

export class Curves {
  #rows: Row[] = [];
  #every = 1;
  #smooth: readonly [number, number] | null = null;
  #test: readonly [number, number] | null = null;
  readonly #charts: readonly [Chart, Chart];

  constructor() {
    const lines = [
      { name: "training", colour: "blue", width: 2 },
      { name: "test", colour: "orange", width: 2, sparse: true },
    ] as const;
    this.#charts = [
      new Chart(find("div", "loss-chart"), {
        lines,
        log: true,
        format: (value) => String(Number(value.toPrecision(1))),
        range: (low, high) => [Math.min(low || 1, 0.5) / 1.2, Math.max(high, 2.5)],
      }),
      new Chart(find("div", "accuracy-chart"), {
        lines,
        format: (value) => percent(value, 0),
        range: (low) => [low > 0.85 ? 0.8 : low > 0.6 ? 0.5 : 0, 1],
      }),
    ];
    this.draw();
  }

  clear(): void {
    this.#rows = [];
    this.#every = 1;
    this.#smooth = null;
    this.#test = null;
    this.draw();
  }

  add({ step, loss, accuracy }: Step): void {
    const [before, beforeAccuracy] = this.#smooth ?? [loss, accuracy];
    // The first steps count for more, so that the curve begins where the loss does.
    const share = Math.max(SHARE, 1 / (step + 1));
    this.#smooth = [before + share * (loss - before), beforeAccuracy + share * (accuracy - beforeAccuracy)];
    if (step % this.#every === 0) this.#push({ step, train: this.#smooth, test: null });
  }

  addTest(step: number, loss: number, accuracy: number): void {
    this.#test = [loss, accuracy];
    if (this.#smooth !== null) this.#push({ step, train: this.#smooth, test: this.#test });
  }

  #push(row: Row): void {
    if (this.#rows.at(-1)?.step === row.step) this.#rows.pop();
    this.#rows.push(row);
    if (this.#rows.length <= KEPT) return;
    this.#every *= 2;
    this.#rows = this.#rows.filter(({ test }, i) => test !== null || i % 2 === 0);
  }

  draw(): void {
    const steps = this.#rows.map(({ step }) => step);
    this.#charts.forEach((chart, i) => {
      const train = this.#rows.map((row) => row.train[i] as number);
      const test = this.#rows.map((row) => row.test?.[i] ?? null);
      chart.draw([steps, train, test] satisfies Points);
    });
    const [loss, accuracy] = this.#smooth ?? [];
    const [testLoss, testAccuracy] = this.#test ?? [];
    this.#say("loss", loss?.toFixed(3), testLoss?.toFixed(3));
    this.#say(
      "accuracy",
      accuracy && percent(accuracy),
      testAccuracy === undefined ? undefined : percent(testAccuracy),
    );
  }

  /** The last values beside the names of the curves, and as the chart's text. */
  #say(name: string, train: string | number | undefined, test: string | undefined): void {
    find("span", `${name}-train`).textContent = train === undefined ? "" : String(train);
    find("span", `${name}-test`).textContent = test ?? "";
    const last = this.#rows.at(-1)?.step ?? 0;
    const label =
      last === 0
        ? `${name}: no steps yet`
        : `${name} after ${last} steps: ${train} in training${test === undefined ? "" : `, ${test} on test digits`}`;
    find("div", `${name}-chart`).setAttribute("aria-label", label);
  }
}
