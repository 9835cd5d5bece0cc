/** A dispatch: a finished shader, what it binds, and how many groups run it. */
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { isContiguous } from "../../compiler/view.ts";
import { type Access, type Bound, bindOperands, type Context, type Numbers } from "./operands.ts";
import { type Sections, specialize } from "./shader.ts";

export interface Dispatch extends Omit<Bound, "text"> {
  readonly label: string;
  readonly code: string;
  /** Values of the shader's overrides. */
  readonly constants: Readonly<Record<string, number>>;
  readonly groups: readonly [x: number, y: number, z: number];
}

/** How ops are lowered, a row each. */
export interface Rows {
  readonly [op: string]: (kernel: OpKernel, context: Context) => Dispatch[];
}

/** Groups of `each` for `count` items; a second axis takes over where the first is full. */
export function spread(count: number, each: number): [number, number, number] {
  const groups = Math.ceil(count / each);
  const x = Math.min(groups, 65535);
  return [x, Math.ceil(groups / x), 1];
}

/** The greatest power of two that is at most `limit`, from 1 to 256: how many threads share an output. */
export function lanesFor(limit: number): number {
  let lanes = 1;
  while (lanes * 2 <= Math.min(limit, 256)) lanes *= 2;
  return lanes;
}

/** Kernels write whole outputs, one element after another. */
export function checkOutput(op: string, output: Operand): void {
  if (!isContiguous(output))
    throw new Error(`${op}: cannot write a window with strides [${output.strides.join(", ")}]`);
}

/** What a shader of shaders/ needs to become a dispatch. */
export interface Work {
  readonly text: string;
  /** What run.count is. */
  readonly count: number;
  /** How many of these a group of threads does; default 256. */
  readonly each?: number;
  /** Operands that are read, by name: read_<name>. */
  readonly reads: Readonly<Record<string, Operand | undefined>>;
  /** Operands that are written: write_<name>. */
  readonly writes: Readonly<Record<string, Operand>>;
  /** Operands that are written by swap_<name> and write_<name>. */
  readonly swaps?: Readonly<Record<string, Operand>>;
  readonly numbers?: Numbers;
  readonly constants?: Readonly<Record<string, number>>;
  /** Texts of sections other than the operands. */
  readonly sections?: Sections;
  /** Number of the failure that it may report. */
  readonly fails?: number;
  /** What runs where an element of the output is finished: its operands, and the text of write_y. */
  readonly after?: { readonly accesses: readonly Access[]; readonly text: string } | null;
}

/** A dispatch of a kernel. */
export function dispatchWork(kernel: Pick<OpKernel, "op" | "label">, context: Context, work: Work): Dispatch {
  const { text, count, each = 256, reads, writes, swaps = {}, numbers = {}, constants = {}, sections, fails } = work;
  const { accesses: joined, text: after } = work.after ?? { accesses: [], text: "" };
  const list = (operands: Readonly<Record<string, Operand | undefined>>, write: boolean, swap = false): Access[] =>
    Object.entries(operands).flatMap(([name, operand]) =>
      operand === undefined ? [] : [{ name: `_${name}`, operand, write, swap }],
    );
  const accesses = [...list(reads, false), ...list(writes, true), ...list(swaps, true, true), ...joined];
  const { text: operands, ...bound } = bindOperands(context, count, accesses, numbers, fails);
  const code = specialize(text, { operands: after === "" ? operands : `${operands}\n\n${after}`, ...sections });
  return { label: kernel.label ?? kernel.op, code, constants, groups: spread(count, each), ...bound };
}
