/** Ten probabilities as bars, the greatest marked. */
import { find, make } from "../page/dom.ts";
import { percent } from "../page/words.ts";

export class Bars {
  readonly #rows = Array.from({ length: 10 }, (_, digit) => {
    const fill = make("span", { class: "fill" });
    const value = make("span", { class: "value" });
    const item = make(
      "li",
      {},
      make("span", { class: "name" }, String(digit)),
      make("span", { class: "track" }, fill),
      value,
    );
    return { item, fill, value };
  });

  constructor() {
    find("ol", "bars").append(...this.#rows.map(({ item }) => item));
    this.draw(null);
  }

  /** Shows probabilities, or that there is nothing to read. */
  draw(probabilities: ArrayLike<number> | null): void {
    const best =
      probabilities === null ? -1 : Array.from(probabilities).indexOf(Math.max(...Array.from(probabilities)));
    this.#rows.forEach(({ item, fill, value }, digit) => {
      const share = probabilities?.[digit] ?? 0;
      fill.style.transform = `scaleX(${share})`;
      value.textContent = probabilities === null ? "–" : percent(share);
      item.classList.toggle("best", digit === best);
    });
    find("p", "answer").textContent =
      probabilities === null
        ? "Draw above, and the network reads it."
        : `Reads as ${best}, ${percent(probabilities[best] as number)}.`;
  }
}
