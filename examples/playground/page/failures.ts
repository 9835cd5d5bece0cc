/** Errors in words: what was tried, what the library says, and what is missing, as a list. */
import { make } from "./dom.ts";

/** Shows an error at the top of a part of the page, in place of the one before. */
export function showFailure(part: HTMLElement, title: string, error: unknown, list: readonly string[] = []): void {
  clearFailure(part);
  const close = make("button", { type: "button", class: "plain" }, "Dismiss");
  const failure = make("div", { class: "failure", role: "alert" });
  const message = error instanceof Error ? error.message : String(error);
  failure.append(make("div", {}, make("strong", {}, title), make("p", {}, message)), close);
  if (list.length > 0) failure.firstElementChild?.append(make("ul", {}, ...list.map((item) => make("li", {}, item))));
  close.addEventListener("click", () => failure.remove());
  part.prepend(failure);
  failure.scrollIntoView({ block: "nearest" });
}

export function clearFailure(part: HTMLElement): void {
  part.querySelector(":scope > .failure")?.remove();
}

/** Whether work ended because somebody stopped it. */
export const isStop = (error: unknown): boolean => error instanceof DOMException && error.name === "AbortError";
