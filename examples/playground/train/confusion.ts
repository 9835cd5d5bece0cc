/** What each test digit was read as: a table, the stronger coloured the more there are. */
import { find, make } from "../page/dom.ts";
import { percent, plural } from "../page/words.ts";
import type { Assessment } from "./tally.ts";

const digits = Array.from({ length: 10 }, (_, digit) => digit);

export class Confusion {
  readonly #cells = digits.map((label) =>
    digits.map((read) => make("td", { class: label === read ? "right" : "wrong" }, "")),
  );

  constructor() {
    const head = make("tr", {}, make("td"), ...digits.map((read) => make("th", { scope: "col" }, String(read))));
    const rows = digits.map((label) =>
      make("tr", {}, make("th", { scope: "row" }, String(label)), ...(this.#cells[label] ?? [])),
    );
    find("table", "confusion").append(make("thead", {}, head), make("tbody", {}, ...rows));
    this.draw(null);
  }

  draw(assessment: Assessment | null): void {
    const confusion = assessment?.confusion;
    digits.forEach((label) => {
      const row = confusion?.[label] ?? [];
      const most = row.reduce((a, b) => a + b, 0) || 1;
      digits.forEach((read) => {
        const cell = this.#cells[label]?.[read] as HTMLTableCellElement;
        const count = row[read] ?? 0;
        cell.textContent = confusion === undefined ? "" : count === 0 ? "·" : String(count);
        // Few mistakes are to be seen as well.
        cell.style.setProperty(
          "--share",
          String(Math.round(100 * (label === read ? count / most : Math.sqrt(count / most)))),
        );
      });
    });
    const count = confusion?.flat().reduce((a, b) => a + b, 0) ?? 0;
    find("p", "confusion-note").textContent =
      assessment === null
        ? "Filled in at the first test, every 50 steps."
        : `${percent(assessment.accuracy)} of ${plural(count, "test digit", "test digits")} read right. Rows: what a digit is; columns: what it was read as.`;
  }
}
