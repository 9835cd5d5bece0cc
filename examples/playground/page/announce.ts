/** What a screen reader says by itself: one sentence at a time, and none so soon that it talks over the last. */
import { find } from "./dom.ts";

/** Milliseconds between sentences that may wait. */
const PERIOD = 8000;
let spoken = 0;

/** Says something that the person at the page asked for. */
export function announce(sentence: string): void {
  spoken = performance.now();
  find("div", "status").textContent = sentence;
}

/** Says how long work goes on, if nothing was said for a while. */
export function announceProgress(sentence: () => string): void {
  if (performance.now() - spoken > PERIOD) announce(sentence());
}
