/** Where everything is computed: the choice of device, and what became of it. */
import { type InitOptions, init } from "hebb";
import { announce } from "./announce.ts";
import { find, make } from "./dom.ts";
import { clearFailure, showFailure } from "./failures.ts";
import type { Lane } from "./pause.ts";

interface Choice {
  readonly name: string;
  readonly options: InitOptions;
}

/** Threads on offer: two, and half of what the machine has. */
const threadCounts = [...new Set([2, Math.min(8, navigator.hardwareConcurrency >> 1)])].filter((count) => count > 1);

const choices: readonly Choice[] = [
  { name: "WebAssembly", options: { device: "wasm" } },
  ...threadCounts.map(
    (threads): Choice => ({ name: `WebAssembly, ${threads} threads`, options: { device: "wasm", threads } }),
  ),
  { name: "WebGPU", options: { device: "webgpu" } },
  { name: "Whichever is faster", options: { device: "auto" } },
];

/** Lets the list choose; a device that cannot be had leaves the one before, and says why. */
export function startDevice(lane: Lane, part: HTMLElement, onChange: () => void): void {
  const select = find("select", "device");
  select.append(...choices.map(({ name }, i) => make("option", { value: String(i) }, name)));
  let current = 0;
  select.addEventListener("change", async () => {
    const wanted = select.selectedIndex;
    const { name, options } = choices[wanted] as Choice;
    clearFailure(part);
    select.disabled = true;
    try {
      await lane.run(() => init(options));
      current = wanted;
      announce(`Runs on ${name} now`);
      onChange();
    } catch (error) {
      select.selectedIndex = current;
      showFailure(part, `${name} cannot be used here; ${choices[current]?.name} goes on`, error);
    } finally {
      select.disabled = false;
      select.focus();
    }
  });
}
