import { beforeAll, describe, expect, it } from "vitest";
import { currentDevice, programCount } from "../../ts/execution/running.ts";
import {
  arange,
  cumsum,
  explain,
  full,
  init,
  oneHot,
  ones,
  optim,
  Parameter,
  rand,
  randn,
  realize,
  StaleError,
  type Tensor,
  tensor,
  valueAndGrad,
  zeros,
} from "../../ts/index.ts";

beforeAll(() => init({ device: "wasm" }));

/** Programs that `work` adds to the cache. */
async function programsMadeBy(work: () => Promise<unknown>): Promise<number> {
  const before = programCount();
  await work();
  return programCount() - before;
}

describe("numbers that change make no new program", () => {
  it("operands, powers, fills and learning rates", async () => {
    const x = tensor([1, 2, 3]);
    const run = async (n: number): Promise<unknown> =>
      x
        .add(n)
        .mul(n)
        .pow(n + 0.25)
        .sub(full([3], n))
        .data();
    await run(7);
    expect(
      await programsMadeBy(async () => {
        for (const n of [0, 1, 0.5, 3, 10]) await run(n);
      }),
    ).toBe(0);
  });

  it("steps of an optimiser whose rate changes", async () => {
    const w = new Parameter(randn([4, 3]), "w");
    const adam = new optim.Adam([w], { lr: 0.1 });
    const step = (): Promise<void> => adam.step(w.mul(w).sum());
    await step();
    expect(
      await programsMadeBy(async () => {
        for (let i = 0; i < 20; i++) {
          adam.lr = 0.1 / (i + 1);
          await step();
        }
      }),
    ).toBe(0);
  });

  it("random keys", async () => {
    await randn([5]).data();
    expect(await programsMadeBy(async () => [await randn([5]).data(), await randn([5]).data()])).toBe(0);
  });

  it("but shapes do", async () => {
    expect(
      await programsMadeBy(() =>
        ones([11, 13])
          .add(ones([13]))
          .data(),
      ),
    ).toBe(1);
  });
});

describe("what was computed is not computed again", () => {
  it("realised tensors are leaves", async () => {
    const x = tensor([1, 2, 3]).exp();
    await realize(x);
    expect(x.node.source).not.toBeNull();
    expect(x.node.inputs).toEqual([]);
    const y = x.mul(2);
    expect(y.node.depth).toBe(1);
    expect(Array.from(await y.data())).toEqual(Array.from(await x.data(), (value) => Math.fround(value * 2)));
  });

  it("a random tensor keeps its numbers", async () => {
    const x = randn([8]);
    const sum = x.add(0);
    expect(await sum.data()).toEqual(await x.data());
  });

  it("data() hands out copies", async () => {
    const x = tensor([1, 2]);
    const first = await x.data();
    first[0] = 99;
    expect(Array.from(await x.data())).toEqual([1, 2]);
  });

  it("a loss that was looked at can still be differentiated", async () => {
    const w = new Parameter(tensor([3]), "w");
    const loss = w.mul(w).sum();
    expect(await loss.item()).toBe(9);
    loss.backward();
    expect(await (w.grad as Tensor).item()).toBe(6);
  });
});

describe("stale parameters", () => {
  it("throw, name the parameter and say what to do", async () => {
    const w = new Parameter(ones([2]), "fc.weight");
    const before = w.mul(2);
    const sgd = new optim.SGD([w], { lr: 0.5 });
    await sgd.step(w.sum());
    await expect(before.data()).rejects.toThrow(StaleError);
    await expect(before.data()).rejects.toThrow(/fc\.weight.*overwritten.*realize/);
    expect(Array.from(await w.data())).toEqual([0.5, 0.5]);
  });

  it("what was asked for before an update is the old value, however long its program takes to make", async () => {
    await init({ device: "wasm" });
    const w = new Parameter(tensor([1, 2, 3]), "w");
    const sgd = new optim.SGD([w], { lr: 1 });
    await sgd.step(w.sum());
    const sums = cumsum(w, 0).data(); // its kernel comes with the full build
    await sgd.step(w.sum());
    expect(Array.from(await sums)).toEqual([0, 1, 3]);
    expect(Array.from(await cumsum(w, 0).data())).toEqual([-1, -1, 0]);
  });

  it("what was handed to step() is kept", async () => {
    const w = new Parameter(ones([2]), "w");
    const doubled = w.mul(2);
    await new optim.SGD([w], { lr: 0.5 }).step(w.sum(), doubled);
    expect(Array.from(await doubled.data())).toEqual([2, 2]);
  });

  it("a step that fails changes nothing", async () => {
    const w = new Parameter(ones([2]), "w");
    const sgd = new optim.SGD([w], { lr: 0.5 });
    const stale = w.mul(2);
    await sgd.step(w.sum());
    await expect(sgd.step(stale.sum())).rejects.toThrow(StaleError);
    expect(sgd.steps).toBe(1);
    expect(Array.from(await w.data())).toEqual([0.5, 0.5]);
  });

  it("two parameters can swap values", async () => {
    const a = new Parameter(tensor([1, 2]), "a");
    const b = new Parameter(tensor([3, 4]), "b");
    class Swap extends optim.Optimizer {
      protected override readonly stateNames: readonly string[] = [];
      protected override numbers(): Record<string, number> {
        return {};
      }
      protected override update(p: Tensor): optim.Update {
        return { parameter: p === a ? b.add(0) : a.add(0), state: {} };
      }
    }
    await new Swap([a, b], 1).step(a.add(b).sum());
    expect([...(await a.data()), ...(await b.data())]).toEqual([3, 4, 1, 2]);
  });
});

describe("unbounded growth", () => {
  it("a running sum that nobody looks at is computed now and then", async () => {
    let sum = zeros([2]);
    let deepest = 0;
    for (let i = 0; i < 10_000; i++) {
      sum = sum.add(1);
      deepest = Math.max(deepest, sum.node.depth);
    }
    expect(deepest).toBeLessThan(2000);
    expect(Array.from(await sum.data())).toEqual([10_000, 10_000]);
  });
});

describe("memory", () => {
  it("10,000 training steps take no more than the first", async () => {
    const w = new Parameter(randn([16, 8]), "w");
    const b = new Parameter(zeros([8]), "b");
    const adam = new optim.Adam([w, b]);
    const x = new Float32Array(4 * 16).map((_, i) => (i % 7) / 7);
    let kept: Tensor | null = null;
    const step = async (): Promise<number> => {
      const loss = tensor(x, { shape: [4, 16] })
        .matmul(w)
        .add(b)
        .tanh()
        .square()
        .mean();
      await adam.step(loss);
      kept = kept === null ? loss : kept.add(loss);
      return loss.item();
    };
    await step();
    await step();
    const device = currentDevice();
    const before = { ...device?.memory(), programs: programCount() };
    for (let i = 0; i < 10_000; i++) await step();
    expect({ ...device?.memory(), programs: programCount() }).toEqual(before);
  });

  it("realised tensors can be given back at once", async () => {
    const device = currentDevice();
    const before = device?.memory().buffers as number;
    {
      const x = arange(1000).mul(2);
      await realize(x);
      expect(device?.memory().buffers).toBe(before + 1);
      x[Symbol.dispose]();
      await expect(x.data()).rejects.toThrow(/disposed/);
    }
    expect(device?.memory().buffers).toBe(before);
  });
});

describe("derivatives of derivatives", () => {
  it("third derivative of x⁴", async () => {
    const derivative = (f: (x: Tensor) => Tensor) => (x: Tensor) => valueAndGrad(f)(x).grads[0].sum();
    const third = derivative(derivative(derivative((x) => x.mul(x).mul(x).mul(x).sum())));
    expect(await third(tensor([2, -1])).item()).toBe(24);
  });
});

describe("what would race", () => {
  it("a step before the last has finished is refused", async () => {
    const w = new Parameter(ones([2]), "w");
    const sgd = new optim.SGD([w], { lr: 0.5 });
    const first = sgd.step(w.sum());
    await expect(sgd.step(w.sum())).rejects.toThrow(/the step before has not finished, wanted await step\(\)/);
    await first;
    expect(sgd.steps).toBe(1);
    expect(Array.from(await w.data())).toEqual([0.5, 0.5]);
  });
});

describe("detach", () => {
  it("keeps the value, stops the gradient and computes nothing twice", async () => {
    const x = tensor([1, 2, 3], { requiresGrad: true });
    const y = x.exp();
    const z = y.mul(y.detach()).sum();
    expect(y.detach().requiresGrad).toBe(false);
    expect(await explain(z)).toMatch(/0 {2}exp\+mul\+sum/);
    z.backward();
    const expected = Array.from(await y.mul(y).data());
    expect(Array.from(await (x.grad as Tensor).data())).toEqual(expected);
  });
});

describe("indices that only the device knows", () => {
  it("are refused with the range that was wanted", async () => {
    const x = arange(3);
    const index = arange(4).add(0);
    await expect(x.indexSelect(0, index).data()).rejects.toThrow(
      "gather: cannot read index 3: it is out of range, wanted -3 to 2",
    );
    await expect(oneHot(index, 3).data()).rejects.toThrow(
      "checkIndex: cannot read index 3: it is out of range, wanted 0 to 2",
    );
    expect(await x.array()).toEqual([0, 1, 2]);
  });
});

describe("shapes of new tensors", () => {
  it("are one list, one size or sizes one by one", () => {
    for (const make of [zeros, ones, rand, randn]) {
      expect(make([2, 3]).shape).toEqual([2, 3]);
      expect(make(2, 3).shape).toEqual([2, 3]);
      expect(make(4).shape).toEqual([4]);
      expect(make([]).shape).toEqual([]);
    }
    expect(ones([2], { dtype: "int32" }).dtype).toBe("int32");
    expect(() => zeros(2, -1)).toThrow(/zeros: cannot make a tensor of shape \[2, -1\]/);
  });
});
