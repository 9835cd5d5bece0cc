/** What a model is made of, without running it. */
import { dtypes } from "../../core/dtype.ts";
import { breathe, stepShare } from "../../core/pause.ts";
import type { Shape } from "../../core/shape.ts";
import { sizeOf } from "../../core/shape.ts";
import { runtimeOn } from "../../execution/running.ts";
import { nameOf, readSource, type Source, type SourceOptions } from "../../files/source.ts";
import { Node } from "../../graph/node.ts";
import { expand } from "../../ops/broadcast.ts";
import { constant } from "../../ops/leaf.ts";
import { Build } from "./build.ts";
import { constantValue, describe, type ValueDescription } from "./feed.ts";
import { flopsOf } from "./flops.ts";
import {
  functionKey,
  type Model,
  operatorsOf,
  parseModel,
  readsOf,
  subgraphsOf,
  tensorsOf,
  unsupported,
} from "./model.ts";
import { domainOf } from "./opsets.ts";
import type { AttributeProto, NodeProto, TensorProto } from "./proto/schema.ts";
import { dtypeOf, packedBits } from "./proto/tensor.ts";
import { Recorder } from "./record.ts";
import { loadOperators, operatorKey } from "./registry.ts";
import type { Value } from "./value.ts";

/** How a model is read and looked at. */
export interface InspectOptions extends SourceOptions {
  /** Shapes of inputs whose sizes the model leaves open; open sizes are 1 otherwise. */
  readonly shapes?: Readonly<Record<string, Shape>>;
}

/** One kind of operator in a model. */
export interface OperatorUse {
  /** Its name, after its domain where that is not ONNX's own. */
  readonly name: string;
  /** Nodes, those of subgraphs and functions included. */
  readonly count: number;
  /** Floating-point operations of all of them in one run. */
  readonly flops: number;
}

/** A node of a model's graph: subgraphs and functions count as the node that holds or calls them. */
export interface NodeDescription {
  /** Its name in the file; may be empty. */
  readonly name: string;
  /** Its operator, after its domain where that is not ONNX's own. */
  readonly operator: string;
  /** Names of the values that it reads, those of its subgraphs included. */
  readonly inputs: readonly string[];
  /** Names of the values that it computes. */
  readonly outputs: readonly string[];
  /** Attributes in words: "kernel_shape" → "[3, 3]". */
  readonly attributes: Readonly<Record<string, string>>;
  /** Shape of the first output; null where it could not be found. */
  readonly shape: Shape | null;
}

/** What a model is made of. */
export interface Inspection {
  /** Program that wrote the file, and its version. */
  readonly producer: string;
  /** What a run wants. */
  readonly inputs: readonly ValueDescription[];
  /** What a run gives. */
  readonly outputs: readonly ValueDescription[];
  /** Version of each domain's operators; ONNX's own domain is "ai.onnx". */
  readonly opsets: Readonly<Record<string, number>>;
  /** Kinds of operators, those with the most work first. */
  readonly operators: readonly OperatorUse[];
  /** The nodes of the graph, in an order in which every value is computed before it is read. */
  readonly nodes: readonly NodeDescription[];
  /** Values of all weights. */
  readonly parameters: number;
  /** Bytes of all weights in the file. */
  readonly bytes: number;
  /** Floating-point operations of one run; null where shapes could not be found, for the reason in `unknown`. */
  readonly flops: number | null;
  /** Why shapes could not be found; null where they were. */
  readonly unknown: string | null;
  /** Operators that hebb cannot run, with nodes that use them. */
  readonly unsupported: readonly string[];
}

/** Weights with more values than this stand for shapes alone. */
const LARGEST_VALUE = 1024;

export async function inspection(source: Source, options: InspectOptions): Promise<Inspection> {
  const model = parseModel(await readSource(source, options), nameOf(source) ?? "model");
  await breathe(stepShare);
  const { proto, graph, opsets } = model;
  const initial = new Set(graph.initializers.map(({ name }) => name));
  const missing = unsupported(model);
  const work: Work = { flops: new Map(), shapes: new Map() };
  const unknown = missing.length > 0 ? "operators are missing" : await measure(model, options.shapes ?? {}, work);
  await breathe(stepShare);
  const weights = [...tensorsOf(model)].map(({ dims, dataType }) => ({ size: sizeOf(dims), bits: bitsOf(dataType) }));
  return {
    producer: `${proto.producer} ${proto.producerVersion}`.trim(),
    inputs: graph.inputs.filter(({ name }) => !initial.has(name)).map(describe),
    outputs: graph.outputs.map(describe),
    opsets: Object.fromEntries([...opsets].map(([domain, version]) => [domain || "ai.onnx", version])),
    operators: usesOf(model, work.flops),
    nodes: graph.nodes.map((node) => describeNode(node, work.shapes.get(node) ?? null)),
    parameters: weights.reduce((sum, { size }) => sum + size, 0),
    bytes: weights.reduce((sum, { size, bits }) => sum + Math.ceil((size * bits) / 8), 0),
    flops: unknown === null ? [...work.flops.values()].reduce((a, b) => a + b, 0) : null,
    unknown,
    unsupported: missing,
  };
}

/** Bits of an element; strings count by their number. */
function bitsOf(code: number): number {
  if (code === 8) return 8;
  const dtype = dtypeOf(code);
  return packedBits(dtype) || dtypes[dtype].bytes * 8;
}

function usesOf(model: Model, flops: ReadonlyMap<string, number>): OperatorUse[] {
  const counts = new Map<string, number>();
  const visit = (nodes: readonly NodeProto[]): void => {
    for (const node of nodes) {
      const name = operatorKey(domainOf(node.domain), node.opType);
      counts.set(name, (counts.get(name) ?? 0) + 1);
      for (const graph of subgraphsOf(node)) visit(graph.nodes);
    }
  };
  visit(model.graph.nodes);
  for (const body of model.functions.values()) visit(body.nodes);
  return [...counts]
    .map(([name, count]) => ({ name, count, flops: flops.get(name) ?? 0 }))
    .sort((a, b) => b.flops - a.flops || b.count - a.count || (a.name < b.name ? -1 : 1));
}

const describeNode = (node: NodeProto, shape: Shape | null): NodeDescription => ({
  name: node.name,
  operator: operatorKey(domainOf(node.domain), node.opType),
  inputs: readsOf(node),
  outputs: node.outputs.filter((name) => name !== ""),
  attributes: Object.fromEntries(node.attributes.map((attribute) => [attribute.name, attributeText(attribute)])),
  shape,
});

/** Most numbers of an attribute that are written out. */
const LISTED = 8;

function attributeText({ f, i, s, t, g, ref, floats, ints, strings }: AttributeProto): string {
  if (ref !== "") return `that of the function: ${ref}`;
  if (t !== undefined) return `tensor [${t.dims.join(", ")}]`;
  if (g !== undefined) return `graph of ${g.nodes.length} nodes`;
  if (s !== undefined) return new TextDecoder().decode(s);
  const one = f ?? i;
  if (one !== undefined) return String(Number(one.toPrecision(7)));
  const many = [...floats, ...ints, ...strings.map((bytes) => new TextDecoder().decode(bytes))];
  return `[${many.slice(0, LISTED).join(", ")}${many.length > LISTED ? ", …" : ""}]`;
}

/** What building a model finds out: operations by operator, and the shape of what each node computes. */
interface Work {
  readonly flops: Map<string, number>;
  readonly shapes: Map<NodeProto, Shape>;
}

/** Builds the model on zeros and adds up its nodes; the reason where that cannot be done, or null. */
async function measure(
  model: Model,
  shapes: Readonly<Record<string, Shape>>,
  { flops, shapes: found }: Work,
): Promise<string | null> {
  const known = new Map<TensorProto, Value>();
  const build = new Build(
    {
      model,
      handlers: await loadOperators(operatorsOf(model)),
      constant(proto) {
        const value = known.get(proto) ?? standIn(proto);
        known.set(proto, value);
        return value;
      },
      observe(node, inputs, outputs) {
        const shape = shapeOf(outputs[0] ?? null);
        if (shape !== null) found.set(node, shape);
        const domain = domainOf(node.domain);
        if (model.functions.has(functionKey(domain, node.opType, node.overload))) return;
        const name = operatorKey(domain, node.opType);
        const count = flopsOf(node, { inputs: inputs.map(shapeOf), outputs: outputs.map(shapeOf) });
        flops.set(name, (flops.get(name) ?? 0) + count);
      },
    },
    new Recorder(runtimeOn(undefined)),
  );
  const initial = new Set(model.graph.initializers.map(({ name }) => name));
  try {
    const inputs = new Map<string, Value>();
    for (const info of model.graph.inputs) {
      if (initial.has(info.name)) continue;
      const { name, kind, dtype, shape } = describe(info);
      if (kind !== "tensor" || dtype === undefined || dtype === "string")
        return `input "${name}" is no tensor of numbers`;
      const sizes = shapes[name] ?? shape?.map((size) => (typeof size === "number" ? size : 1));
      if (sizes === undefined) return `the shape of input "${name}" is not known`;
      inputs.set(name, expand(constant(0, dtype), sizes));
    }
    await build.run(
      inputs,
      model.graph.outputs.map(({ name }) => name),
    );
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** A weight, or zeros of its shape where it is large or lies in another file. */
function standIn(proto: TensorProto): Value {
  if (proto.dataType === 8 || (proto.location !== 1 && sizeOf(proto.dims) <= LARGEST_VALUE))
    return constantValue(proto);
  return expand(constant(0, dtypeOf(proto.dataType)), proto.dims);
}

const shapeOf = (value: Value | null): Shape | null => (value instanceof Node ? value.shape : null);
