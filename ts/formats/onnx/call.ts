/**
 * What a handler sees of the node it builds: inputs, attributes, opset, and ways to ask for values.
 *
 * A handler is a function of a {@link Call} that returns the node's outputs, built from ops of the vocabulary:
 *
 *   Relu: (call) => relu(call.tensor(0)),
 *
 * Nothing is computed meanwhile. Where an output's shape depends on values (Reshape's target, NonZero), the handler is async
 * and asks for them: `await call.numbers(1)`. Values that depend on weights and shapes alone are computed once, when the
 * session first sees the shapes; values that depend on the data end a stage of the program (build.ts).
 */
import type { DType, TypedArray } from "../../core/dtype.ts";
import { FormatError, UnsupportedError } from "../../core/errors.ts";
import { load } from "../../core/storage.ts";
import { Node } from "../../graph/node.ts";
import type { AttributeProto, GraphProto, NodeProto, TensorProto, TypeProto } from "./proto/schema.ts";
import type { Scope } from "./scope.ts";
import { kindOf, StringTensor, type Value } from "./value.ts";

/** A node's outputs: one, or all in order (null: not computed). */
export type Outputs = Value | readonly (Value | null)[];

export type Handler = (call: Call) => Outputs | Promise<Outputs>;

/** Handlers by operator: `Relu`, and `com.microsoft.FastGelu` for other domains. */
export type Operators = Readonly<Record<string, Handler>>;

/** The build that a call is part of; see build.ts. */
export interface Builder {
  constant(proto: TensorProto): Value;
  empty(type: TypeProto | undefined): Value;
  fresh(values: () => TypedArray, shape: readonly number[], dtype: DType): Node;
  read(node: Node, keep: readonly Value[]): TypedArray | Promise<TypedArray>;
  runGraph(graph: GraphProto, inputs: readonly Value[], outer: Scope): Promise<Value[]>;
}

export class Call {
  readonly proto: NodeProto;
  /** The values of the inputs; null where one is left out. */
  readonly inputs: readonly (Value | null)[];
  /** Version of the operators of the node's domain. */
  readonly opset: number;
  /** The build that this call is part of. */
  readonly build: Builder;
  readonly #scope: Scope;

  constructor(proto: NodeProto, inputs: readonly (Value | null)[], opset: number, build: Builder, scope: Scope) {
    this.proto = proto;
    this.inputs = inputs;
    this.opset = opset;
    this.build = build;
    this.#scope = scope;
  }

  /** How many outputs the node names. */
  get outputCount(): number {
    return this.proto.outputs.length;
  }

  /** Whether somebody may read output `i`. */
  wants(i: number): boolean {
    return (this.proto.outputs[i] ?? "") !== "";
  }

  /** Whether input `i` is given. */
  has(i: number): boolean {
    return (this.inputs[i] ?? null) !== null;
  }

  /** Input `i`, whatever it is. */
  value(i: number): Value {
    const value = this.inputs[i] ?? null;
    if (value === null) throw new FormatError(`input ${i} is missing`);
    return value;
  }

  /** Input `i`, a tensor of numbers. */
  tensor(i: number): Node {
    const value = this.value(i);
    if (value instanceof Node) return value;
    throw new FormatError(`input ${i} is a ${kindOf(value)}, wanted a tensor of numbers`);
  }

  /** Input `i`, or null where it is left out. */
  optional(i: number): Node | null {
    return this.has(i) ? this.tensor(i) : null;
  }

  /** Input `i`, a tensor of strings. */
  strings(i: number): StringTensor {
    const value = this.value(i);
    if (value instanceof StringTensor) return value;
    throw new FormatError(`input ${i} is a ${kindOf(value)}, wanted a tensor of strings`);
  }

  /** All inputs as tensors of numbers. */
  tensors(): Node[] {
    return this.inputs.map((_, i) => this.tensor(i));
  }

  /** The values of input `i` as numbers, in row-major order (int64 rounds beyond 2^53). */
  async numbers(i: number): Promise<number[]> {
    const node = this.tensor(i);
    return Array.from(load(node.dtype, await this.read(node)));
  }

  /** The one value of input `i`. */
  async number(i: number): Promise<number> {
    const [value] = await this.numbers(i);
    if (value === undefined) throw new FormatError(`input ${i} is empty, wanted one number`);
    return value;
  }

  /** {@link numbers} of input `i`, or null where it is left out. */
  async optionalNumbers(i: number): Promise<number[] | null> {
    return this.has(i) ? this.numbers(i) : null;
  }

  /** The words of a tensor of strings, element by element. */
  async words(i: number): Promise<string[]> {
    const { codes, words } = this.strings(i);
    return Array.from(await this.read(codes), (code) => words[Number(code)] as string);
  }

  /** The values of any tensor of the graph, now. `keep` names what else this handler will still need computed. */
  read(node: Node, keep: readonly Value[] = []): TypedArray | Promise<TypedArray> {
    return this.build.read(node, keep);
  }

  attribute(name: string): AttributeProto | undefined {
    return this.proto.attributes.find((attribute) => attribute.name === name);
  }

  int(name: string, fallback?: number): number {
    return this.#attribute(name, this.attribute(name)?.i, fallback);
  }

  float(name: string, fallback?: number): number {
    return this.#attribute(name, this.attribute(name)?.f, fallback);
  }

  string(name: string, fallback?: string): string {
    const bytes = this.attribute(name)?.s;
    return this.#attribute(name, bytes && new TextDecoder().decode(bytes), fallback);
  }

  /** A list, or null where the attribute is absent. */
  ints(name: string): readonly number[] | null {
    return this.attribute(name)?.ints ?? null;
  }

  floats(name: string): readonly number[] | null {
    return this.attribute(name)?.floats ?? null;
  }

  stringList(name: string): readonly string[] | null {
    const decoder = new TextDecoder();
    return this.attribute(name)?.strings.map((text) => decoder.decode(text)) ?? null;
  }

  /** A tensor in an attribute, or null. The same attribute gives the same leaf at every build. */
  tensorAttribute(name: string): Value | null {
    const proto = this.attribute(name)?.t;
    return proto === undefined ? null : this.build.constant(proto);
  }

  typeAttribute(name: string): TypeProto | null {
    return this.attribute(name)?.tp ?? null;
  }

  /** A graph in an attribute. */
  graph(name: string): GraphProto {
    return this.#attribute(name, this.attribute(name)?.g);
  }

  /** Builds a graph of an attribute, which sees the names around this node; its outputs in order. */
  run(graph: GraphProto, inputs: readonly Value[] = []): Promise<Value[]> {
    return this.build.runGraph(graph, inputs, this.#scope);
  }

  /** A leaf that gets new values at every run, e.g. the key of random numbers. */
  fresh(values: () => TypedArray, shape: readonly number[], dtype: DType): Node {
    return this.build.fresh(values, shape, dtype);
  }

  /** The tensor of numbers of that name around this node, which an attribute tells. */
  named(name: string): Node {
    const value = this.#scope.find(name);
    if (value instanceof Node) return value;
    throw new FormatError(
      `"${name}" is ${value === undefined ? "not computed" : `a ${kindOf(value)}`}, wanted a tensor`,
    );
  }

  unsupported(what: string): UnsupportedError {
    return new UnsupportedError(`${what} is not supported at opset ${this.opset}`);
  }

  #attribute<T>(name: string, value: T | undefined, fallback?: T): T {
    if (value !== undefined) return value;
    if (fallback !== undefined) return fallback;
    throw new FormatError(`attribute ${name} is missing`);
  }
}
