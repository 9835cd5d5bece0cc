/**
 * A checked model: graphs whose nodes are in an order that runs, names that are defined once, operators that are known.
 */
import { FormatError, UnsupportedError } from "../../core/errors.ts";
import { domainOf, type Opsets, opsetsOf } from "./opsets.ts";
import type { AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto } from "./proto/schema.ts";
import { modelProto } from "./proto/schema.ts";
import { readMessage } from "./proto/wire.ts";
import { hasOperator, operatorKey } from "./registry.ts";

export interface Model {
  readonly proto: ModelProto;
  readonly graph: GraphProto;
  readonly opsets: Opsets;
  readonly functions: ReadonlyMap<string, FunctionProto>;
}

/** The newest operator set of ai.onnx that is implemented. */
const newestOpset = 28;

/** The name of a function in {@link Model.functions}. */
export const functionKey = (domain: string, name: string, overload: string): string =>
  `${domainOf(domain)}:${name}:${overload}`;

/** Reads and checks a model; every operator of it can run. */
export function readModel(bytes: Uint8Array, file: string): Model {
  const model = parseModel(bytes, file);
  const missing = unsupported(model);
  if (missing.length === 0) return model;
  throw new UnsupportedError(
    `onnx: cannot run ${file}: ${missing.length} operators are not supported: ${missing.join("; ")}`,
  );
}

/** Reads a model and checks its graphs. */
export function parseModel(bytes: Uint8Array, file: string): Model {
  const proto = readMessage(bytes, modelProto, file);
  const { graph } = proto;
  if (graph === undefined) throw new FormatError(`onnx: cannot load ${file}: it has no graph, wanted an ONNX model`);
  const functions = new Map(proto.functions.map((f) => [functionKey(f.domain, f.name, f.overload), f]));
  const model: Model = { proto, graph, opsets: opsetsOf(proto.opsets), functions };
  sortGraph(graph, new Set());
  for (const body of proto.functions) sortNodes(body.nodes, new Set(body.inputs), `function ${body.name}`);
  refuseRecursion(functions);
  return model;
}

/** Every operator of the model that hebb cannot run, with the nodes that use it. */
export function unsupported(model: Model): string[] {
  const users = new Map<string, string[]>();
  const visit = (nodes: readonly NodeProto[], opsets: Opsets): void => {
    for (const node of nodes) {
      const domain = domainOf(node.domain);
      for (const graph of subgraphsOf(node)) visit(graph.nodes, opsets);
      if (model.functions.has(functionKey(domain, node.opType, node.overload))) continue;
      const version = opsets.get(domain);
      const known = hasOperator(domain, node.opType);
      const name = domain === "" ? node.opType : `${domain}.${node.opType}`;
      if (known && version !== undefined && (domain !== "" || version <= newestOpset)) continue;
      const why =
        version === undefined ? " (its domain has no opset)" : !known ? "" : ` (opset ${version} > ${newestOpset})`;
      const list = users.get(name + why) ?? [];
      list.push(node.name || node.outputs[0] || "?");
      users.set(name + why, list);
    }
  };
  visit(model.graph.nodes, model.opsets);
  for (const body of model.functions.values()) {
    visit(body.nodes, body.opsets.length > 0 ? opsetsOf(body.opsets) : model.opsets);
  }
  return [...users].map(
    ([name, nodes]) => `${name} at ${nodes.slice(0, 8).join(", ")}${nodes.length > 8 ? ", …" : ""}`,
  );
}

/** The keys of all operators that a model uses, its functions' included. */
export function operatorsOf(model: Model): Set<string> {
  const keys = new Set<string>();
  const visit = (nodes: readonly NodeProto[]): void => {
    for (const node of nodes) {
      keys.add(operatorKey(domainOf(node.domain), node.opType));
      for (const graph of subgraphsOf(node)) visit(graph.nodes);
    }
  };
  visit(model.graph.nodes);
  for (const body of model.functions.values()) visit(body.nodes);
  return keys;
}

/** The graphs in a node's attributes. */
export function subgraphsOf(node: NodeProto): GraphProto[] {
  return node.attributes.flatMap(({ g, graphs }) => (g === undefined ? graphs : [g, ...graphs]));
}

/** The node's attribute as written, if it is there. */
export function attributeOf(node: NodeProto, name: string): AttributeProto | undefined {
  return node.attributes.find((attribute) => attribute.name === name);
}

function sortGraph(graph: GraphProto, outer: ReadonlySet<string>): void {
  const defined = new Set(outer);
  for (const { name } of graph.inputs) defined.add(name);
  for (const { name } of graph.initializers) defined.add(name);
  for (const { values } of graph.sparseInitializers) if (values !== undefined) defined.add(values.name);
  sortNodes(graph.nodes, defined, `graph ${graph.name}`);
  for (const node of graph.nodes) for (const name of node.outputs) defined.add(name);
  for (const { name } of graph.outputs) {
    if (!defined.has(name))
      throw new FormatError(`onnx: cannot load graph ${graph.name}: nothing computes its output "${name}"`);
  }
  for (const node of graph.nodes) for (const inner of subgraphsOf(node)) sortGraph(inner, defined);
}

/** Attributes that name tensors, by operator. */
const namingAttributes: Readonly<Record<string, readonly string[]>> = {
  "ai.onnx.preview.training.Gradient": ["xs", "zs", "y"],
};

/** Names that a node reads: its inputs, those in attributes, and what its subgraphs take from outside. */
export function readsOf(node: NodeProto): string[] {
  const names = node.inputs.filter((name) => name !== "");
  for (const attribute of namingAttributes[operatorKey(node.domain, node.opType)] ?? []) {
    const { s, strings = [] } = attributeOf(node, attribute) ?? {};
    for (const name of s === undefined ? strings : [s, ...strings]) names.push(new TextDecoder().decode(name));
  }
  for (const graph of subgraphsOf(node)) names.push(...outerReads(graph));
  return names;
}

const outerNames = new WeakMap<GraphProto, readonly string[]>();

/** Names that a graph reads and does not define. */
export function outerReads(graph: GraphProto): readonly string[] {
  const found = outerNames.get(graph);
  if (found !== undefined) return found;
  const own = new Set<string>();
  for (const { name } of graph.inputs) own.add(name);
  for (const { name } of graph.initializers) own.add(name);
  for (const { values } of graph.sparseInitializers) if (values !== undefined) own.add(values.name);
  for (const node of graph.nodes) for (const name of node.outputs) own.add(name);
  const names = new Set<string>();
  for (const node of graph.nodes) for (const name of readsOf(node)) if (!own.has(name)) names.add(name);
  for (const { name } of graph.outputs) if (!own.has(name)) names.add(name);
  const list = [...names];
  outerNames.set(graph, list);
  return list;
}

/** Puts nodes in an order in which every value is computed before it is read. Throws for circles and undefined names. */
function sortNodes(nodes: NodeProto[], defined: ReadonlySet<string>, where: string): void {
  const producer = new Map<string, NodeProto>();
  for (const node of nodes) {
    for (const name of node.outputs) {
      if (name === "") continue;
      if (producer.has(name)) throw new FormatError(`onnx: cannot load ${where}: "${name}" is computed twice`);
      producer.set(name, node);
    }
  }
  const state = new Map<NodeProto, "open" | "done">();
  const order: NodeProto[] = [];
  const stack: { node: NodeProto; reads: readonly string[]; at: number }[] = [];
  const enter = (node: NodeProto): void => {
    state.set(node, "open");
    stack.push({ node, reads: readsOf(node), at: 0 });
  };
  for (const first of nodes) {
    if (state.has(first)) continue;
    enter(first);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const name = top.reads[top.at++];
      if (name === undefined) {
        state.set(top.node, "done");
        order.push(top.node);
        stack.pop();
        continue;
      }
      const from = producer.get(name);
      const label = top.node.name || top.node.opType;
      if (from === undefined) {
        if (!defined.has(name)) {
          throw new FormatError(`onnx: cannot load ${where}: node "${label}" reads "${name}", which nothing defines`);
        }
      } else if (state.get(from) === "open") {
        throw new FormatError(`onnx: cannot load ${where}: node "${label}" reads "${name}", which depends on itself`);
      } else if (!state.has(from)) enter(from);
    }
  }
  nodes.splice(0, nodes.length, ...order);
}

/** Functions may call functions, but never come back to themselves. */
function refuseRecursion(functions: ReadonlyMap<string, FunctionProto>): void {
  const open = new Set<string>();
  const done = new Set<string>();
  const calls = (nodes: readonly NodeProto[]): string[] =>
    nodes.flatMap((node) => [
      functionKey(node.domain, node.opType, node.overload),
      ...subgraphsOf(node).flatMap((graph) => calls(graph.nodes)),
    ]);
  const visit = (key: string): void => {
    const body = functions.get(key);
    if (body === undefined || done.has(key)) return;
    if (open.has(key)) throw new FormatError(`onnx: cannot load function ${key}: it calls itself`);
    open.add(key);
    for (const called of calls(body.nodes)) visit(called);
    open.delete(key);
    done.add(key);
  };
  for (const key of functions.keys()) visit(key);
}

/** Every tensor whose values the model holds, subgraphs and attributes included. */
export function* tensorsOf(model: Model): Generator<TensorProto> {
  function* inNodes(nodes: readonly NodeProto[]): Generator<TensorProto> {
    for (const node of nodes) {
      for (const { t, tensors } of node.attributes) {
        if (t !== undefined) yield t;
        yield* tensors;
      }
      for (const graph of subgraphsOf(node)) yield* inGraph(graph);
    }
  }
  function* inGraph(graph: GraphProto): Generator<TensorProto> {
    yield* graph.initializers;
    for (const { values, indices } of graph.sparseInitializers) {
      if (values !== undefined) yield values;
      if (indices !== undefined) yield indices;
    }
    yield* inNodes(graph.nodes);
  }
  yield* inGraph(model.graph);
  for (const body of model.functions.values()) yield* inNodes(body.nodes);
}
