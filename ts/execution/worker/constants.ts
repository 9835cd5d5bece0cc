/** Values that never change, as the page numbers them: they stay with the page, and the worker gets them once. */
import type { Source } from "../../graph/node.ts";
import type { WorkerHolder } from "./holder.ts";

export class Constants {
  /** Numbers that the worker was told the values of, though it may have forgotten them. */
  readonly sent: Set<number> = new Set();
  readonly #holder: WorkerHolder;
  readonly #numbers = new WeakMap<Source, number>();
  readonly #collected: FinalizationRegistry<number>;

  constructor(holder: WorkerHolder) {
    this.#holder = holder;
    this.#collected = new FinalizationRegistry((id) => {
      this.sent.delete(id);
      holder.release({ constants: [id] });
    });
  }

  numberOf(source: Source): number {
    let id = this.#numbers.get(source);
    if (id === undefined) {
      id = this.#holder.newId();
      this.#numbers.set(source, id);
      this.#collected.register(source, id);
    }
    return id;
  }
}
