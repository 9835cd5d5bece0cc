/**
 * The graph: immutable nodes, each an op applied to inputs with attributes.
 *
 * A node that has a `source` is a leaf whatever its op: its value is somewhere already.
 */
import type { DType, TypedArray } from "../core/dtype.ts";
import type { Shape } from "../core/shape.ts";

export type AttrValue = number | boolean | string | readonly number[];
export type Attrs = Readonly<Record<string, AttrValue>>;

/** What an op is to the compiler. Shared code asks for this, never for a name. */
export type OpKind =
  /** value comes from a source */
  | "leaf"
  /** one number that is part of the program */
  | "constant"
  /** one value out for one value of each input, all of the output's shape */
  | "elementwise"
  /** strides over its input's elements: no arithmetic */
  | "view"
  /** many values to one along axes */
  | "reduce"
  /** writes its inputs side by side into one output */
  | "join"
  /** a kernel of its own */
  | "kernel";

/** The gradient of one op: the gradients of its inputs (null: none flows) given the gradient `dy` of its output. */
export type Gradient = (dy: Node, node: Node) => readonly (Node | null)[];

/** One row of the vocabulary. */
export interface Op {
  readonly name: string;
  readonly kind: OpKind;
  /** The gradient, or null where none exists (integers, comparisons, step functions); "unsupported": there is one, not here. */
  readonly gradient: Gradient | null | "unsupported";
  /** elementwise only: the same function on JavaScript numbers, for folding constants. */
  readonly fold?: (...values: number[]) => number;
  /** The same value in other ops, for an op that has a gradient of its own but no kernel. */
  readonly decompose?: (node: Node) => Node;
  /** kernel only: the same value in other ops, for a device that lacks the kernel. */
  readonly compose?: (node: Node) => Node;
  /** kernel only: which inputs the kernel reads through strides (others are made contiguous). */
  readonly strided?: readonly boolean[];
  /** kernel only: whether a map program may run on its output while it is in cache. */
  readonly epilogue?: boolean;
}

/** Where a leaf's value is. */
export interface Source {
  /** Values on the host, row-major (a number: rank 0); null once only the device has them. */
  host: TypedArray | number | null;
  /** The device's buffer, opaque to the graph; null while only the host has the values. */
  buffer: unknown;
  /** Why the value may no longer be read, in words; null while it may. */
  stale: string | null;
  /** Whether the device keeps its copy between runs (parameters, realised tensors). */
  resident: boolean;
  /** A number of its own if the value never changes (an imported model's weight), so that programs may compute with it ahead; else 0. */
  constant: number;
  /** Whose value it is, for messages; null where it has no name. */
  owner: { readonly name: string } | null;
  /** What gives a leaf its first value when that is needed: a graph, or the host. Null once it has one. */
  pending: Node | (() => TypedArray) | null;
  /** Scratch of traversals, as {@link Node.mark}. */
  mark: number;
}

export function makeSource(host: Source["host"], buffer: unknown, resident: boolean): Source {
  return { host, buffer, stale: null, resident, constant: 0, owner: null, pending: null, mark: -1 };
}

/** Makes a first value that comes from the host. */
export function makeFirst(source: Source): void {
  if (typeof source.pending !== "function") return;
  source.host = source.pending();
  source.pending = null;
}

let constants = 0;

/** Declares that a source's value never changes. */
export function makeConstant(source: Source): Source {
  source.constant = ++constants;
  return source;
}

let nodes = 0;

export class Node {
  readonly id: number = nodes++;
  readonly op: Op;
  /** Emptied when the node is realised and no gradient can be asked of it. */
  inputs: readonly Node[];
  readonly attrs: Attrs;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Whether a leaf that wants a gradient lies below. */
  readonly requiresGrad: boolean;
  /** Length of the longest path to a leaf. */
  readonly depth: number;
  /** Scratch of traversals: at least the traversal's base once visited; the rest is the node's number in its order. */
  mark = -1;
  /** Which nodes of the graph that was asked for it computes, while a graph is compiled: `compiler/passes/origins.ts`. */
  origins: readonly number[] | null = null;
  /** Set on leaves, and on any node once it is realised. */
  source: Source | null;

  constructor(
    op: Op,
    inputs: readonly Node[],
    attrs: Attrs,
    shape: Shape,
    dtype: DType,
    source: Source | null = null,
    requiresGrad = false,
  ) {
    this.op = op;
    this.inputs = inputs;
    this.attrs = attrs;
    this.shape = shape;
    this.dtype = dtype;
    this.source = source;
    let depth = 0;
    let wanted = requiresGrad;
    for (let i = 0; i < inputs.length; i++) {
      const input = inputs[i] as Node;
      if (input.source === null && input.depth >= depth) depth = input.depth + 1;
      if (input.requiresGrad && op.gradient !== null) wanted = true;
    }
    this.depth = depth;
    this.requiresGrad = wanted;
  }
}

export const noAttrs: Attrs = Object.freeze({});

let marks = 0;

/**
 * The unrealised nodes that the roots depend on and the leaves they end in, every node after its inputs. With `history`
 * also what realised nodes were computed from, where they still know. The marks of the nodes number them from the first's.
 */
export function topological(roots: readonly Node[], history = false): Node[] {
  const order: Node[] = [];
  const base = marks;
  const stack: Node[] = [];
  for (const root of roots) {
    stack.push(root);
    while (stack.length > 0) {
      const node = stack[stack.length - 1] as Node;
      if (node.mark >= base) {
        stack.pop();
        continue;
      }
      let ready = true;
      if (history || node.source === null) {
        for (let i = node.inputs.length - 1; i >= 0; i--) {
          const input = node.inputs[i] as Node;
          if (input.mark < base) {
            stack.push(input);
            ready = false;
          }
        }
      }
      if (ready) {
        stack.pop();
        node.mark = base + order.length;
        order.push(node);
      }
    }
  }
  marks = base + order.length;
  return order;
}
