/** Starting threads for work of any size, for tests of every runtime. */

import { worth } from "../../ts/device/wasm/worth.ts";
import { currentDevice } from "../../ts/execution/running.ts";
import { type InitOptions, init, tensor } from "../../ts/index.ts";

const usual = { ...worth };

/** From now on `threads` share every command, however small; 1: one thread works alone. */
export async function shareAll(threads: number, options: InitOptions = {}): Promise<void> {
  Object.assign(worth, threads > 1 ? { start: 0, run: 0, always: true } : usual);
  await init({ ...options, device: "wasm", threads });
  const limit = performance.now() + 60_000;
  while (threadCount() < threads) {
    if (performance.now() > limit)
      throw new Error(`shared: cannot start ${threads} threads: there are ${threadCount()}`);
    await tensor([1, 2]).add(1).data();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Threads that share the work at the moment. */
export function threadCount(): number {
  return currentDevice()?.threads ?? 1;
}
