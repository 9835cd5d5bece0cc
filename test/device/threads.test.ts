/** Threads of the wasm device in Node: the same bits, the same errors, and nobody who waits for a thread that is not there. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { IOTA } from "../../assembly/kernels.ts";
import { CommandWriter } from "../../ts/device/wasm/command.ts";
import { Heap } from "../../ts/device/wasm/heap.ts";
import { loadModule } from "../../ts/device/wasm/module.ts";
import type { WasmProgram } from "../../ts/device/wasm/program.ts";
import { startTeam } from "../../ts/device/wasm/team.ts";
import { worth } from "../../ts/device/wasm/worth.ts";
import { explain, init, type Tensor, tensor } from "../../ts/index.ts";
import * as node from "../../ts/platform/node.ts";
import { tableBits } from "../ops/bits.ts";
import { trainedBits } from "./lenet.ts";
import { shareAll, threadCount } from "./shared.ts";

const usual = { ...worth };
afterEach(async () => {
  Object.assign(worth, usual);
  vi.restoreAllMocks();
  await init({ threads: 1, deterministic: true });
});

const counted = (rows: number, columns: number, period: number): Tensor =>
  tensor(
    Float32Array.from({ length: rows * columns }, (_, i) => i % period),
    { shape: [rows, columns] },
  );
const product = (n: number): Promise<unknown> =>
  counted(n, n + 3, 7)
    .matmul(counted(n + 3, n, 5))
    .sum(1)
    .array();

describe("threads", () => {
  it("are as many as were asked for, and change no bit of the table's values and gradients", {
    timeout: 400_000,
  }, async () => {
    const alone = await tableBits(1, { deterministic: true });
    expect(alone.length).toBeGreaterThan(450);
    for (const threads of [2, 3]) {
      expect(await tableBits(threads, { deterministic: true })).toEqual(alone);
      expect(threadCount()).toBe(threads);
      expect(await explain(tensor([1]).add(1))).toMatch(new RegExp(`\\nthreads: ${threads}$`));
    }
  });

  it("change no bit of weights that are trained", { timeout: 200_000 }, async () => {
    const alone = await trainedBits(1, 5, { deterministic: true });
    expect(alone.length).toBe(61_706);
    expect(await trainedBits(2, 5, { deterministic: true })).toEqual(alone);
    expect(await trainedBits(3, 5, { deterministic: true })).toEqual(alone);
  });

  it("start by themselves when there is work enough, and not before", { timeout: 120_000 }, async () => {
    await init({ threads: 2, deterministic: true });
    await product(8);
    expect(threadCount()).toBe(1);
    const limit = performance.now() + 60_000;
    const first = await product(300);
    while (threadCount() < 2 && performance.now() < limit) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      expect(await product(300)).toEqual(first);
    }
    expect(threadCount()).toBe(2);
    for (let i = 0; i < 20; i++) expect(await product(300)).toEqual(first);
  });

  it("end with their device", { timeout: 120_000 }, async () => {
    await shareAll(2, { deterministic: true });
    await init({ threads: 1, deterministic: true });
    expect(threadCount()).toBe(1);
  });
});

describe("what goes wrong", () => {
  it("an index out of range is named as by one thread", { timeout: 120_000 }, async () => {
    const wrong = Int32Array.from({ length: 4000 }, (_, i) => (i > 1700 ? 50 + i : i % 40));
    const take = (): Promise<unknown> => counted(40, 3, 11).indexSelect(0, tensor(wrong).add(0)).data();
    const messageOf = (): Promise<string> => take().then(String, (error: Error) => `${error.name}: ${error.message}`);
    await init({ threads: 1, deterministic: true });
    const alone = await messageOf();
    expect(alone).toContain("1751");
    await shareAll(3, { deterministic: true });
    expect(await messageOf()).toBe(alone);
    expect(await product(20)).toBeDefined();
  });

  it("a trap of a thread is thrown here, and the next run is right", { timeout: 120_000 }, async () => {
    Object.assign(worth, { start: 0, run: 0, always: true });
    const kernels = await loadModule({ threads: 2, deterministic: true });
    const heap = new Heap(kernels.memory, 65536);
    const team = await startTeam(kernels, heap, 2, node.wasmUrl);
    const out = new CommandWriter();
    out.begin(IOTA);
    out.int(0, 0, 0, 4096, 0);
    out.float(0, 1);
    out.end();
    const slots = heap.allocate(64);
    const program = programOf(heap, out, slots, heap.allocate(2 * out.scratchBytes));
    while (team.threads < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    const run = (address: number): unknown => {
      heap.words[slots >>> 2] = address;
      try {
        team.run(program);
        return team.failure(program.error) ?? "fine";
      } catch (error) {
        team.settle();
        return error;
      }
    };
    const room = heap.allocate(4 * 4096);
    expect(run(room)).toBe("fine");
    const end = kernels.memory.buffer.byteLength;
    const isTrap = expect.objectContaining({ name: "RuntimeError", message: expect.stringMatching(/out of bounds/i) });
    expect(run(end - 8192)).toEqual(isTrap); // the other thread's half
    heap.words[(program.address >>> 2) + 4] = 0;
    for (let i = 0; i < 200; i++) {
      expect(run(end)).toEqual(isTrap); // both, where the other thread is quick enough
      heap.words[(program.address >>> 2) + 4] = 0;
      expect(run(room)).toBe("fine");
    }
    expect(heap.read("float32", room, 4096)[4095]).toBe(4095);
    team.dissolve();
  });
});

/** A program of a writer's commands, as the team sees it. */
function programOf(heap: Heap, out: CommandWriter, slots: number, scratch: number): WasmProgram {
  const address = heap.allocate(24 + out.words.byteLength);
  heap.words.set([out.count, slots, scratch, out.scratchBytes, 0, 0, ...out.words], address >>> 2);
  const program = {
    address,
    leastTime: 0,
    get error() {
      return (heap.words[(address >>> 2) + 4] as number) | 0;
    },
    addresses: () => Uint32Array.of(address + 24),
    share(command: number, shares: number) {
      heap.words[command >>> 2] = ((heap.words[command >>> 2] as number) & 0xffff) | (shares << 16);
    },
  };
  return program as unknown as WasmProgram;
}
