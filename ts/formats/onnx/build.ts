/**
 * Building a model: its nodes become expressions of hebb's graph, for inputs of given shapes.
 *
 * Where a handler asks for values that depend on the data, everything computed so far that is still needed is computed
 * together with them and becomes leaves: a stage. So no value is computed twice, and a model without such questions is one
 * program. A {@link Recorder} writes the stages down so that the next run with the same shapes and answers only runs them.
 */
import { hostValues } from "../../compiler/host.ts";
import { isConstant } from "../../compiler/passes/constant.ts";
import { uniformValue } from "../../compiler/passes/fold.ts";
import type { DType, TypedArray } from "../../core/dtype.ts";
import { FormatError } from "../../core/errors.ts";
import { breathe, shortShare } from "../../core/pause.ts";
import { type Shape, sizeOf } from "../../core/shape.ts";
import { store } from "../../core/storage.ts";
import { makeSource, Node } from "../../graph/node.ts";
import { expand } from "../../ops/broadcast.ts";
import { constant, leaf } from "../../ops/leaf.ts";
import { type Builder, Call, type Handler, type Outputs } from "./call.ts";
import { stringTensor } from "./feed.ts";
import { functionKey, type Model, readsOf } from "./model.ts";
import { domainOf, opsetsOf } from "./opsets.ts";
import type { AttributeProto, FunctionProto, GraphProto, NodeProto, TensorProto, TypeProto } from "./proto/schema.ts";
import { dtypeOf, stringCode } from "./proto/tensor.ts";
import type { Recorder } from "./record.ts";
import { operatorKey } from "./registry.ts";
import { Scope } from "./scope.ts";
import { sparseTensor } from "./sparse.ts";
import { Optional, Sequence, StringTensor, type Value } from "./value.ts";

/** What a session keeps for its builds. */
export interface Blueprint {
  readonly model: Model;
  readonly handlers: ReadonlyMap<string, Handler>;
  /** The value of a tensor that the file holds: the same at every build. */
  constant(proto: TensorProto): Value;
  /** Sees every node once its outputs are there. */
  observe?(node: NodeProto, inputs: readonly (Value | null)[], outputs: readonly (Value | null)[]): void;
}

/** A graph that is being built: from its node `at` on, the names in `later` are still read. */
interface Frame {
  readonly scope: Scope;
  at: number;
  readonly lastRead: ReadonlyMap<string, number>;
}

export class Build implements Builder {
  readonly #blueprint: Blueprint;
  readonly #recorder: Recorder;
  readonly #frames: Frame[] = [];

  constructor(blueprint: Blueprint, recorder: Recorder) {
    this.#blueprint = blueprint;
    this.#recorder = recorder;
  }

  constant(proto: TensorProto): Value {
    return this.#blueprint.constant(proto);
  }

  fresh(values: () => TypedArray, shape: Shape, dtype: DType): Node {
    const source = makeSource(values(), null, false);
    this.#recorder.refresh(source, values);
    return leaf(source, shape, dtype);
  }

  /** A value of a declared type without elements: open sizes are 0, and so is the first. */
  empty(type: TypeProto | undefined): Value {
    const tensor = type?.tensor;
    if (tensor === undefined) return new Sequence([]);
    const shape = [0, ...(tensor.shape?.dims.map(({ value }) => value ?? 0) ?? [])];
    if (tensor.elemType === stringCode) return stringTensor([], shape);
    return expand(constant(0, dtypeOf(tensor.elemType)), shape);
  }

  /** Builds the model's graph; `wanted` names the outputs. */
  async run(inputs: ReadonlyMap<string, Value>, wanted: readonly string[]): Promise<Value[]> {
    const { graph, opsets } = this.#blueprint.model;
    const scope = new Scope(null, opsets);
    this.#define(graph, scope);
    for (const [name, value] of inputs) scope.values.set(name, value);
    return this.#outputsOf(graph, scope, wanted);
  }

  /** Builds a graph of an attribute. */
  async runGraph(graph: GraphProto, inputs: readonly Value[], outer: Scope): Promise<Value[]> {
    if (inputs.length > graph.inputs.length) {
      throw new FormatError(`graph ${graph.name} takes ${graph.inputs.length} inputs: ${inputs.length} are given`);
    }
    const scope = new Scope(outer, outer.opsets);
    this.#define(graph, scope);
    inputs.forEach((value, i) => {
      scope.values.set((graph.inputs[i] as { name: string }).name, value);
    });
    const wanted = graph.outputs.map(({ name }) => name);
    return this.#outputsOf(graph, scope, wanted);
  }

  async #outputsOf(graph: GraphProto, scope: Scope, wanted: readonly string[]): Promise<Value[]> {
    await this.#runNodes(graph.nodes, scope, wanted);
    return wanted.map((name) => {
      const value = scope.find(name);
      if (value !== undefined) return value;
      throw new FormatError(`onnx: cannot run graph ${graph.name}: no node gives its output "${name}" a value`);
    });
  }

  /** The values of a node; `keep` is computed with them where that takes a run. */
  read(node: Node, keep: readonly Value[] = []): TypedArray | Promise<TypedArray> {
    const { source } = node;
    const uniform = uniformValue(node);
    if (uniform !== undefined) return store(node.dtype, new Array<number>(sizeOf(node.shape)).fill(uniform));
    if (source !== null && source.host !== null) {
      if (source.constant === 0) this.#recorder.answer(node);
      return typeof source.host === "number" ? store(node.dtype, [source.host]) : source.host;
    }
    const small = hostValues(node);
    if (small !== null) return store(node.dtype, small);
    if (isConstant(node)) return this.#recorder.compute(node);
    return this.#recorder.ask(node, [...keep.flatMap(nodesOf), ...this.#live()]);
  }

  #define(graph: GraphProto, scope: Scope): void {
    for (const proto of graph.initializers) scope.values.set(proto.name, this.constant(proto));
    for (const sparse of graph.sparseInitializers) {
      scope.values.set(sparse.values?.name ?? "", sparseTensor(sparse));
    }
  }

  async #runNodes(nodes: readonly NodeProto[], scope: Scope, wanted: readonly string[]): Promise<void> {
    const { order, lastRead } = schedule(nodes, wanted);
    const frame: Frame = { scope, at: 0, lastRead };
    this.#frames.push(frame);
    try {
      for (const [at, node] of order.entries()) {
        frame.at = at;
        await breathe(shortShare);
        this.#recorder.signal?.throwIfAborted();
        const outputs = this.#call(node, scope);
        this.#assign(node, outputs instanceof Promise ? await outputs : outputs, scope);
      }
    } finally {
      this.#frames.pop();
    }
  }

  #assign(node: NodeProto, outputs: Outputs, scope: Scope): void {
    const list = Array.isArray(outputs) ? (outputs as readonly (Value | null)[]) : [outputs as Value];
    const inputs = node.inputs.map((name) => scope.find(name) ?? null);
    this.#blueprint.observe?.(node, inputs, list);
    this.#recorder.parts.note(node, tensorsOf(inputs), tensorsOf(list));
    node.outputs.forEach((name, i) => {
      const value = list[i] ?? null;
      if (name !== "" && value !== null) scope.values.set(name, value);
    });
  }

  #call(node: NodeProto, scope: Scope): Outputs | Promise<Outputs> {
    const domain = domainOf(node.domain);
    const inputs = node.inputs.map((name) => {
      if (name === "") return null;
      const value = scope.find(name);
      if (value === undefined)
        throw new FormatError(`onnx: cannot run node "${labelOf(node)}": nothing gave its input "${name}" a value`);
      return value;
    });
    try {
      const body = this.#blueprint.model.functions.get(functionKey(domain, node.opType, node.overload));
      if (body !== undefined)
        return this.#callFunction(node, body, inputs, scope).catch((error) => this.#rethrow(error, node));
      const handler = this.#blueprint.handlers.get(operatorKey(domain, node.opType)) as Handler;
      const call = new Call(node, inputs, scope.opsets.get(domain) ?? 1, this, scope);
      const outputs = handler(call);
      return outputs instanceof Promise ? outputs.catch((error) => this.#rethrow(error, node)) : outputs;
    } catch (error) {
      return this.#rethrow(error, node);
    }
  }

  /** Says which node an error is about, once; what a signal gave as its reason stays as it is. */
  #rethrow(error: unknown, node: NodeProto): never {
    if (error instanceof Error && error !== this.#recorder.signal?.reason && !named.has(error)) {
      named.add(error);
      error.message = `onnx: node "${labelOf(node)}" (${node.opType}): ${error.message.replace(/^onnx: /, "")}`;
    }
    throw error;
  }

  async #callFunction(
    node: NodeProto,
    body: FunctionProto,
    inputs: readonly (Value | null)[],
    caller: Scope,
  ): Promise<Outputs> {
    const scope = new Scope(null, body.opsets.length > 0 ? opsetsOf(body.opsets) : caller.opsets);
    body.inputs.forEach((name, i) => {
      const value = inputs[i] ?? null;
      if (value !== null) scope.values.set(name, value);
    });
    const given = new Map<string, AttributeProto>();
    for (const attribute of body.defaults) given.set(attribute.name, attribute);
    for (const attribute of node.attributes) given.set(attribute.name, attribute);
    const nodes = body.nodes.map((inner) => substitute(inner, given));
    const wanted = body.outputs.filter((_, i) => (node.outputs[i] ?? "") !== "");
    await this.#runNodes(nodes, scope, wanted);
    return body.outputs.map((name) => scope.find(name) ?? null);
  }

  /** Everything computed from the data that open graphs still read. */
  #live(): Node[] {
    const found = new Set<Node>();
    for (const { scope, at, lastRead } of this.#frames) {
      for (const [name, value] of scope.values) {
        if ((lastRead.get(name) ?? -1) < at) continue;
        for (const node of nodesOf(value)) if (node.source === null && !isConstant(node)) found.add(node);
      }
    }
    return [...found];
  }
}

const tensorsOf = (values: readonly (Value | null)[]): Node[] =>
  values.flatMap((value) => (value === null ? [] : nodesOf(value)));

/** The tensors inside a value. */
export function nodesOf(value: Value): Node[] {
  if (value instanceof Node) return [value];
  if (value instanceof StringTensor) return [value.codes];
  if (value instanceof Sequence) return value.items.flatMap(nodesOf);
  return value instanceof Optional && value.value !== null ? nodesOf(value.value) : [];
}

/** The nodes that the wanted names need, in order, and where every name is read for the last time. */
function schedule(
  nodes: readonly NodeProto[],
  wanted: readonly string[],
): { order: NodeProto[]; lastRead: Map<string, number> } {
  const needed = new Set(wanted);
  const order: NodeProto[] = [];
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i] as NodeProto;
    if (!node.outputs.some((name) => needed.has(name))) continue;
    for (const name of readsOf(node)) needed.add(name);
    order.push(node);
  }
  order.reverse();
  const lastRead = new Map<string, number>();
  for (const [at, node] of order.entries()) for (const name of readsOf(node)) lastRead.set(name, at);
  for (const name of wanted) lastRead.set(name, order.length);
  return { order, lastRead };
}

/** A function's node with the attributes that refer to the call's put in. */
function substitute(node: NodeProto, given: ReadonlyMap<string, AttributeProto>): NodeProto {
  const attributes = node.attributes.flatMap((attribute) => {
    const { name, g, graphs } = attribute;
    if (attribute.ref !== "") {
      const value = given.get(attribute.ref);
      return value === undefined ? [] : [{ ...value, name }];
    }
    const inner = (graph: GraphProto): GraphProto => ({
      ...graph,
      nodes: graph.nodes.map((each) => substitute(each, given)),
    });
    if (g === undefined && graphs.length === 0) return [attribute];
    return [{ ...attribute, ...(g === undefined ? {} : { g: inner(g) }), graphs: graphs.map(inner) }];
  });
  return { ...node, attributes };
}

const labelOf = (node: NodeProto): string => node.name || node.outputs.find((name) => name !== "") || node.opType;

const named = new WeakSet<Error>();
