/** Which digit is looked at: one of ten test digits, or the drawing. */
import type { Digits } from "../../digits/draw.ts";
import { SIZE } from "../../digits/input.ts";
import { find, make } from "../page/dom.ts";
import { paintGrey } from "../page/paint.ts";
import { onThemeChange } from "../page/theme.ts";
import { digitAt } from "./digits.ts";

export class DigitChoice {
  readonly #place = find("div", "digit-choice");
  readonly #onChoose: () => void;
  #digits: Digits | null = null;
  #from = 0;
  #chosen = 0;

  constructor(onChoose: () => void) {
    this.#onChoose = onChoose;
    this.#place.addEventListener("change", (event) => {
      this.#chosen = Number((event.target as HTMLInputElement).value);
      onChoose();
    });
    find("button", "other-digits").addEventListener("click", () => {
      if (this.#digits !== null) this.offer(this.#digits, this.#from + 10);
    });
    onThemeChange(() => this.#paint());
  }

  /** Whether the drawing is looked at. */
  get drawn(): boolean {
    return this.#chosen === 10;
  }

  /** The chosen test digit; null before there are any. */
  get pixels(): Uint8Array | null {
    return this.#digits === null ? null : digitAt(this.#digits, this.#indices()[this.#chosen % 10] ?? 0);
  }

  /** Puts ten test digits up for choice, one of each class from `from` on. */
  offer(digits: Digits, from = 0): void {
    this.#digits = digits;
    this.#from = from % digits.labels.length;
    if (this.#place.childElementCount === 0) this.#build();
    this.#paint();
    this.#onChoose();
  }

  chooseDrawing(): void {
    const input = this.#place.querySelector<HTMLInputElement>('input[value="10"]');
    if (input === null || this.drawn) return;
    input.checked = true;
    this.#chosen = 10;
  }

  #indices(): number[] {
    const { labels } = this.#digits as Digits;
    return Array.from({ length: 10 }, (_, digit) => {
      const after = labels.indexOf(digit, this.#from);
      return after >= 0 ? after : Math.max(0, labels.indexOf(digit));
    });
  }

  #build(): void {
    const option = (value: number, name: string, picture: Node): HTMLElement => {
      const input = make("input", { type: "radio", name: "digit", value: String(value), "aria-label": name });
      input.checked = value === this.#chosen;
      return make("label", {}, input, picture);
    };
    const tests = Array.from({ length: 10 }, (_, digit) => option(digit, `A test digit ${digit}`, make("canvas")));
    this.#place.append(...tests, option(10, "Your drawing", make("span", {}, "Yours")));
  }

  #paint(): void {
    if (this.#digits === null) return;
    const digits = this.#digits;
    const canvases = this.#place.querySelectorAll("canvas");
    this.#indices().forEach((index, i) => {
      const canvas = canvases[i];
      if (canvas !== undefined) paintGrey(canvas, digitAt(digits, index), SIZE, 255);
    });
  }
}
