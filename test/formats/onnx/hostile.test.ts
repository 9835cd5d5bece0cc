/** Bad input: files that are no models, models that cannot be run, feeds that do not fit. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { FormatError, UnsupportedError } from "../../../ts/core/errors.ts";
import { load } from "../../../ts/formats/onnx/index.ts";
import { tensor } from "../../../ts/index.ts";
import { damage, uniform } from "../../fuzz.ts";
import { sharedData } from "../../shared-data.ts";
import { floats, type GraphSpec, type ModelSpec, model, type NodeSpec } from "./writer.ts";

const node = (op: string, inputs: string[], outputs: string[], rest: Partial<NodeSpec> = {}): NodeSpec => ({
  op,
  name: `node_${outputs[0]}`,
  inputs,
  outputs,
  ...rest,
});

const small: ModelSpec = {
  nodes: [node("Add", ["x", "b"], ["y"])],
  inputs: [["x", 1, ["n", 2]]],
  outputs: [["y", 1, ["n", 2]]],
  initializers: [floats("b", [2], [1, 2])],
};

const loading = (spec: Partial<ModelSpec>): Promise<unknown> => load(model({ ...small, ...spec }));

describe("files", () => {
  test.each([
    ["nothing", new Uint8Array(0)],
    ["text", new TextEncoder().encode("this is no model")],
    ["zeros", new Uint8Array(100)],
    ["a length past the end", Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f)],
    ["an endless varint", new Uint8Array(64).fill(0xff)],
  ])("refuses %s", async (_, bytes) => {
    await expect(load(bytes)).rejects.toThrow(FormatError);
  });
  test("refuses every truncation", async () => {
    const good = model(small);
    for (let length = 0; length < good.length; length++) {
      // What is cut between two fields of the model may still be one.
      const loaded = await load(good.slice(0, length)).catch((error: unknown) => error);
      if (loaded instanceof Error) expect(loaded, `${length} bytes`).toSatisfy(isRefusal);
    }
  });
  test("refuses messages nested without end", async () => {
    let bytes = new Uint8Array(0);
    for (let i = 0; i < 2000; i++) bytes = nest(bytes);
    await expect(load(Uint8Array.of(0x3a, ...varint(bytes.length), ...bytes))).rejects.toThrow(/nested/);
  });
  test.each([
    ["a negative size", [-2], /size -2/],
    ["more elements than memory", [2 ** 31, 2 ** 31], /more than 2\^31/],
    ["another number of bytes", [3], /8 bytes are there, wanted 12/],
  ])("refuses a weight of %s", async (_, dims, message) => {
    const b = { ...floats("b", [2], [1, 2]), dims };
    const session = loading({ initializers: [b] }).then(async (loaded) =>
      (loaded as Awaited<ReturnType<typeof load>>).run({ x: tensor([[1, 2]]) }),
    );
    await expect(session).rejects.toThrow(message);
    await expect(session).rejects.toThrow(FormatError);
  });
  const { path, missing, reason } = sharedData("models/rl-lunarlander/model.onnx");
  test.skipIf(missing)(`damage never hangs, never takes memory, and is named${reason}`, async () => {
    const good = new Uint8Array(readFileSync(path));
    const random = uniform(7);
    for (let i = 0; i < 400; i++) {
      const result = await load(damage(good, random)).catch((error: unknown) => error);
      if (result instanceof Error) expect(result, String(result.stack)).toSatisfy(isRefusal);
    }
  });
});

const isRefusal = (error: unknown): boolean => error instanceof FormatError || error instanceof UnsupportedError;

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

/** A graph in an attribute of a node of a graph. */
function nest(graph: Uint8Array): Uint8Array<ArrayBuffer> {
  const wrap = (field: number, bytes: readonly number[]): number[] => [
    (field << 3) | 2,
    ...varint(bytes.length),
    ...bytes,
  ];
  return Uint8Array.from(wrap(1, wrap(5, wrap(6, [...graph]))));
}

describe("models", () => {
  test("lists every operator that is missing, at once", async () => {
    const nodes = [
      node("Frobnicate", ["x"], ["a"]),
      node("Add", ["a", "b"], ["c"]),
      node("Twist", ["c"], ["d"], { domain: "other" }),
      node("Frobnicate", ["d"], ["y"]),
    ];
    const promise = loading({ nodes, opsets: { other: 1 } });
    await expect(promise).rejects.toThrow(UnsupportedError);
    await expect(promise).rejects.toThrow(/2 operators.*Frobnicate at node_a, node_y; other\.Twist at node_d/);
  });
  test("refuses an opset from the future", async () => {
    await expect(loading({ opset: 99 })).rejects.toThrow(/opset 99/);
  });
  test.each([
    ["a circle", [node("Add", ["x", "z"], ["y"]), node("Add", ["y", "b"], ["z"])], /depends on itself/],
    ["a name that nothing defines", [node("Add", ["x", "nowhere"], ["y"])], /"nowhere", which nothing defines/],
    ["a value computed twice", [node("Add", ["x", "b"], ["y"]), node("Sub", ["x", "b"], ["y"])], /computed twice/],
    ["an output that nothing computes", [node("Add", ["x", "b"], ["other"])], /nothing computes its output "y"/],
  ])("refuses %s", async (_, nodes, message) => {
    await expect(loading({ nodes })).rejects.toThrow(message);
    await expect(loading({ nodes })).rejects.toThrow(FormatError);
  });
  test("nodes in any order run", async () => {
    const session = await load(
      model({ ...small, nodes: [node("Relu", ["h"], ["y"]), node("Add", ["x", "b"], ["h"])] }),
    );
    const { y } = await session.run({ x: tensor([[1, -9]]) });
    expect(await (y as ReturnType<typeof tensor>).array()).toEqual([[2, 0]]);
  });
  test("refuses functions that call themselves", async () => {
    const own = { op: "Own", domain: "own", inputs: ["a"], outputs: ["c"] };
    const functions = [{ name: "Own", domain: "own", inputs: ["a"], outputs: ["c"], nodes: [own] }];
    const nodes = [{ op: "Own", domain: "own", inputs: ["x"], outputs: ["y"] }];
    await expect(loading({ nodes, functions, opsets: { own: 1 } })).rejects.toThrow(/calls itself/);
  });
  test("refuses to run where an operator gives fewer outputs than are read", async () => {
    const session = await load(model({ ...small, nodes: [node("Add", ["x", "b"], ["z", "y"])] }));
    await expect(session.run({ x: tensor([[1, 2]]) })).rejects.toThrow(/gives its output "y" a value/);
  });
  test("an error names the node", async () => {
    const session = await load(model({ ...small, initializers: [floats("b", [3], [1, 2, 3])] }));
    await expect(session.run({ x: tensor([[1, 2]]) })).rejects.toThrow(/node "node_y" \(Add\).*sizes 2 and 3 differ/);
  });
});

describe("feeds", () => {
  test.each([
    ["a missing input", {}, /input "x" is missing/],
    ["an unknown input", { x: tensor([[1, 2]]), z: tensor([1]) }, /no input "z"/],
    ["another rank", { x: tensor([1, 2]) }, /\[2\].*wanted \[n, 2\]/],
    ["another size", { x: tensor([[1, 2, 3]]) }, /\[1, 3\].*wanted \[n, 2\]/],
    ["another dtype", { x: tensor([[1, 2]], { dtype: "int32" }) }, /int32.*wanted float32/],
    ["an array that does not fill the shape", { x: Float32Array.of(1, 2, 3) }, /3 values.*wanted \[n, 2\]/],
    ["nothing", { x: null }, /it is null/],
    ["no inputs at all", undefined, /wanted the inputs by name, { x }/],
  ])("refuses %s", async (_, feeds, message) => {
    const session = await load(model(small));
    await expect(session.run(feeds as never)).rejects.toThrow(message);
    await expect(session.forward(feeds as never)).rejects.toThrow(/^onnx: cannot (feed|run)/);
    // And goes on as if nothing had been asked.
    await expect(session.run({ x: tensor([[1, 2]]) })).resolves.toBeDefined();
  });
  test("refuses an output that is none", async () => {
    const session = await load(model(small));
    await expect(session.run({ x: tensor([[1, 2]]) }, { outputs: ["q"] })).rejects.toThrow(/"q".*y/);
  });
  test("an aborted signal stops loading and running", async () => {
    const aborted = AbortSignal.abort(new Error("enough"));
    await expect(load(model(small), { signal: aborted })).rejects.toThrow("enough");
    const session = await load(model(small));
    await expect(session.run({ x: tensor([[1, 2]]) }, { signal: aborted })).rejects.toThrow("enough");
  });
  test("a signal stops a loop that does not end, by its own reason", async () => {
    const body: GraphSpec = {
      nodes: [node("Identity", ["going"], ["still"]), node("Add", ["v", "b"], ["next"])],
      inputs: [
        ["i", 7, []],
        ["going", 9, []],
        ["v", 1, [2]],
      ],
      outputs: [
        ["still", 9, []],
        ["next", 1, [2]],
      ],
    };
    const session = await load(
      model({ ...small, nodes: [node("Loop", ["", "", "b"], ["y"], { attributes: { body } })] }),
    );
    const signal = AbortSignal.timeout(50);
    const run = session.run({ x: tensor([[1, 2]]) }, { signal });
    await expect(run).rejects.toMatchObject({ name: "TimeoutError" });
    await expect(run).rejects.toBe(signal.reason);
  });
});

describe("external data", () => {
  const outside = (external: Record<string, string>): Uint8Array =>
    model({ ...small, initializers: [{ name: "b", dims: [2], type: 1, external }] });
  const weights = new Uint8Array(Float32Array.of(9, 1, 2).buffer);

  test("comes from where the caller says, at its place in the file", async () => {
    const bytes = outside({ location: "weights.bin", offset: "4", length: "8" });
    const session = await load(bytes, { externalData: { "weights.bin": weights } });
    const { y } = await session.run({ x: tensor([[1, 1]]) });
    expect(await (y as ReturnType<typeof tensor>).array()).toEqual([[2, 3]]);
  });
  test.each([
    ["past the end", { location: "weights.bin", offset: "8", length: "8" }],
    ["at no number", { location: "weights.bin", offset: "-4", length: "8" }],
    ["outside the folder", { location: "../weights.bin", length: "8" }],
    ["without a name", { offset: "0" }],
  ])("refuses data %s", async (_, external) => {
    const promise = load(outside(external), { externalData: { "weights.bin": weights } });
    await expect(promise).rejects.toThrow(FormatError);
  });
});
