/** The outputs of the last run, each in the way that was chosen for it. */
import type { Result } from "hebb/onnx";
import { find, make } from "../page/dom.ts";
import { showOutput, type Way, ways, waysOf } from "./outputs.ts";

/** Outputs that are shown. */
const SHOWN = 8;

interface Row {
  readonly select: HTMLSelectElement;
  readonly body: HTMLElement;
}

export class Answers {
  readonly #rows = new Map<string, Row>();
  #results: Readonly<Record<string, Result>> = {};
  #labels: readonly string[] = [];

  clear(): void {
    this.#rows.clear();
    find("div", "outputs").replaceChildren();
    find("p", "run-note").textContent = "";
  }

  async show(results: Readonly<Record<string, Result>>, labels: readonly string[]): Promise<void> {
    this.#results = results;
    this.#labels = labels;
    const [names, isFirst] = [Object.keys(results), this.#rows.size === 0];
    for (const name of names.slice(0, SHOWN)) await this.#draw(name);
    const left = names.slice(SHOWN);
    if (isFirst && left.length > 0)
      find("div", "outputs").append(make("p", { class: "note" }, `Not shown: ${left.join(", ")}.`));
  }

  async #draw(name: string): Promise<void> {
    const result = this.#results[name] as Result;
    const { select, body } = this.#rows.get(name) ?? this.#add(name, waysOf(result));
    body.replaceChildren(await showOutput(result, select.value as Way, this.#labels));
  }

  #add(name: string, possible: readonly Way[]): Row {
    const options = possible.map((way) => make("option", { value: way }, ways[way]));
    const row = { select: make("select", { "aria-label": `How to show ${name}` }, ...options), body: make("div") };
    row.select.addEventListener("change", () => this.#draw(name));
    row.select.hidden = possible.length < 2;
    const head = make("div", { class: "row" }, make("h3", {}, name), row.select);
    find("div", "outputs").append(make("section", { "aria-label": `Output ${name}` }, head, row.body));
    this.#rows.set(name, row);
    return row;
  }
}
