/** Where the time of a run goes: kernels, the slowest first, as a table with bars. */
import type { KernelProfile } from "hebb/onnx";
import { find, make } from "../page/dom.ts";
import { amount, milliseconds, percent, plural, sizes } from "../page/words.ts";

/** Kernels that are listed at first, and names of nodes beside one. */
const FIRST = 12;
const NAMED = 4;

/**
 * Shows a profile; `nodesOf` names the nodes that a kernel computes, `onPoint` hears of the kernel under the pointer, and of
 * none.
 */
export function showProfile(
  kernels: readonly KernelProfile[],
  nodesOf: (kernel: number) => readonly string[],
  onPoint: (kernel: number | null) => void,
): void {
  const total = kernels.reduce((sum, { ms }) => sum + ms, 0);
  const sorted = kernels.map((kernel, number) => ({ ...kernel, number })).sort((a, b) => b.ms - a.ms);
  const most = sorted[0]?.ms || 1;
  const rows = sorted.map(({ label, shape, ms, gflops, bytes, number }, i) => {
    const bar = make("span", { class: "fill" });
    bar.style.transform = `scaleX(${ms / most})`;
    const nodes = nodesOf(number);
    const names = `${nodes.slice(0, NAMED).join(", ")}${nodes.length > NAMED ? ` and ${nodes.length - NAMED} more` : ""}`;
    const title = make("th", { scope: "row" }, label.replaceAll("+", " + "));
    if (names !== "") title.append(" ", make("small", {}, names));
    title.append(make("span", { class: "track", "aria-hidden": "true" }, bar));
    const row = make(
      "tr",
      {},
      title,
      make("td", {}, milliseconds(ms)),
      make("td", {}, percent(ms / (total || 1))),
      make("td", { class: "wide" }, gflops > 0 ? gflops.toPrecision(3) : "–"),
      make("td", { class: "wide" }, amount(bytes, "B")),
      make("td", { class: "wide" }, sizes(shape)),
    );
    row.hidden = i >= FIRST;
    row.addEventListener("pointerenter", () => onPoint(number));
    row.addEventListener("pointerleave", () => onPoint(null));
    return row;
  });
  const head = ["Kernel", "Time", "Share", "GFLOP/s", "Moved", "Writes"].map((name, i) =>
    make("th", { scope: "col", ...(i > 2 ? { class: "wide" } : {}) }, name),
  );
  const where = sorted.length > 0 ? plural(kernels.length, "kernel", "kernels") : "no kernel at all";
  find("p", "profile-note").textContent = `${milliseconds(total)} a run in ${where}.`;
  const table = find("table", "profile");
  table.replaceChildren(make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
  table.hidden = false;
  const more = find("button", "profile-more");
  more.hidden = rows.length <= FIRST;
  more.textContent = `All ${rows.length} kernels`;
  more.onclick = () => {
    for (const row of rows) row.hidden = false;
    more.hidden = true;
    rows[FIRST]?.querySelector("th")?.scrollIntoView({ block: "nearest" });
  };
}

/** Shows that nothing was measured yet. */
export function clearProfile(): void {
  find("table", "profile").hidden = true;
  find("button", "profile-more").hidden = true;
  find("p", "profile-note").textContent = "The time of every kernel, the mean of ten runs.";
}
