/** Operators of ai.onnx.preview.training against their formulas. */
import { expect, test } from "vitest";
import type { Model } from "../../../ts/formats/onnx/model.ts";
import type { AttributeProto, GraphProto, NodeProto } from "../../../ts/formats/onnx/proto/schema.ts";
import { loadOperators } from "../../../ts/formats/onnx/registry.ts";
import { Session } from "../../../ts/formats/onnx/session.ts";
import type { Tensor } from "../../../ts/tensor/tensor.ts";

const domain = "ai.onnx.preview.training";

const attribute = (name: string, strings: readonly string[], s?: string): AttributeProto => {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const empty = { name, ref: "", type: 0, floats: [], ints: [], tensors: [], graphs: [], strings: strings.map(encode) };
  return s === undefined ? empty : { ...empty, s: encode(s) };
};

const node = (opType: string, inputs: string[], outputs: string[], attributes: AttributeProto[] = []): NodeProto => ({
  name: "",
  opType,
  domain: opType === "Gradient" ? domain : "",
  overload: "",
  inputs,
  outputs,
  attributes,
});

async function sessionOf(nodes: NodeProto[], inputs: readonly string[], outputs: readonly string[]): Promise<Session> {
  const info = (name: string) => ({ name, type: { tensor: { elemType: 1 } } });
  const graph: GraphProto = {
    name: "test",
    nodes,
    initializers: [],
    sparseInitializers: [],
    inputs: inputs.map(info),
    outputs: outputs.map(info),
  };
  const opsets = new Map([
    ["", 12],
    [domain, 1],
  ]);
  const handlers = await loadOperators(["Add", "Mul", `${domain}.Gradient`]);
  const model = { graph, opsets, functions: new Map() } as unknown as Model;
  return new Session(model, handlers, new Map(), () => false);
}

// y = a (a + b)
const product = [node("Add", ["a", "b"], ["c"]), node("Mul", ["a", "c"], ["y"])];

async function read(session: Session, feeds: Record<string, Float32Array>): Promise<Record<string, number[]>> {
  const results = await session.run(feeds);
  const lists = Object.entries(results).map(async ([name, value]) => [
    name,
    Array.from(await (value as Tensor).data()),
  ]);
  return Object.fromEntries(await Promise.all(lists)) as Record<string, number[]>;
}

const feeds = { a: Float32Array.of(2, 3), b: Float32Array.of(5, -1) };

test("Gradient with respect to every x, though y is no output", async () => {
  const wanted = [attribute("xs", ["a", "b"]), attribute("y", [], "y")];
  const session = await sessionOf(
    [...product, node("Gradient", ["a", "b"], ["da", "db"], wanted)],
    ["a", "b"],
    ["da", "db"],
  );
  expect(await read(session, feeds)).toEqual({ da: [9, 5], db: [2, 3] });
});

test("Gradient at other values than those named", async () => {
  const wanted = [attribute("xs", ["a"]), attribute("zs", ["b"]), attribute("y", [], "y")];
  const session = await sessionOf([...product, node("Gradient", ["b", "a"], ["da"], wanted)], ["a", "b"], ["y", "da"]);
  expect(await read(session, feeds)).toEqual({ y: [14, 6], da: [12, 1] });
});

test("Gradient with respect to a value in between, and of a gradient", async () => {
  const first = [attribute("xs", ["a", "c"]), attribute("y", [], "y")];
  const second = [attribute("xs", ["a"]), attribute("zs", ["b"]), attribute("y", [], "da")];
  const whole = [attribute("xs", ["a", "b"]), attribute("y", [], "y")];
  const nodes = [
    ...product,
    node("Gradient", ["a", "c"], ["", "dc"], first),
    node("Gradient", ["a", "b"], ["da"], whole),
    node("Gradient", ["a", "b"], ["dda"], second),
  ];
  const session = await sessionOf(nodes, ["a", "b"], ["dc", "dda"]);
  expect(await read(session, feeds)).toEqual({ dc: [2, 3], dda: [2, 2] });
});
