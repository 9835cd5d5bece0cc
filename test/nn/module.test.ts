/** Modules: the tree, its names, its modes, its state. */
import { describe, expect, it, vi } from "vitest";
import { Generator, Threefry } from "../../ts/core/random.ts";
import { manualSeed, nn, optim, Parameter, realize, fit as run, type Tensor, tensor, zeros } from "../../ts/index.ts";

const lenet = (): nn.Sequential =>
  new nn.Sequential(
    new nn.Conv2d(1, 6, 5, { padding: 2 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(6, 16, 5),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(400, 120),
    new nn.ReLU(),
    new nn.Linear(120, 10, { bias: false }),
  );

class Block extends nn.Module {
  readonly conv1 = new nn.Conv2d(2, 2, 3, { padding: "same" });
  readonly gates: readonly nn.Linear[] = [new nn.Linear(3, 3), new nn.Linear(3, 3, { bias: false })];
  readonly scale = new Parameter(zeros([2, 1, 1]), "scale");
  readonly mean = new Parameter(zeros([2]), "mean", { trainable: false });
  override forward(x: Tensor): Tensor {
    return this.conv1.forward(x).mul(this.scale);
  }
}

class Tied extends nn.Module {
  readonly first = new nn.Linear(2, 2);
  readonly again = this.first;
  readonly parent: nn.AnyModule = this;
  override forward(x: Tensor): Tensor {
    return this.again.forward(this.first.forward(x));
  }
}

describe("the tree of a module", () => {
  it("has PyTorch's keys in a Sequential", () => {
    const keys = ["0.weight", "0.bias", "3.weight", "3.bias", "7.weight", "7.bias", "9.weight"];
    expect(Object.keys(lenet().stateDict())).toEqual(keys);
    expect(lenet().length).toBe(10);
    expect([...lenet()].length).toBe(10);
    expect(lenet()[2]).toBeInstanceOf(nn.MaxPool2d);
    expect(lenet().parameters().length).toBe(7);
  });

  it("has PyTorch's keys in a class: own parameters first, arrays by position", () => {
    const block = new Block();
    expect(Object.keys(block.stateDict())).toEqual([
      "scale",
      "mean",
      "conv1.weight",
      "conv1.bias",
      "gates.0.weight",
      "gates.0.bias",
      "gates.1.weight",
    ]);
    expect(block.namedParameters().map(([name]) => name)).not.toContain("mean");
    expect(block.children().length).toBe(3);
    expect(block.namedModules().map(([name]) => name)).toEqual(["", "conv1", "gates.0", "gates.1"]);
  });

  it("counts a shared layer once and survives a cycle", () => {
    const tied = new Tied();
    expect(tied.parameters().length).toBe(2);
    expect(Object.keys(tied.stateDict())).toEqual(["first.weight", "first.bias", "again.weight", "again.bias"]);
    expect(tied.modules().length).toBe(2);
  });

  it("names parameters by the largest module that holds them", () => {
    const inner = new nn.Linear(2, 2);
    expect(inner.weight.name).toBe("weight");
    const outer = new nn.Sequential(new nn.Sequential(inner), new nn.ReLU());
    expect(inner.weight.name).toBe("0.0.weight");
    inner.parameters();
    expect(inner.weight.name).toBe("0.0.weight");
    expect(outer.namedParameters()[1]?.[0]).toBe("0.0.bias");
  });

  it("sets modes below and puts them back after run", async () => {
    const model = new nn.Sequential(new nn.Dropout(0.9), new nn.Linear(4, 2));
    const x = tensor([[1, 2, 3, 4]]);
    expect(
      model
        .eval()
        .modules()
        .every((module) => !module.training),
    ).toBe(true);
    model.train();
    (model[1] as nn.Module).training = false;
    const y = await model.run(x);
    expect(model.modules().map((module) => module.training)).toEqual([true, true, false]);
    expect(y.requiresGrad).toBe(false);
    expect(await y.array()).toEqual(await model.eval().forward(x).array());
  });

  it("gives back every output of run", async () => {
    class Two extends nn.Module<[Tensor], { twice: Tensor; label: string }> {
      override forward(x: Tensor): { twice: Tensor; label: string } {
        return { twice: x.mul(2), label: "two" };
      }
    }
    const { twice, label } = await new Two().run(tensor([1, 2]));
    expect(await twice.array()).toEqual([2, 4]);
    expect(label).toBe("two");
  });
});

describe("state dicts", () => {
  it("carry a model over, and the copy keeps its values when the first goes on training", async () => {
    manualSeed(1);
    const first = new nn.Sequential(new nn.Linear(3, 4), new nn.Tanh(), new nn.Linear(4, 2));
    const second = new nn.Sequential(new nn.Linear(3, 4), new nn.Tanh(), new nn.Linear(4, 2));
    const x = tensor([[0.5, -1, 2]]);
    const y = tensor(Int32Array.of(1));
    const optimizer = new optim.SGD(first.parameters(), { lr: 0.5 });
    await optimizer.step(nn.crossEntropy(first.forward(x), y));
    const before = await first.run(x);
    expect(second.loadStateDict(first.stateDict())).toEqual({ missing: [], unexpected: [] });
    await optimizer.step(nn.crossEntropy(first.forward(x), y));
    expect(await second.run(x).then((t) => t.array())).toEqual(await before.array());
    expect(await first.run(x).then((t) => t.array())).not.toEqual(await before.array());
    first.loadStateDict(first.stateDict());
    await first.run(x);
  });

  it("of another model are refused with every reason, and nothing changes", async () => {
    const model = new nn.Sequential(new nn.Linear(3, 4), new nn.ReLU(), new nn.Linear(4, 2));
    const before = await (model.stateDict()["0.bias"] as Tensor).array();
    const other = { "0.weight": zeros([4, 5]), "0.bias": zeros([4]), "2.weight": zeros([2, 4]), "fc.bias": zeros([2]) };
    expect(() => model.loadStateDict(other)).toThrow(
      "loadStateDict: cannot load 4 tensors into 4 parameters: missing: 2.bias; unexpected: fc.bias; of another shape: 0.weight is [4, 5], wanted [4, 3]",
    );
    expect(await (model.stateDict()["0.bias"] as Tensor).array()).toEqual(before);
    expect(() => model.loadStateDict({ ...other, "0.weight": zeros([1]) }, { strict: false })).toThrow(
      "0.weight is [1]",
    );
  });

  it("load what fits when they need not be strict", async () => {
    const model = new nn.Linear(2, 1);
    const result = model.loadStateDict({ bias: tensor(Int32Array.of(7)), extra: zeros([1]) }, { strict: false });
    expect(result).toEqual({ missing: ["weight"], unexpected: ["extra"] });
    expect(model.bias?.dtype).toBe("float32");
    expect(await model.bias?.array()).toEqual([7]);
  });
});

describe("parameters", () => {
  it("can be assigned a value computed from their own", async () => {
    for (const trained of [false, true]) {
      const p = new Parameter(tensor([1, 2]), "p");
      if (trained) await new optim.SGD([p], { lr: 0 }).step(p.sum());
      p.assign(p.mul(3));
      p.assign(p.add(1));
      expect(await p.array()).toEqual([4, 7]);
    }
  });

  it("refuse other shapes and dtypes", () => {
    const p = new Parameter(zeros([2]), "p");
    expect(() => p.assign(zeros([3]))).toThrow("p: cannot assign [3]: the parameter is [2]");
    expect(() => p.assign(zeros([2], { dtype: "int32" }))).toThrow("p: cannot assign int32: the parameter is float32");
  });

  it("name themselves when a value is asked for too late", async () => {
    const model = new nn.Sequential(new nn.Linear(1, 1), new nn.Linear(1, 1));
    const x = tensor([[1]]);
    const late = model.forward(x);
    await new optim.SGD(model.parameters(), { lr: 0.1 }).step(model.forward(x).sum());
    await expect(late.data()).rejects.toThrow(/^(0|1)\.(weight|bias): cannot compute from its value before the update/);
  });
});

describe("first values", () => {
  it("are drawn when they are first needed, and not where others take their place", async () => {
    const drawn = vi.spyOn(Threefry.prototype, "uniform");
    try {
      const [layer, other] = [new nn.Linear(3, 2), new nn.Linear(3, 2)];
      layer.loadStateDict({ weight: zeros([2, 3]), bias: tensor([1, 2]) });
      expect(await (await layer.run(zeros([1, 3]))).array()).toEqual([[1, 2]]);
      expect(drawn).not.toHaveBeenCalled();
      const first = await other.weight.data();
      expect(await other.weight.data()).toEqual(first);
      expect(drawn).toHaveBeenCalledTimes(6);
      await other.run(zeros([1, 3])); // the bias
      expect(drawn).toHaveBeenCalledTimes(8);
    } finally {
      drawn.mockRestore();
    }
  });

  it("are uniform within 1/√(fan in), the same for the same seed", async () => {
    const made = async (seed: number): Promise<Float32Array[]> => {
      manualSeed(seed);
      const parameters = lenet().parameters();
      await realize(...parameters);
      return Promise.all(parameters.map(async (p) => (await p.data()) as Float32Array));
    };
    const [once, twice, other] = [await made(7), await made(7), await made(8)];
    expect(twice).toEqual(once);
    expect(other).not.toEqual(once);
    const fanIns = [25, 25, 150, 150, 400, 400, 120];
    once.forEach((values, i) => {
      const bound = 1 / Math.sqrt(fanIns[i] as number);
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(Math.fround(bound));
      if (values.length < 100) return;
      // Mean and variance of n uniform numbers, at five standard errors.
      const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
      const variance = values.reduce((sum, v) => sum + v * v, 0) / values.length;
      expect(Math.abs(mean)).toBeLessThan((5 * bound) / Math.sqrt(3 * values.length));
      expect(Math.abs(variance / (bound ** 2 / 3) - 1)).toBeLessThan(5 / Math.sqrt(values.length));
    });
  });

  it("are the very bits that the generator's keys say", async () => {
    manualSeed(42);
    const layer = new nn.Linear(10, 3);
    const keys = new Generator(42);
    const bound = Math.fround(1 / Math.sqrt(10));
    for (const parameter of layer.parameters()) {
      const stream = new Threefry(keys.next());
      const wanted = Float32Array.from({ length: parameter.size }, () => (2 * stream.uniform() - 1) * bound);
      expect(await parameter.data()).toEqual(wanted);
    }
  });

  it("have the spread of their scheme", async () => {
    const p = new Parameter(zeros([64, 32, 3, 3]), "p");
    const spread = async (): Promise<{ std: number; largest: number }> => {
      const values = [...(await p.data())];
      const std = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
      return { std, largest: Math.max(...values.map(Math.abs)) };
    };
    const close = (value: number, wanted: number): void => expect(Math.abs(value / wanted - 1)).toBeLessThan(0.03);
    const [fanIn, fanOut] = [32 * 9, 64 * 9];
    nn.init.xavierUniform(p);
    const bound = Math.sqrt(6 / (fanIn + fanOut));
    close((await spread()).std, bound / Math.sqrt(3));
    expect((await spread()).largest).toBeLessThanOrEqual(Math.fround(bound));
    nn.init.xavierNormal(p, 2);
    close((await spread()).std, 2 * Math.sqrt(2 / (fanIn + fanOut)));
    nn.init.kaimingUniform(p, { a: Math.sqrt(5) });
    close((await spread()).std, 1 / Math.sqrt(3 * fanIn));
    nn.init.kaimingNormal(p, { mode: "fanOut", nonlinearity: "relu" });
    close((await spread()).std, Math.sqrt(2 / fanOut));
    nn.init.normal(p, 0, 0.02);
    close((await spread()).std, 0.02);
    nn.init.ones(p);
    expect(await spread()).toEqual({ std: 1, largest: 1 });
    expect(() => nn.init.xavierUniform(new Parameter(zeros([3]), "b"))).toThrow("cannot count the fans of [3]");
  });
});

describe("layers", () => {
  it("have PyTorch's output shapes", () => {
    const x = zeros([2, 4, 9, 8]);
    const shape = (module: nn.Module): readonly number[] => module.forward(x).shape;
    expect(shape(new nn.Conv2d(4, 6, [3, 2], { stride: 2, padding: [1, 0] }))).toEqual([2, 6, 5, 4]);
    expect(shape(new nn.Conv2d(4, 8, 3, { groups: 4, dilation: 2, padding: "same" }))).toEqual([2, 8, 9, 8]);
    expect(shape(new nn.Conv2d(4, 3, [2, 4], { padding: "same" }))).toEqual([2, 3, 9, 8]);
    expect(shape(new nn.Conv2d(4, 3, 3, { padding: "valid", bias: false }))).toEqual([2, 3, 7, 6]);
    expect(shape(new nn.MaxPool2d(2))).toEqual([2, 4, 4, 4]);
    expect(shape(new nn.MaxPool2d(3, 1))).toEqual([2, 4, 7, 6]);
    expect(shape(new nn.MaxPool2d([2, 3], { stride: [2, 1], padding: [1, 1], dilation: [1, 2] }))).toEqual([
      2, 4, 5, 6,
    ]);
    expect(shape(new nn.AvgPool2d(2, { stride: 1 }))).toEqual([2, 4, 8, 7]);
    expect(shape(new nn.Flatten())).toEqual([2, 288]);
    expect(new nn.Linear(8, 5).forward(x).shape).toEqual([2, 4, 9, 5]);
    expect(new nn.Conv2d(4, 6, 3).forward(zeros([4, 9, 8])).shape).toEqual([6, 7, 6]);
    expect(new nn.MaxPool2d(2).forward(zeros([4, 9, 8])).shape).toEqual([4, 4, 4]);
  });

  it("compute what their functions do", async () => {
    const x = tensor([[-1.5, -0.25, 0.5, 2]]);
    const rows: [nn.Module, (v: number) => number][] = [
      [new nn.ReLU(), (v) => Math.max(v, 0)],
      [new nn.LeakyReLU(0.1), (v) => (v > 0 ? v : 0.1 * v)],
      [new nn.ELU(2), (v) => (v > 0 ? v : 2 * Math.expm1(v))],
      [new nn.Tanh(), Math.tanh],
      [new nn.Sigmoid(), (v) => 1 / (1 + Math.exp(-v))],
      [new nn.SiLU(), (v) => v / (1 + Math.exp(-v))],
      [
        new nn.GELU({ approximate: "tanh" }),
        (v) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3))),
      ],
      [new nn.Softplus(), (v) => Math.log1p(Math.exp(v))],
      [new nn.Hardswish(), (v) => v * Math.min(Math.max(v / 6 + 0.5, 0), 1)],
      [new nn.Identity(), (v) => v],
    ];
    const inputs = [...(await x.data())];
    for (const [module, wanted] of rows) {
      const values = await module.run(x).then((y) => y.data());
      for (const [i, v] of inputs.entries()) expect(values[i], `${module} at ${v}`).toBeCloseTo(wanted(v), 5);
    }
    const exps = inputs.map(Math.exp);
    const total = exps.reduce((sum, v) => sum + v, 0);
    const probabilities = await new nn.Softmax().run(x).then((y) => y.data());
    const logs = await new nn.LogSoftmax(1).run(x).then((y) => y.data());
    exps.forEach((v, i) => {
      expect(probabilities[i]).toBeCloseTo(v / total, 5);
      expect(logs[i]).toBeCloseTo(Math.log(v / total), 5);
    });
  });

  it("refuse sizes that make no sense", () => {
    expect(() => new nn.Linear(0, 3)).toThrow("Linear: cannot use inFeatures 0: wanted an integer of at least 1");
    expect(() => new nn.Conv2d(3, 4, 3, { groups: 2 })).toThrow("Conv2d: cannot divide 3 to 4 channels into 2 groups");
    expect(() => new nn.Conv2d(3, 4, 3, { stride: 2, padding: "same" }).forward(zeros([1, 3, 8, 8]))).toThrow(
      "conv2d: cannot pad to the same size",
    );
    expect(() => new nn.Linear(3, 2).forward(zeros([4, 5]))).toThrow("inner dimensions 5 and 3 differ");
    expect(() => new nn.Dropout(2)).toThrow("Dropout: cannot drop with probability 2: wanted 0 to 1");
    expect(() => new nn.Sequential(3 as unknown as nn.Module)).toThrow("Sequential: cannot use layer 0");
  });
});

describe("dropout", () => {
  it("keeps a share of 1 - p, scaled, with its own key for every forward", async () => {
    manualSeed(3);
    const layer = new nn.Dropout(0.25);
    const x = tensor(new Float32Array(20_000).fill(3));
    const masks = [await layer.forward(x).data(), await layer.forward(x).data()];
    for (const mask of masks) {
      const kept = mask.filter((v) => v !== 0);
      expect(kept.every((v) => Math.abs(v - 4) < 1e-6)).toBe(true);
      expect(Math.abs(kept.length / mask.length - 0.75)).toBeLessThan(0.015);
    }
    expect(masks[0]).not.toEqual(masks[1]);
    manualSeed(3);
    expect(await layer.forward(x).data()).toEqual(masks[0]);
    expect(layer.eval().forward(x)).toBe(x);
  });

  it("lets the gradient through where it lets the value through", async () => {
    const x = new Parameter(tensor(new Float32Array(64).fill(1)), "x");
    const y = new nn.Dropout(0.5).forward(x);
    y.sum().backward();
    expect(await (x.grad as Tensor).data()).toEqual(await y.data());
    const gone = new nn.Dropout(1).forward(x);
    gone.sum().backward();
    expect(await gone.sum().item()).toBe(0);
    expect((await (x.grad as Tensor).data()).every(Number.isFinite)).toBe(true);
  });

  it("trains through fit with masks that differ and one program", async () => {
    const { programCount } = await import("../../ts/execution/running.ts");
    const model = new nn.Sequential(new nn.Linear(4, 16), new nn.Dropout(0.5), new nn.Linear(16, 2));
    const batch = { x: tensor([[1, 2, 3, 4]]), y: tensor(Int32Array.of(1)) };
    const optimizer = new optim.SGD(model.parameters(), { lr: 0 });
    const losses: number[] = [];
    const options = { train: [batch], loss: nn.crossEntropy, optimizer, progress: false, metrics: ["accuracy"] };
    await run(model, options);
    const programs = programCount();
    for (let i = 0; i < 5; i++) losses.push((await run(model, options)).epochs[0]?.loss as number);
    expect(new Set(losses).size).toBeGreaterThan(3);
    expect(programCount()).toBe(programs);
  });
});
