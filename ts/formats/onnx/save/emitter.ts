/**
 * The file that a graph becomes, node by node. Open sizes are found by comparing two graphs of the same network, made for
 * different sizes: what differs between them depends on an open size.
 */
import type { DType } from "../../../core/dtype.ts";
import { UnsupportedError } from "../../../core/errors.ts";
import { formatShape, type Shape } from "../../../core/shape.ts";
import { store } from "../../../core/storage.ts";
import type { Node } from "../../../graph/node.ts";
import { codeOf } from "../proto/tensor.ts";
import { int64s, type NodeSpec, type TensorSpec } from "../proto/write.ts";

/** An open size of an input: what it is in both graphs. */
export interface OpenSize {
  readonly input: string;
  readonly axis: number;
  readonly sizes: readonly [number, number];
}

export class Emitter {
  readonly nodes: NodeSpec[] = [];
  readonly initializers: TensorSpec[] = [];
  readonly #names = new Map<Node, string>();
  readonly #other: ReadonlyMap<Node, Node>;
  readonly #row: (node: Node) => string;
  readonly #open: readonly OpenSize[];
  readonly #constants = new Set<string>();

  /** `other` has the node of the second graph for every node of the first; `row` adds what computes a node. */
  constructor(other: ReadonlyMap<Node, Node>, open: readonly OpenSize[], row: (node: Node, to: Emitter) => string) {
    this.#row = (node) => row(node, this);
    this.#other = other;
    this.#open = open;
  }

  /** What a node's value is called; what computes it is added first if it is not there. */
  nameOf(node: Node): string {
    const known = this.#names.get(node) ?? this.#row(node);
    this.#names.set(node, known);
    return known;
  }

  /** Gives the value of a node a name. */
  call(node: Node, name: string): void {
    this.#names.set(node, name);
  }

  /** The same node in the second graph. */
  other(node: Node): Node {
    return this.#other.get(node) as Node;
  }

  /** Adds an operator of one output and returns its name. */
  add(op: string, inputs: readonly string[], attributes: NonNullable<NodeSpec["attributes"]> = {}): string {
    const output = `${op}_${this.nodes.length}`;
    this.nodes.push({ op, name: output, inputs, outputs: [output], attributes });
    return output;
  }

  /** A number as a tensor of rank 0. */
  number(value: number, dtype: DType): string {
    return this.#constant(`${dtype}_${value}`, (name) => ({
      name,
      dims: [],
      type: codeOf(dtype),
      raw: new Uint8Array(store(dtype, [value]).buffer),
    }));
  }

  /** Whole numbers that never change: sizes, axes. */
  integers(values: readonly number[]): string {
    return this.#constant(`int64_${values.join("_")}`, (name) => int64s(name, values));
  }

  /** Leaves out what none of the values named is computed from. */
  prune(wanted: readonly string[]): { nodes: NodeSpec[]; initializers: TensorSpec[] } {
    const needed = new Set(wanted);
    const nodes = this.nodes.toReversed().filter(({ inputs, outputs }) => {
      const used = outputs.some((name) => needed.has(name));
      if (used) for (const name of inputs) needed.add(name);
      return used;
    });
    return { nodes: nodes.reverse(), initializers: this.initializers.filter(({ name = "" }) => needed.has(name)) };
  }

  /** Adds values that are no weight: whoever trains the file leaves them alone. */
  constant(name: string, value: TensorSpec): void {
    this.nodes.push({ op: "Constant", name, inputs: [], outputs: [name], attributes: { value } });
  }

  #constant(name: string, make: (name: string) => TensorSpec): string {
    if (!this.#constants.has(name)) this.constant(name, make(name));
    this.#constants.add(name);
    return name;
  }

  /** Sizes as a tensor: those that differ between the graphs are read off the input that they are a size of. */
  sizes(first: Shape, second: Shape, what: string): string {
    if (first.every((size, i) => size === second[i])) return this.integers(first);
    const parts = first.map((size, i) => {
      if (size === second[i]) return this.integers([size]);
      const open = this.#open.find(({ sizes: [a, b] }) => a === size && b === second[i]);
      if (open === undefined) {
        throw new UnsupportedError(
          `onnx: cannot save ${what} of ${formatShape(first)}: size ${i} depends on an open size in a way that has no operator`,
        );
      }
      return this.add("Gather", [this.add("Shape", [open.input]), this.integers([open.axis])]);
    });
    return this.add("Concat", parts, { axis: 0 });
  }
}
