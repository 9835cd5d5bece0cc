/** Sessions: what callers feed and get, what is compiled once, and what training can do with a loaded model. */
import { describe, expect, test } from "vitest";
import type { Device } from "../../../ts/device/device.ts";
import { currentDevice, programCount } from "../../../ts/execution/running.ts";
import { load, save } from "../../../ts/formats/onnx/index.ts";
import type { Source } from "../../../ts/graph/node.ts";
import { grad, nn, optim, realize, type Tensor, tensor } from "../../../ts/index.ts";
import { floats, int64s, type ModelSpec, model, type NodeSpec } from "./writer.ts";

const node = (op: string, inputs: string[], outputs: string[], attributes: NodeSpec["attributes"] = {}): NodeSpec => ({
  op,
  name: `${op}_${outputs[0]}`,
  inputs,
  outputs,
  attributes,
});

/** y = x w + b, z = relu(y); the batch is open. */
const linear: ModelSpec = {
  nodes: [node("MatMul", ["x", "w"], ["h"]), node("Add", ["h", "b"], ["y"]), node("Relu", ["y"], ["z"])],
  inputs: [["x", 1, ["batch", 2]]],
  outputs: [
    ["y", 1, ["batch", 2]],
    ["z", 1, ["batch", 2]],
  ],
  initializers: [floats("w", [2, 2], [1, 2, 3, 4]), floats("b", [2], [-100, 0.5])],
};

const list = async (value: unknown): Promise<unknown> => (value as Tensor).array();

describe("running", () => {
  test("describes inputs and outputs", async () => {
    const session = await load(model(linear));
    expect(session.inputs).toEqual([{ name: "x", kind: "tensor", dtype: "float32", shape: ["batch", 2] }]);
    expect(session.outputs.map(({ name }) => name)).toEqual(["y", "z"]);
  });
  test("takes tensors and typed arrays, gives outputs by name", async () => {
    const session = await load(model(linear));
    const { y, z } = await session.run({ x: tensor([[1, 1]]) });
    expect(await list(y)).toEqual([[-96, 6.5]]);
    expect(await list(z)).toEqual([[0, 6.5]]);
    const other = await session.run({ x: Float32Array.of(1, 1, 2, 0) }, { outputs: ["y"] });
    expect(Object.keys(other)).toEqual(["y"]);
    expect(await list(other["y"])).toEqual([
      [-96, 6.5],
      [-98, 4.5],
    ]);
  });
  test("takes lazy tensors and those on the device", async () => {
    const session = await load(model(linear));
    const x = tensor([[1, 1]]).mul(2);
    for (let i = 0; i < 2; i++) expect(await list((await session.run({ x }))["y"])).toEqual([[-92, 12.5]]);
    expect(await x.array()).toEqual([[2, 2]]);
  });
  test("results stay when the next run is made", async () => {
    const session = await load(model(linear));
    const first = await session.run({ x: Float32Array.of(1, 1) });
    const second = await session.run({ x: Float32Array.of(2, 2) });
    expect(await list(first["y"])).toEqual([[-96, 6.5]]);
    expect(await list(second["y"])).toEqual([[-92, 12.5]]);
  });
  test("results stay on the device where that is asked for, and are the caller's", async () => {
    const session = await load(
      model({
        ...linear,
        nodes: [
          ...linear.nodes,
          node("Identity", ["x"], ["same"]),
          node("Identity", ["z"], ["twin"]),
          node("Constant", [], ["c"], { value: floats("", [2], [3, 4]) }),
        ],
        outputs: [...(linear.outputs ?? []), ["same", 1, ["batch", 2]], ["twin", 1, ["batch", 2]], ["c", 1, [2]]],
      }),
    );
    const isOnDevice = (value: unknown): boolean => ((value as Tensor).node.source as Source).buffer !== null;
    const x = tensor([[1, 1]]).add(0);
    await realize(x);
    for (let i = 0; i < 3; i++) {
      const all = await session.run({ x }, { onDevice: true });
      expect(Object.keys(all).filter((name) => isOnDevice(all[name]))).toEqual(["y", "z", "twin"]);
      expect(await Promise.all(Object.values(all).map(list))).toEqual([
        [[-96, 6.5]],
        [[0, 6.5]],
        [[1, 1]],
        [[0, 6.5]],
        [3, 4],
      ]);
      (all["same"] as Tensor)[Symbol.dispose]();
      const { y, z } = await session.run({ x: all["y"] as Tensor }, { onDevice: ["z"], outputs: ["y", "z"] });
      expect([isOnDevice(y), isOnDevice(z)]).toEqual([false, true]);
      expect([await list(y), await list(z)]).toEqual([[[-176.5, -165.5]], [[0, 0]]]);
      (y as Tensor)[Symbol.dispose]();
      expect(await list(z)).toEqual([[0, 0]]);
    }
    await expect(session.run({ x }, { onDevice: ["q"] })).rejects.toThrow('onnx: cannot compute output "q"');
    const buffers = (): number => (currentDevice() as Device).memory().buffers;
    const before = buffers();
    let state = x;
    for (let i = 0; i < 100; i++) {
      const { z } = await session.run({ x: state }, { onDevice: true, outputs: ["z"] });
      if (state !== x) state[Symbol.dispose]();
      state = z as Tensor;
    }
    expect(buffers()).toBe(before + 1);
  });
  test("one program a shape", async () => {
    const session = await load(model(linear));
    await session.run({ x: Float32Array.of(1, 1) });
    const count = programCount();
    for (let i = 0; i < 5; i++) await session.run({ x: Float32Array.of(i, 1) });
    expect(programCount()).toBe(count);
    await session.run({ x: Float32Array.of(1, 1, 2, 2) });
    expect(programCount()).toBe(count + 1);
  });
  test("an input that passes through, and a constant, are outputs too", async () => {
    const session = await load(
      model({
        nodes: [node("Identity", ["x"], ["same"]), node("Constant", [], ["c"], { value: floats("", [2], [3, 4]) })],
        inputs: [["x", 1, [2]]],
        outputs: [
          ["same", 1, [2]],
          ["c", 1, [2]],
        ],
      }),
    );
    for (const x of [Float32Array.of(1, 2), Float32Array.of(5, 6)]) {
      const { same, c } = await session.run({ x });
      expect(await list(same)).toEqual([...x]);
      expect(await list(c)).toEqual([3, 4]);
    }
  });
  test("runs that are asked for together do not mix", async () => {
    const session = await load(
      model({
        nodes: [
          node("Neg", ["x"], ["a"]),
          node("ReduceSum", ["x"], ["total"], { keepdims: 0 }),
          node("Greater", ["total", "limit"], ["large"]),
          node("If", ["large"], ["b"], {
            then_branch: { nodes: [node("Mul", ["x", "a"], ["p"])], outputs: [["p", 1, [2]]] },
            else_branch: { nodes: [node("Add", ["x", "x"], ["s"])], outputs: [["s", 1, [2]]] },
          }),
        ],
        inputs: [["x", 1, [2]]],
        outputs: [
          ["a", 1, [2]],
          ["b", 1, [2]],
          ["total", 1, []],
        ],
        initializers: [floats("limit", [], [10])],
      }),
    );
    for (let round = 0; round < 2; round++) {
      const runs = [1, 7, 2, 9, 3, 8].map((n) => session.run({ x: Float32Array.of(n, n + 1) }));
      for (const [i, n] of [1, 7, 2, 9, 3, 8].entries()) {
        const { a, b, total } = await (runs[i] as (typeof runs)[number]);
        expect(await list(a)).toEqual([-n, -n - 1]);
        expect(await list(b)).toEqual(2 * n + 1 > 10 ? [-n * n, -(n + 1) * (n + 1)] : [2 * n, 2 * n + 2]);
        expect(await list(total)).toEqual(2 * n + 1);
      }
    }
  });
  test("model-local functions, with attributes handed down", async () => {
    const session = await load(
      model({
        nodes: [{ op: "Twice", domain: "own", inputs: ["x"], outputs: ["y"] }],
        inputs: [["x", 1, [2]]],
        outputs: [["y", 1, [2]]],
        opsets: { own: 1 },
        functions: [
          { name: "Twice", domain: "own", inputs: ["a"], outputs: ["b"], nodes: [node("Add", ["a", "a"], ["b"])] },
        ],
      }),
    );
    expect(await list((await session.run({ x: Float32Array.of(1, 2) }))["y"])).toEqual([2, 4]);
  });
  test("says where the time goes", async () => {
    const session = await load(model(linear));
    const profile = await session.profile({ x: Float32Array.of(1, 1) });
    expect(profile.map(({ label }) => label).join(" ")).toMatch(/matmul/);
    expect(profile.every(({ ms }) => ms >= 0)).toBe(true);
    expect(session.explain()).toMatch(/matmul/);
  });
});

describe("values that decide what is computed", () => {
  const branches: ModelSpec = {
    nodes: [
      node("Mul", ["x", "x"], ["square"]),
      node("ReduceSum", ["square"], ["total"], { keepdims: 0 }),
      node("Greater", ["total", "limit"], ["large"]),
      node("If", ["large"], ["y"], {
        then_branch: { nodes: [node("Neg", ["square"], ["a"])], outputs: [["a", 1, [2]]] },
        else_branch: { nodes: [node("Add", ["square", "x"], ["c"])], outputs: [["c", 1, [2]]] },
      }),
    ],
    inputs: [["x", 1, [2]]],
    outputs: [["y", 1, [2]]],
    initializers: [floats("limit", [], [10])],
  };
  test("If takes the branch that the data asks for, at every run", async () => {
    const session = await load(model(branches));
    for (let i = 0; i < 3; i++) {
      expect(await list((await session.run({ x: Float32Array.of(1, 2) }))["y"])).toEqual([2, 6]);
      expect(await list((await session.run({ x: Float32Array.of(3, 2) }))["y"])).toEqual([-9, -4]);
    }
  });
  test("a shape that depends on the data: the elements that are not 0", async () => {
    const session = await load(
      model({
        nodes: [node("NonZero", ["x"], ["y"])],
        inputs: [["x", 1, [4]]],
        outputs: [["y", 7, [1, "n"]]],
      }),
    );
    for (const x of [Float32Array.of(0, 1, 0, 2), Float32Array.of(1, 1, 1, 0), new Float32Array(4)]) {
      const wanted = [...x.keys()].filter((i) => x[i] !== 0);
      const { y } = await session.run({ x });
      expect((y as Tensor).shape).toEqual([1, wanted.length]);
      expect(await list(y)).toEqual([wanted]);
    }
  });
  test("Loop runs for as long as its condition holds", async () => {
    const session = await load(
      model({
        nodes: [
          node("Loop", ["", "going", "x"], ["y", "trail"], {
            body: {
              inputs: [
                ["i", 7, []],
                ["go", 9, []],
                ["v", 1, []],
              ],
              nodes: [
                node("Add", ["v", "v"], ["next"]),
                node("Less", ["next", "limit"], ["more"]),
                node("Identity", ["next"], ["seen"]),
              ],
              outputs: [
                ["more", 9, []],
                ["next", 1, []],
                ["seen", 1, []],
              ],
            },
          }),
        ],
        inputs: [["x", 1, []]],
        outputs: [
          ["y", 1, []],
          ["trail", 1, ["n"]],
        ],
        initializers: [floats("limit", [], [50]), { name: "going", dims: [], type: 9, raw: Uint8Array.of(1) }],
      }),
    );
    for (const x of [3, 20, 3]) {
      const wanted: number[] = [];
      for (let v = x * 2; ; v *= 2) {
        wanted.push(v);
        if (v >= 50) break;
      }
      const { y, trail } = await session.run({ x: Float32Array.of(x) });
      expect(await list(y)).toBe(wanted.at(-1));
      expect(await list(trail)).toEqual(wanted);
    }
  });
  test("a shape computed from another input's shape is known without a question", async () => {
    const session = await load(
      model({
        nodes: [
          node("Shape", ["x"], ["shape"]),
          node("Gather", ["shape", "zero"], ["rows"]),
          node("Concat", ["rows", "rest"], ["target"], { axis: 0 }),
          node("Reshape", ["x", "target"], ["y"]),
        ],
        inputs: [["x", 1, ["n", 2, 2]]],
        outputs: [["y", 1, ["n", 4]]],
        initializers: [int64s("zero", [0]), int64s("rest", [-1])],
      }),
    );
    const { y } = await session.run({
      x: tensor([
        [
          [1, 2],
          [3, 4],
        ],
      ]),
    });
    expect(await list(y)).toEqual([[1, 2, 3, 4]]);
    expect(session.explain().match(/schedule:/g)).toHaveLength(1);
  });
});

describe("training", () => {
  test("gradients flow to inputs through a loaded model", async () => {
    const session = await load(model(linear));
    const x = tensor([[1, 1]]);
    const { y } = await session.forward({ x: tensor([[1, 1]], { requiresGrad: true }) });
    expect((y as Tensor).requiresGrad).toBe(true);
    const gradient = grad((v: Tensor) =>
      v
        .matmul(
          tensor([
            [1, 2],
            [3, 4],
          ]),
        )
        .sum(),
    )(x);
    const own = tensor([[1, 1]], { requiresGrad: true });
    ((await session.forward({ x: own }))["y"] as Tensor).sum().backward();
    expect(await own.grad?.array()).toEqual(await gradient.array());
  });
  test("chosen weights learn, the others stay; run() follows", async () => {
    const session = await load(model(linear), { trainable: (name) => name === "b" });
    expect([...session.parameters.keys()]).toEqual(["b"]);
    const optimizer = new optim.SGD([...session.parameters.values()], { lr: 0.25 });
    const target = tensor([[1, 1]]);
    const x = tensor([[1, 1]]);
    let last = 0;
    for (let i = 0; i < 40; i++) {
      const loss = nn.mseLoss((await session.forward({ x }))["y"] as Tensor, target);
      await optimizer.step(loss);
      last = await loss.item();
    }
    expect(last).toBeLessThan(1e-6);
    const { y } = await session.run({ x });
    for (const value of ((await list(y)) as number[][]).flat()) expect(value).toBeCloseTo(1, 2);
  });
  test("recurrent layers learn: every weight has a gradient, and run() gives what forward() gives", async () => {
    const values = (count: number): number[] => Array.from({ length: count }, (_, i) => Math.sin(3 * i + 1) / 2);
    const attributes = { hidden_size: 2 };
    const layer = model({
      nodes: [{ op: "LSTM", inputs: ["x", "w", "r", "b"], outputs: ["ys", "y"], attributes }],
      inputs: [["x", 1, ["t", 1, 3]]],
      outputs: [["y", 1, [1, 1, 2]]],
      initializers: [
        floats("w", [1, 8, 3], values(24)),
        floats("r", [1, 8, 2], values(16)),
        floats("b", [1, 16], values(16)),
      ],
    });
    const session = await load(layer, { trainable: true });
    const x = tensor(values(12), { shape: [4, 1, 3] });
    const loss = async () => nn.mseLoss((await session.forward({ x }))["y"] as Tensor, tensor([[[0.4, -0.3]]]));
    (await loss()).backward();
    for (const { grad: g } of session.parameters.values()) {
      expect(Math.max(...((await g?.abs().data()) ?? [0]))).toBeGreaterThan(1e-4);
    }
    const optimizer = new optim.Adam(session.parameters.values(), { lr: 0.05 });
    for (let i = 0; i < 60; i++) await optimizer.step(await loss());
    expect(await (await loss()).item()).toBeLessThan(1e-3);
    const trained = ((await session.forward({ x }))["y"] as Tensor).flatten();
    const run = (await session.run({ x }))["y"] as Tensor;
    expect(await run.flatten().array()).toEqual(await trained.array());
  });
  test("training leaves constants and running statistics alone", async () => {
    const norm = model({
      nodes: [node("BatchNormalization", ["x", "scale", "shift", "mean", "variance"], ["y"])],
      inputs: [["x", 1, ["n", 1]]],
      outputs: [["y", 1, ["n", 1]]],
      initializers: ["scale", "shift", "mean", "variance"].map((name) => floats(name, [1], [1])),
    });
    expect([...(await load(norm, { trainable: true })).parameters.keys()]).toEqual(["scale", "shift"]);
    const saved = await save(new nn.Sequential(new nn.Linear(2, 2), new nn.GELU()), { inputs: { x: [null, 2] } });
    expect([...(await load(saved, { trainable: true })).parameters.keys()]).toEqual(["0.weight", "0.bias"]);
  });
});
