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

/** Threads on offer: one, two, and all that the machine has. */
const threadCounts = [...new Set([1, 2, Math.min(16, navigator.hardwareConcurrency)])];

/** Workers keep the page free, whatever is computed. The first choice that can be had is taken at the start. */
const choices: readonly Choice[] = [
  { name: "WebAssembly", options: { device: "wasm", worker: true } },
  ...threadCounts.map(
    (threads): Choice => ({
      name: `WebAssembly, ${threads} ${threads === 1 ? "thread" : "threads"}`,
      options: { device: "wasm", worker: true, threads },
    }),
  ),
  { name: "WebAssembly, no worker", options: { device: "wasm" } },
  { name: "WebGPU", options: { device: "webgpu", worker: true } },
  { name: "Whichever is faster", options: { device: "auto", worker: true } },
];
const WITHOUT_WORKER = choices.findIndex(({ options }) => options.worker === undefined);

/** Lets the list choose; a device that cannot be had leaves the one before, and says why. */
export function startDevice(lane: Lane, part: HTMLElement, onChange: () => void): void {
  const select = find("select", "device");
  select.append(...choices.map(optionOf));
  let current = 0;
  const change = async (wanted: number): Promise<void> => {
    const { options } = choices[wanted] as Choice;
    select.selectedIndex = wanted;
    select.disabled = true;
    try {
      await lane.run(() => init(options));
      current = wanted;
    } finally {
      select.selectedIndex = current;
      select.disabled = false;
    }
  };
  select.addEventListener("change", async () => {
    const wanted = select.selectedIndex;
    const name = choices[wanted]?.name;
    clearFailure(part);
    try {
      await change(wanted);
      announce(`Runs on ${name} now`);
      onChange();
    } catch (error) {
      showFailure(part, `${name} cannot be used here; ${choices[current]?.name} goes on`, error);
    } finally {
      select.focus();
    }
  });
  change(0)
    .catch(() => change(WITHOUT_WORKER))
    .catch((error) => showFailure(part, "Nothing can be computed here", error));
}

/** Threads share memory, which pages may only where they are isolated from others. */
function optionOf({ name, options: { threads = 1 } }: Choice): HTMLOptionElement {
  const denied = threads > 1 && !crossOriginIsolated;
  return make("option", denied ? { disabled: "" } : {}, denied ? `${name}: the page is not isolated` : name);
}
