/**
 * Programs of two devices, each a wasm device with a memory of its own: what is read on the wrong one is not there. The
 * first refuses ops at will.
 */
import { describe, expect, test } from "vitest";
import type { Compiled } from "../../ts/compiler/compile.ts";
import { explainStages } from "../../ts/compiler/explain.ts";
import type { DType, TypedArray } from "../../ts/core/dtype.ts";
import { ShapeError, UnsupportedError } from "../../ts/core/errors.ts";
import { store } from "../../ts/core/storage.ts";
import type { Destination, DeviceBuffer } from "../../ts/device/device.ts";
import { WasmDevice } from "../../ts/device/wasm/device.ts";
import { loadModule } from "../../ts/device/wasm/module.ts";
import { Builder } from "../../ts/execution/build.ts";
import { GuestBuilder } from "../../ts/execution/guest.ts";
import { MixedBuilder } from "../../ts/execution/mixed.ts";
import { graphKey, type Root } from "../../ts/graph/key.ts";
import { makeConstant, makeSource, type Node, type Source } from "../../ts/graph/node.ts";
import * as hebb from "../../ts/index.ts";
import { leaf } from "../../ts/ops/leaf.ts";

const { Tensor, tensor } = hebb;
type Tensor = hebb.Tensor;

class Picky extends WasmDevice {
  refused: ReadonlySet<string> = new Set();
  /** Most bytes of arena that it compiles for. */
  most = Number.POSITIVE_INFINITY;

  cannot(node: Node): string | null {
    if (node.dtype === "int64" || node.inputs.some(({ dtype }) => dtype === "int64")) return "no int64";
    return node.source === null && this.refused.has(node.op.name) ? `no ${node.op.name}` : null;
  }

  override compile(compiled: Compiled): ReturnType<WasmDevice["compile"]> {
    if (compiled.memory.bytes > this.most) throw new UnsupportedError("picky: cannot hold so much");
    return super.compile(compiled);
  }
}

interface Pair {
  readonly own: Picky;
  readonly other: () => WasmDevice | null;
  readonly builder: MixedBuilder;
}

async function pair(...refused: readonly string[]): Promise<Pair> {
  const own = new Picky(await loadModule({ full: true, deterministic: true }));
  own.refused = new Set(refused);
  let other: WasmDevice | null = null;
  const builder = new MixedBuilder(own, async () => {
    other = await WasmDevice.create({ full: true, deterministic: true });
    return other;
  });
  return { own, builder, other: () => other };
}

const host = async (value: TypedArray | DeviceBuffer | null, { dtype, shape }: Node): Promise<number[]> => {
  if (value === null) return [];
  const size = shape.reduce((a, b) => a * b, 1);
  return Array.from(ArrayBuffer.isView(value) ? value : await value.device.download(value, dtype, size), Number);
};

async function run(
  by: Builder,
  roots: readonly Root[],
  destination: Destination = "host",
): Promise<{ values: number[][]; text: string }> {
  const { leaves } = graphKey(roots);
  const runnable = await by.build(roots, leaves);
  const sources = [...leaves.map(({ source }) => source as Source), ...runnable.constants];
  const values = await runnable.run(
    sources,
    roots.map(() => destination),
  );
  return {
    values: await Promise.all(values.map((value, i) => host(value, (roots[i] as Root).node))),
    text: explainStages(runnable.stages),
  };
}

const alone = async (roots: readonly Root[]): Promise<number[][]> =>
  (await run(new GuestBuilder(await WasmDevice.create({ full: true, deterministic: true })), roots)).values;

const noise = (n: number, seed = 1): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => Math.sin(i * 12.9898 + seed) * 2);
const matrix = (seed: number, rows = 6, columns = 6): Tensor =>
  tensor(noise(rows * columns, seed), { shape: [rows, columns] });
const rootsOf = (...tensors: readonly Tensor[]): Root[] => tensors.map(({ node }) => ({ node }));

describe("a program of two devices", () => {
  test("is the device's own where that runs all of it, and the other never starts", async () => {
    const { builder, other } = await pair("log");
    const { text } = await run(builder, rootsOf(matrix(1).exp().matmul(matrix(2))));
    expect(text).not.toContain("stage");
    expect(other()).toBe(null);
  });

  test.each(["host", "device"] as const)("gives results on the %s", async (destination) => {
    const { builder } = await pair("matmul");
    const h = matrix(1).sin().matmul(matrix(2)).relu();
    const roots = rootsOf(h.sum(1), h.exp(), matrix(1).sin(), h.matmul(matrix(3)));
    const { values, text } = await run(builder, roots, destination);
    expect(values).toEqual(await alone(roots));
    expect(text).toMatch(/^stages: \d, \d values cross between devices/);
    expect(text).toContain("runs matmul: no matmul");
  });

  test("64-bit integers stay with the other device, and so do casts at the border", async () => {
    const { builder } = await pair();
    const index = tensor([3, 0, 1], { dtype: "int64" });
    const roots = rootsOf(matrix(1).indexSelect(0, index.add(1)).exp());
    const { values, text } = await run(builder, roots);
    expect(values).toEqual(await alone(roots));
    expect(text).toContain("takes cast of stage 0: int32 [3], 12 B");
  });

  test("gives back what stood between the stages", async () => {
    const { own, other, builder } = await pair("log");
    const a = matrix(1, 300, 300).abs().add(1).sqrt();
    const roots = rootsOf(a.log().add(a).sum(), a.log().sin().log().sum());
    const { leaves } = graphKey(roots);
    const runnable = await builder.build(roots, leaves);
    for (let i = 0; i < 3; i++) {
      await runnable.run(
        leaves.map(({ source }) => source as Source),
        ["host", "host"],
      );
    }
    expect(own.memory().buffers).toBe(0);
    expect(other()?.memory().buffers).toBe(0);
  });

  test("goes to the other device whole where the first refuses to hold it", async () => {
    const { own, builder } = await pair("log");
    own.most = 1000;
    const roots = rootsOf(matrix(1, 30, 30).abs().add(1).log().sin().sum());
    const { values, text } = await run(builder, roots);
    expect(values).toEqual(await alone(roots));
    expect(text).toContain("runs all of it: picky: cannot hold so much");
  });

  test("ends its run when it is given back meanwhile", async () => {
    const { own, other, builder } = await pair("log");
    const roots = rootsOf(matrix(1).abs().add(1).log().sin().sum());
    const { leaves } = graphKey(roots);
    const runnable = await builder.build(roots, leaves);
    const before = [own, other()].map((device) => device?.memory().used ?? 0);
    const sources = leaves.map(({ source }) => source as Source);
    const running = [runnable.run(sources, ["host"]), runnable.run(sources, ["host"])];
    runnable.dispose();
    const wanted = await alone(roots);
    for (const values of await Promise.all(running)) expect(Array.from(values[0] as Float32Array)).toEqual(wanted[0]);
    expect(runnable.disposed).toBe(true);
    [own, other()].forEach((device, i) => {
      device?.dispose();
      expect(device?.memory().used).toBeLessThan(before[i] as number);
    });
  });

  test("fails as its stages do, and keeps nothing", async () => {
    const { own, other, builder } = await pair("gather");
    const index = tensor([1, 9], { dtype: "int32" }).add(tensor([0, 0], { dtype: "int32" }));
    const x = matrix(1, 300, 300).sin();
    await expect(run(builder, rootsOf(x.add(1).indexSelect(0, index.mul(100)).sin()))).rejects.toThrow(ShapeError);
    expect([own, other()].map((device) => device?.memory().buffers)).toEqual([0, 0]);
  });
});

describe("parameters", () => {
  const resident = (values: Float32Array, shape: number[]): Tensor =>
    new Tensor(leaf(makeSource(values, null, true), shape, "float32"));
  const valuesIn = async ({ node }: Tensor): Promise<number[]> => {
    const source = node.source as Source;
    return source.host === null ? host(source.buffer as DeviceBuffer, node) : Array.from(source.host as Float32Array);
  };

  test.each([["log"], ["sin"], ["mul"], ["log", "mul"], ["sin", "mul"], ["sin", "log"], ["sub"]])(
    "are updated in place where %s cross",
    async (...refused) => {
      const { builder } = await pair(...refused);
      const step = (w: Tensor, v: Tensor): Root[] => [
        { node: w.abs().add(1).log().sin().add(v.cos()).sum().node },
        { node: w.sub(v.mul(0.25)).node, into: w.node },
        { node: w.add(v.sin().mul(0.125)).node, into: v.node },
      ];
      const [w, v] = [resident(noise(12, 1), [3, 4]), resident(noise(12, 2), [3, 4])];
      const [w2, v2] = [resident(noise(12, 1), [3, 4]), resident(noise(12, 2), [3, 4])];
      const reference = new Builder(await WasmDevice.create({ full: true, deterministic: true }));
      for (let i = 0; i < 3; i++) {
        const { values } = await run(builder, step(w, v));
        expect(values).toEqual((await run(reference, step(w2, v2))).values);
      }
      expect(await valuesIn(w)).toEqual(await valuesIn(w2));
      expect(await valuesIn(v)).toEqual(await valuesIn(v2));
    },
  );

  test("follow the programs that read them from device to device", async () => {
    const { own, builder } = await pair("log");
    const w = resident(noise(6), [6]);
    const wanted = await alone(rootsOf(tensor(noise(6)).cos(), tensor(noise(6)).abs().log()));
    for (let i = 0; i < 2; i++) {
      own.refused = new Set(["cos"]);
      expect((await run(builder, rootsOf(w.cos()))).values).toEqual([wanted[0]]);
      own.refused = new Set(["abs", "log"]);
      expect((await run(builder, rootsOf(w.abs().log()))).values).toEqual([wanted[1]]);
      own.refused = new Set();
      expect((await run(builder, rootsOf(w.cos()))).values).toEqual([wanted[0]]);
    }
  });
});

describe("constants", () => {
  const constant = (values: readonly number[], shape: readonly number[], dtype: DType = "float32"): Tensor =>
    new Tensor(leaf(makeConstant(makeSource(store(dtype, values), null, false)), shape, dtype));

  test("are computed ahead, by whichever device can", async () => {
    const { builder } = await pair("log");
    const w = constant([...noise(36, 3)], [6, 6]);
    const wide = constant([1, 2, 3, 4, 5, 6], [6], "int64");
    const scale = wide.add(wide).to("float32");
    const roots = rootsOf(matrix(1).matmul(w.abs().log().exp()).mul(scale).sum(0));
    const { values, text } = await run(builder, roots);
    expect(values).toEqual(await alone(roots));
    expect(text).not.toContain("stage");
  });

  test("are read by both devices", async () => {
    const { builder } = await pair("matmul");
    const w = constant([...noise(36, 3)], [6, 6]);
    const roots = rootsOf(matrix(1).add(w).exp().matmul(w).sub(w), w, w.exp());
    for (let i = 0; i < 2; i++) expect((await run(builder, roots)).values).toEqual(await alone(roots));
  });
});

describe("random graphs", () => {
  const unary = ["exp", "sin", "neg", "abs", "relu", "tanh"] as const;

  /** A graph of some steps on 8 × 8 matrices. */
  function grow(random: () => number): { roots: Root[]; refused: string[] } {
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const nodes: Tensor[] = [matrix(1, 8, 8), matrix(2, 8, 8), matrix(3, 8, 8).mul(0.5)];
    for (let i = 0; i < 14; i++) {
      const [a, b] = [pick(nodes), pick(nodes)];
      const steps: readonly (() => Tensor)[] = [
        () => a[pick(unary)]().clamp(-4, 4),
        () => a.add(b).mul(0.5),
        () => a.mul(b).clamp(-4, 4),
        () => a.matmul(b).mul(0.125).tanh(),
        () => a.t(),
        () => a.slice([2, 6]).pad([0, 0, 1, 3]),
        () => a.sum(1, true).expand(8, 8).mul(0.1),
        () =>
          a
            .slice([0, 4])
            .reshape(8, 4)
            .matmul(b.slice([4, 8]))
            .tanh(),
        () => hebb.concat([a.slice([0, 3]), b.slice([3, 8])], 0),
        () => a.softmax(1),
        () => hebb.where(a.lt(b), a, b),
      ];
      nodes.push(pick(steps)());
    }
    const names = [...unary, "add", "mul", "matmul", "sum", "softmax", "where", "lt", "minimum", "concat", "embed"];
    const share = random();
    return {
      roots: rootsOf(...nodes.slice(-4).filter(({ node }) => node.source === null)),
      refused: names.filter(() => random() < share),
    };
  }

  test("are computed alike", async () => {
    const reference = new Builder(await WasmDevice.create({ full: true, deterministic: true }));
    const two = await pair();
    let state = 42;
    const random = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    let mixed = 0;
    for (let i = 0; i < 100; i++) {
      const { roots, refused } = grow(random);
      two.own.refused = new Set(refused);
      const { values, text } = await run(two.builder, roots);
      if (text.includes("stage 1")) mixed++;
      const wanted = (await run(reference, roots)).values;
      values.forEach((list, k) => {
        expect(list.length, `graph ${i}`).toBe((wanted[k] as number[]).length);
        list.forEach((value, j) => {
          expect(Math.abs(value - (wanted[k]?.[j] as number)), `graph ${i}, root ${k}`).toBeLessThan(1e-5);
        });
      });
    }
    expect(mixed).toBeGreaterThan(30);
  });
});
