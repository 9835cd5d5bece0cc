/** Long work: a bar that says what goes on, and a button that stops it. */
import { find } from "../page/dom.ts";

export class Work {
  readonly #place = find("div", "work");
  #abort = new AbortController();
  #running = 0;

  constructor() {
    find("button", "work-stop").addEventListener("click", () => this.#abort.abort());
  }

  /** Does work while the bar is shown; `note` says what goes on now. New work stops what went on before. */
  async during<T>(title: string, work: (signal: AbortSignal, note: (text: string) => void) => Promise<T>): Promise<T> {
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#running++;
    const note = (text: string): void => {
      find("span", "work-note").textContent = `${text} …`;
    };
    note(title);
    // What is over at once needs no bar.
    const late = setTimeout(() => {
      this.#place.hidden = false;
    }, 150);
    try {
      return await work(signal, note);
    } finally {
      clearTimeout(late);
      this.#running--;
      if (this.#running === 0) this.#place.hidden = true;
    }
  }
}
