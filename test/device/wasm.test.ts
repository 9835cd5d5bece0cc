/** Starting the wasm device: what may be handed in, and what is refused. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { cumsum, init, optim, Parameter, realize, tensor, UnsupportedError } from "../../ts/index.ts";

const plain = new URL("../../dist/hebb.wasm", import.meta.url);
const relaxed = new URL("../../dist/hebb-relaxed.wasm", import.meta.url);

/** (module) */
const empty = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

describe("init({ wasm })", () => {
  it.each([
    ["a URL", plain],
    ["bytes", readFileSync(plain)],
    ["a module", new WebAssembly.Module(readFileSync(plain))],
  ])("takes %s", async (_, wasm) => {
    await init({ device: "wasm", wasm });
    expect(await tensor([1, 2]).add(1).array()).toEqual([2, 3]);
  });

  it("refuses a module that is not hebb's", async () => {
    await expect(init({ wasm: new WebAssembly.Module(empty) })).rejects.toThrow(UnsupportedError);
    await expect(init({ wasm: empty })).rejects.toThrow(/no build of this version of hebb/);
  });

  it("refuses bytes that are no module", async () => {
    await expect(init({ wasm: Uint8Array.of(1, 2, 3) })).rejects.toThrow();
  });

  it("refuses the relaxed build in deterministic mode, where the engine can load it at all", async () => {
    const message = WebAssembly.validate(readFileSync(relaxed)) ? /cannot be deterministic/ : /./;
    await expect(init({ wasm: relaxed, deterministic: true })).rejects.toThrow(message);
  });

  it("a start that failed leaves the device that was there", async () => {
    await init({ device: "wasm" });
    const x = tensor([1, 2]).mul(3);
    await expect(init({ wasm: empty })).rejects.toThrow(UnsupportedError);
    expect(await x.array()).toEqual([3, 6]);
  });

  it("refuses devices that do not exist and numbers of threads that are none", async () => {
    await expect(init({ device: "tpu" as "wasm" })).rejects.toThrow(/cannot use device tpu/);
    await expect(init({ threads: 0 })).rejects.toThrow(/cannot start 0 threads: wanted a whole number from 1 to 64/);
    await expect(init({ threads: 1.5 })).rejects.toThrow(RangeError);
  });
});

describe("the full build", () => {
  it("takes the place of the other when a program first needs it, and every value stays", async () => {
    await init({ device: "wasm" });
    const x = tensor([3, 1, 2]).mul(2);
    await realize(x);
    expect(await cumsum(x, 0).array()).toEqual([6, 8, 12]);
    expect(await x.array()).toEqual([6, 2, 4]);
    expect(
      await tensor(BigInt64Array.of(1n, 2n))
        .add(tensor(BigInt64Array.of(1n, 1n)))
        .array(),
    ).toEqual([2, 3]);
  });
  it("is loaded at once on request", async () => {
    await init({ device: "wasm", kernels: "full" });
    expect(await cumsum(tensor([3, 1, 2]), 0).array()).toEqual([3, 4, 6]);
  });
  it("is asked for by name where the module was handed in", async () => {
    await init({ wasm: plain });
    await expect(cumsum(tensor([3, 1, 2]), 0).array()).rejects.toThrow(/hebb-full\.wasm/);
    expect(await tensor([1, 2]).add(1).array()).toEqual([2, 3]);
    await init({ wasm: new URL("../../dist/hebb-full.wasm", import.meta.url) });
    expect(await cumsum(tensor([3, 1, 2]), 0).array()).toEqual([3, 4, 6]);
  });
});

describe("changing the device", () => {
  it("takes tensors, parameters and an optimiser's state along", async () => {
    const run = async (change: boolean): Promise<number[]> => {
      await init({ deterministic: true });
      const w = new Parameter(tensor([1, 2, 3]), "w");
      const x = tensor([0.5, -1, 2]).mul(2);
      const adam = new optim.Adam([w], { lr: 0.1 });
      await realize(x);
      for (let i = 0; i < 4; i++) {
        if (change && i === 2) await init({ deterministic: true });
        await adam.step(w.mul(x).square().sum());
      }
      return Array.from(await w.data());
    };
    expect(await run(true)).toEqual(await run(false));
  });
});
