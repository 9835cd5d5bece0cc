/** Optimisers on one parameter against hand-written loops in float64: 60 steps on a bowl with a known gradient. */
import { describe, expect, it } from "vitest";
import { programCount } from "../../ts/execution/running.ts";
import { nn, optim, Parameter, type Tensor, tensor } from "../../ts/index.ts";

const STEPS = 60;
/** Of the parameter: float32's roundings over all steps. */
const CLOSE = 2e-5;
const start = [1.5, -2, 0.25];
const scale = [1, 3, 0.5];

/** Loss Σ s (p - 1)² / 2, gradient s (p - 1). */
const lossOf = (p: Tensor): Tensor => p.sub(1).square().mul(tensor(scale)).sum().mul(0.5);
const gradientOf = (p: number, i: number): number => (scale[i] as number) * (p - 1);

/** One step of a rule on one number; `t` counts from 1, `memory` lives as long as the run. */
type Rule = (p: number, g: number, t: number, memory: { a: number; b: number }) => number;

const adam =
  (lr: number, [b1, b2]: readonly [number, number], eps: number, l2: number, decay: number): Rule =>
  (p, gradient, t, memory) => {
    const g = gradient + l2 * p;
    memory.a = b1 * memory.a + (1 - b1) * g;
    memory.b = b2 * memory.b + (1 - b2) * g * g;
    const mean = memory.a / (1 - b1 ** t);
    const square = memory.b / (1 - b2 ** t);
    return p * (1 - lr * decay) - (lr * mean) / (Math.sqrt(square) + eps);
  };

const sgd =
  (lr: number, momentum = 0, dampening = 0, l2 = 0, nesterov = false): Rule =>
  (p, gradient, t, memory) => {
    const g = gradient + l2 * p;
    memory.a = t === 1 ? g : momentum * memory.a + (1 - dampening) * g;
    if (momentum === 0) return p - lr * g;
    return p - lr * (nesterov ? g + momentum * memory.a : memory.a);
  };

const rows: readonly [string, (p: readonly Parameter[]) => optim.Optimizer, Rule][] = [
  ["SGD", (p) => new optim.SGD(p, { lr: 0.1 }), sgd(0.1)],
  ["SGD with momentum", (p) => new optim.SGD(p, { lr: 0.05, momentum: 0.9 }), sgd(0.05, 0.9)],
  [
    "SGD with momentum, dampening and weight decay",
    (p) => new optim.SGD(p, { lr: 0.05, momentum: 0.8, dampening: 0.3, weightDecay: 0.1 }),
    sgd(0.05, 0.8, 0.3, 0.1),
  ],
  [
    "SGD with Nesterov's momentum",
    (p) => new optim.SGD(p, { lr: 0.03, momentum: 0.9, nesterov: true }),
    sgd(0.03, 0.9, 0, 0, true),
  ],
  ["Adam", (p) => new optim.Adam(p), adam(1e-3, [0.9, 0.999], 1e-8, 0, 0)],
  [
    "Adam with its numbers changed and weight decay",
    (p) => new optim.Adam(p, { lr: 0.05, betas: [0.8, 0.95], eps: 1e-4, weightDecay: 0.1 }),
    adam(0.05, [0.8, 0.95], 1e-4, 0.1, 0),
  ],
  ["AdamW", (p) => new optim.AdamW(p, { lr: 0.02 }), adam(0.02, [0.9, 0.999], 1e-8, 0, 0.01)],
  [
    "AdamW with weight decay",
    (p) => new optim.AdamW(p, { lr: 0.02, weightDecay: 0.5 }),
    adam(0.02, [0.9, 0.999], 1e-8, 0, 0.5),
  ],
];

describe.each(rows)("%s", (_, make, rule) => {
  it("follows its formula", async () => {
    const p = new Parameter(tensor(start), "p");
    const optimizer = make([p]);
    const wanted = start.map((value) => Math.fround(value));
    const memory = start.map(() => ({ a: 0, b: 0 }));
    for (let t = 1; t <= STEPS; t++) {
      const loss = lossOf(p);
      await optimizer.step(loss);
      const exact = wanted.reduce((sum, v, i) => sum + ((scale[i] as number) * (v - 1) ** 2) / 2, 0);
      expect(Math.abs((await loss.item()) - exact)).toBeLessThan(CLOSE * Math.max(1, exact));
      wanted.forEach((v, i) => {
        wanted[i] = rule(v, gradientOf(v, i), t, memory[i] as { a: number; b: number });
      });
      const values = await p.data();
      for (const [i, v] of wanted.entries())
        expect(Math.abs((values[i] as number) - v), `p[${i}] after step ${t}`).toBeLessThan(CLOSE);
    }
  });

  it("takes the gradients of backward as it takes a loss", async () => {
    const [a, b] = [new Parameter(tensor(start), "a"), new Parameter(tensor(start), "b")];
    const [whole, parts] = [make([a]), make([b])];
    for (let t = 0; t < 5; t++) {
      await whole.step(lossOf(a));
      parts.zeroGrad();
      lossOf(b).backward();
      await parts.step();
    }
    const values = await a.data();
    for (const [i, v] of (await b.data()).entries()) expect(v).toBeCloseTo(values[i] as number, 6);
  });

  it("leaves a parameter as it is where no gradient reaches it", async () => {
    const [p, q, alone] = ["p", "q", "alone"].map((name) => new Parameter(tensor(start), name)) as [
      Parameter,
      Parameter,
      Parameter,
    ];
    const [both, single] = [make([p, q]), make([alone])];
    for (let t = 0; t < 4; t++) {
      await both.step(lossOf(p));
      if (t % 2 === 0) continue;
      await both.step(lossOf(q));
      await single.step(lossOf(alone));
    }
    expect(await q.data()).toEqual(await alone.data());
  });

  it("goes on from a saved state, and makes no new program", async () => {
    const run = async (saveAt: number): Promise<number[]> => {
      let p = new Parameter(tensor(start), "p");
      let optimizer = make([p]);
      for (let t = 0; t < 12; t++) {
        if (t === saveAt) {
          const { steps, state } = optimizer.stateDict();
          const copy: Record<string, Tensor> = {};
          for (const [name, value] of Object.entries(state))
            copy[name] = tensor(await value.data(), { shape: value.shape });
          p = new Parameter(tensor(await p.data()), "p");
          optimizer = make([p]);
          optimizer.loadStateDict({ steps, state: copy });
        }
        await optimizer.step(lossOf(p));
      }
      return [...(await p.data())];
    };
    const wanted = await run(-1);
    const programs = programCount();
    expect(await run(5)).toEqual(wanted);
    expect(programCount()).toBe(programs);
  });
});

describe("an optimiser", () => {
  it("refuses what it cannot train", async () => {
    const p = new Parameter(tensor([1]), "p");
    expect(() => new optim.SGD([], { lr: 0.1 })).toThrow("cannot optimise nothing");
    expect(() => new optim.SGD([p], { lr: -1 })).toThrow("cannot use lr -1");
    expect(() => new optim.SGD([tensor([1]) as Parameter], { lr: 1 })).toThrow("optimizer: cannot optimise");
    expect(() => new optim.SGD([p], { lr: 1, momentum: -1 })).toThrow("cannot use momentum -1");
    expect(() => new optim.Adam([p], { betas: [0.9, 1] })).toThrow(
      "cannot use betas 1: wanted a number from 0 to below 1",
    );
    await expect(new optim.SGD([p], { lr: 1 }).step()).rejects.toThrow("no parameter has a gradient");
    await expect(new optim.SGD([p], { lr: 1 }).step(tensor(1))).rejects.toThrow("depends on none of");
    await expect(new optim.SGD([p], { lr: 1 }).step(p.mul(tensor([1, 2])))).rejects.toThrow("wanted one element");
  });

  it("leaves values, state and steps as they were when a step fails", async () => {
    const p = new Parameter(tensor([1]), "p");
    const optimizer = new optim.SGD([p], { lr: 0.1 });
    await expect(optimizer.step(p.mul(tensor([1, 2])))).rejects.toThrow();
    expect(optimizer.steps).toBe(0);
    await optimizer.step(p.sum());
    expect(await p.item()).toBeCloseTo(0.9, 6);
  });

  it("changes nothing when a kernel refuses what the step reads", async () => {
    const w = new Parameter(tensor([[1, 2, 3]]), "w");
    const optimizer = new optim.SGD([w], { lr: 0.5, momentum: 0.9 });
    const zero = tensor(Int32Array.of(0));
    const lossFor = (label: number): Tensor => nn.crossEntropy(w, tensor(Int32Array.of(label)).add(zero));
    await optimizer.step(lossFor(1));
    const before = await w.data();
    await expect(optimizer.step(lossFor(3))).rejects.toThrow("cannot read index 3");
    expect(await w.data()).toEqual(before);
    expect(optimizer.steps).toBe(1);
    await optimizer.step(lossFor(2));
    expect(await w.data()).not.toEqual(before);
  });
});
