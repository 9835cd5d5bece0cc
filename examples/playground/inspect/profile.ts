/** Where the time of a run goes: kernels, the slowest first, as a table with bars. */
import type { KernelProfile } from "hebb/onnx";
import { find, make } from "../page/dom.ts";
import { amount, milliseconds, percent, plural, sizes } from "../page/words.ts";

/** Kernels that are listed. */
const LISTED = 60;

/** Shows a profile; `onPoint` hears of the kernel under the pointer or the focus, and of none. */
export function showProfile(kernels: readonly KernelProfile[], onPoint: (kernel: number | null) => void): void {
  const total = kernels.reduce((sum, { ms }) => sum + ms, 0);
  const sorted = kernels.map((kernel, number) => ({ ...kernel, number })).sort((a, b) => b.ms - a.ms);
  const most = sorted[0]?.ms || 1;
  const rows = sorted.slice(0, LISTED).map(({ label, shape, ms, gflops, bytes, number }) => {
    const bar = make("span", { class: "fill" });
    bar.style.transform = `scaleX(${ms / most})`;
    const row = make(
      "tr",
      {},
      make(
        "th",
        { scope: "row" },
        label.replaceAll("+", " + "),
        make("span", { class: "track", "aria-hidden": "true" }, bar),
      ),
      make("td", {}, milliseconds(ms)),
      make("td", {}, percent(ms / (total || 1))),
      make("td", { class: "wide" }, gflops > 0 ? gflops.toPrecision(3) : "–"),
      make("td", { class: "wide" }, `${amount(bytes)}B`),
      make("td", { class: "wide" }, sizes(shape)),
    );
    row.addEventListener("pointerenter", () => onPoint(number));
    row.addEventListener("pointerleave", () => onPoint(null));
    return row;
  });
  const head = ["Kernel", "Time", "Share", "GFLOP/s", "Moved", "Writes"].map((name, i) =>
    make("th", { scope: "col", ...(i > 2 ? { class: "wide" } : {}) }, name),
  );
  const shown = sorted.length > LISTED ? `, the slowest ${LISTED} listed` : "";
  find("p", "profile-note").textContent =
    `${milliseconds(total)} a run in ${plural(kernels.length, "kernel", "kernels")}${shown}.`;
  const table = find("table", "profile");
  table.replaceChildren(make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
  table.hidden = false;
}
