/** Writing map programs from elementwise nodes. */
import { type Shape, sameShape } from "../core/shape.ts";
import { type Node, noAttrs } from "../graph/node.ts";
import { viewed } from "./cluster.ts";
import type { Instruction, MapProgram, Operand } from "./kernel.ts";
import { reshapeView, type View } from "./view.ts";

/** Writes one map program: operands without repeats, instructions in order. */
export class MapWriter {
  readonly #shape: Shape;
  readonly #readNode: (node: Node) => Operand;
  readonly #copyNode: (node: Node, operand: Operand) => Operand;
  readonly #inputs: Operand[] = [];
  readonly #steps: { node: Node; args: { input: boolean; index: number }[] }[] = [];
  readonly #stepOf = new Map<Node, number>();

  constructor(shape: Shape, read: (node: Node) => Operand, copy: (node: Node, operand: Operand) => Operand) {
    this.#shape = shape;
    this.#readNode = read;
    this.#copyNode = copy;
  }

  /** Number of an input operand that shows the node over the iteration space. */
  input(node: Node): number {
    let operand = this.#readNode(node);
    if (!sameShape(operand.shape, this.#shape)) {
      let view = reshapeView(operand, this.#shape);
      if (view === null) {
        operand = this.#copyNode(node, operand);
        view = reshapeView(operand, this.#shape) as View;
      }
      operand = { ...operand, ...view };
    }
    const found = this.#inputs.findIndex((other) => sameOperand(other, operand));
    return found >= 0 ? found : this.#inputs.push(operand) - 1;
  }

  instruction(node: Node, inside: ReadonlySet<Node>): void {
    const args = node.inputs.map((input) => {
      const from = viewed(input);
      const member = inside.has(from) ? this.#stepOf.get(from) : undefined;
      return member !== undefined ? { input: false, index: member } : { input: true, index: this.input(input) };
    });
    this.#stepOf.set(node, this.#steps.push({ node, args }) - 1);
  }

  /** A program that stores nothing, and the number of the value that shows `node`: computed by a step, or read. */
  result(node: Node): { program: MapProgram; value: number } {
    const step = this.#stepOf.get(node);
    const read = step === undefined ? this.input(node) : 0;
    const program = this.finish([]);
    return { program, value: step === undefined ? read : program.inputs.length + step };
  }

  finish(outputs: readonly { node: Node; to: Operand }[]): MapProgram {
    const base = this.#inputs.length + outputs.length;
    const instructions: Instruction[] = this.#steps.map(({ node, args }) => ({
      op: node.op.name,
      dtype: node.dtype,
      args: args.map((arg) => (arg.input ? arg.index : base + arg.index)),
      ...(node.attrs === noAttrs ? {} : { attrs: node.attrs }),
    }));
    const stored = outputs.map(({ node, to }) => {
      const view = reshapeView(to, this.#shape);
      if (view === null) throw new Error(`schedule: cannot store ${node.op.name}: its window has another shape`);
      return { to: { ...to, ...view }, value: base + (this.#stepOf.get(node) as number) };
    });
    return { shape: this.#shape, inputs: this.#inputs, outputs: stored, instructions };
  }
}

function sameOperand(a: Operand, b: Operand): boolean {
  return a.buffer === b.buffer && a.offset === b.offset && a.dtype === b.dtype && sameShape(a.strides, b.strides);
}

/** The same map walked with its axes in another order. */
export function permuteMap(program: MapProgram, order: readonly number[]): MapProgram {
  const pick = (list: readonly number[]) => order.map((axis) => list[axis] as number);
  const shape = pick(program.shape);
  return {
    ...program,
    shape,
    inputs: program.inputs.map((operand) => ({ ...operand, shape, strides: pick(operand.strides) })),
  };
}
