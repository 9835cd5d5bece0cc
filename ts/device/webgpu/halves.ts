/**
 * Kernels in two: what would bind more pages than the adapter allows is done in parts, by halves until each fits.
 *
 * The first axis of the output that is longer than 1 is cut, so that a part is contiguous as the whole is; of each input
 * goes along what that part of the output is made of.
 */
import type { MapProgram, Operand, OpKernel, ReduceKernel } from "../../compiler/kernel.ts";
import { isContiguous } from "../../compiler/view.ts";
import { type Search, searches } from "./argreduce.ts";
import type { Divided } from "./divide.ts";
import { halvesOfGather, halvesOfNumbers, halvesOfScatter, halvesOfScatterAdd } from "./halves-index.ts";
import { type Context, scratch } from "./operands.ts";
import { folds, totalOf } from "./reduce-folds.ts";

/** Where an axis is cut. */
type Cut = readonly [from: number, to: number];

const longAxis = (shape: readonly number[]): number => shape.findIndex((size) => size > 1);

function cuts(size: number): readonly [Cut, Cut] {
  const middle = Math.ceil(size / 2);
  return [
    [0, middle],
    [middle, size],
  ];
}

const resized = (shape: readonly number[], axis: number, [from, to]: Cut): number[] =>
  shape.map((size, d) => (d === axis ? to - from : size));

const sliced = (operand: Operand, axis: number, cut: Cut): Operand => ({
  ...operand,
  offset: operand.offset + cut[0] * (operand.strides[axis] as number),
  shape: resized(operand.shape, axis, cut),
});

function slicedMap(program: MapProgram, axis: number, cut: Cut): MapProgram {
  return {
    ...program,
    shape: resized(program.shape, axis, cut),
    inputs: program.inputs.map((operand) => sliced(operand, axis, cut)),
    outputs: program.outputs.map(({ to, value }) => ({ to: sliced(to, axis, cut), value })),
  };
}

/** A map of more than one element; one touches no more than a page of each operand. */
export function halvesOfMap(program: MapProgram): MapProgram[] {
  const axis = longAxis(program.shape);
  return cuts(program.shape[axis] as number).map((cut) => slicedMap(program, axis, cut));
}

/** Kernels that read their inputs through strides; the others want them as they lie. */
const strided: ReadonlySet<string> = new Set(["attention", "matmul", "matmulInteger", "packInteger"]);

/** The axis of each input that goes along with an axis of the output; -1: all of it. Null: the axis cannot be cut. */
type Along = (kernel: OpKernel, axis: number) => readonly number[] | null;

/** Every element of the axis on its own, in all inputs. */
const all: Along = ({ inputs }, axis) => inputs.map(() => axis);
/** The same where the axis is one of the outermost `count`. */
const outer =
  (count: number): Along =>
  (kernel, axis) =>
    axis < count ? all(kernel, axis) : null;
/** All but the last axis. */
const rows: Along = (kernel, axis) => (axis < kernel.output.shape.length - 1 ? all(kernel, axis) : null);
/** All but the axis that the kernel works along. */
const across: Along = (kernel, axis) => (axis === kernel.attrs["axis"] ? null : all(kernel, axis));

const product: Along = ({ inputs: [a] }, axis) => {
  const m = (a as Operand).shape.length - 2;
  return axis < m ? [axis, axis] : axis === m ? [axis, -1] : [-1, axis];
};
const integerProduct: Along = ({ inputs: [a] }, axis) => {
  const m = (a as Operand).shape.length - 2;
  return axis < m ? [axis, axis, axis] : axis === m ? [axis, -1, axis] : null;
};
/** Images; of one image its channels, which have weights of their own. */
const convolution: Along = ({ attrs }, axis) =>
  axis === 0 ? [0, -1] : axis === 1 && attrs["groups"] === 1 ? [-1, 0] : null;
/** Images alone. */
const convolutionInput: Along = (_, axis) => (axis === 0 ? [0, -1, -1] : null);

/** Groups of rows [o, n, i] that share taps, or have their own. */
const interpolation: Along = ({ inputs: [x, index] }, axis) => {
  const [o, taps] = [x?.shape[0], index?.shape[0]];
  return axis > 0 ? null : taps === 1 ? [0, -1, -1] : taps === o ? [0, 0, 0] : null;
};
/** Rows; of one row, columns with their packed weights. */
const packedProduct: Along = (_, axis) => (axis === 0 ? [0, -1, -1, -1] : [-1, 0, 0, 0]);
const addition: Along = ({ attrs }, axis) =>
  axis >= (attrs["axis"] as number) ? null : attrs["mode"] === "elements" ? [axis, axis] : [axis, -1];

/** y [outer, index, inner] by x [outer, n, inner]. */
const gather: Along = ({ attrs, inputs: [, index] }, axis) => {
  const along = attrs["axis"] as number;
  if (attrs["mode"] === "elements") return [axis === along ? -1 : axis, axis];
  const rank = (index as Operand).shape.length;
  if (axis < along) return [axis, -1];
  return axis < along + rank ? [-1, axis - along] : [axis - rank + 1, -1];
};

const table: { readonly [op: string]: Along } = {
  attention: outer(1),
  avgPool2d: outer(2),
  avgPool2dBackward: outer(2),
  conv2d: convolution,
  conv2dInput: convolutionInput,
  conv2dInteger: convolutionInput,
  cumprod: across,
  cumsum: across,
  gather,
  interpolate: interpolation,
  layerNorm: rows,
  logSoftmax: rows,
  matmul: product,
  matmulInteger: integerProduct,
  matmulNBits: packedProduct,
  maxPool2d: outer(2),
  maxPool2dBackward: outer(2),
  maxPool2dGather: outer(2),
  packInteger: rows,
  rmsNorm: rows,
  scatterAdd: addition,
  softmax: rows,
  topk: across,
};

/** What is cut otherwise, or first of all; null: by the table. */
const special: { readonly [op: string]: (kernel: OpKernel) => OpKernel[] | null } = {
  gather: halvesOfGather,
  iota: halvesOfNumbers,
  random: halvesOfNumbers,
  scatter: halvesOfScatter,
  scatterAdd: halvesOfScatterAdd,
};

/** A kernel without its epilogue in two; null where it cannot be divided. */
export function halvesOf(kernel: OpKernel | ReduceKernel, context: Context): Divided | null {
  const alone = { ...kernel, epilogue: null };
  if (alone.kind === "reduce") return halvesOfReduction(alone, context);
  const kernels = halvesOfOp(alone);
  return kernels === null ? null : { kernels, context };
}

function halvesOfOp(kernel: OpKernel): OpKernel[] | null {
  const { op, output, inputs } = kernel;
  const own = special[op]?.(kernel) ?? null;
  if (own !== null) return own;
  const axis = longAxis(output.shape);
  const along = axis < 0 ? null : (table[op]?.(kernel, axis) ?? null);
  if (along === null) return null;
  const size = output.shape[axis] as number;
  const halves = cuts(size).map((cut) => ({
    ...kernel,
    inputs: inputs.map((input, i) => {
      const own = along[i] as number;
      // What is there once for all goes with either half.
      return own < 0 || input.shape[own] !== size ? input : sliced(input, own, cut);
    }),
    output: sliced(output, axis, cut),
  }));
  const whole = halves.every((half) =>
    half.inputs.every((x, i) => isContiguous(x) || !isContiguous(inputs[i] as Operand)),
  );
  return whole || strided.has(op) ? halves : null;
}

/** The outermost axis in two; where that is reduced itself, either half has totals of its own, which are reduced then. */
function halvesOfReduction(kernel: ReduceKernel, context: Context): Divided | null {
  const { op, label = op, input, output } = kernel;
  const [outer, reduced, inner] = kernel.space;
  const axis = longAxis(input.shape);
  const size = input.shape[axis] ?? 1;
  const window = (of: Operand, from: number, length: number): Operand => ({
    ...of,
    offset: of.offset + from,
    shape: [length],
    strides: [1],
  });
  if (outer > 1 && outer % size === 0) {
    const each = (outer / size) * inner;
    const kernels = cuts(size).map(
      ([from, to]): ReduceKernel => ({
        ...kernel,
        space: [(outer / size) * (to - from), reduced, inner],
        input: slicedMap(input, axis, [from, to]),
        output: window(output, from * each, (to - from) * each),
      }),
    );
    return { kernels, context };
  }
  if (axis < 0 || outer > 1 || reduced % size !== 0) return null;
  if (folds[op] === undefined) {
    const { context: own, ranks, places, last } = searches(context, kernel, 2);
    const halves = cuts(size).map(
      ([from, to], half): Search => ({
        ...kernel,
        space: [1, (reduced / size) * (to - from), inner],
        input: slicedMap(input, axis, [from, to]),
        output: window(places, half * inner, inner),
        start: ((kernel as Search).start ?? 0) + (reduced / size) * from,
        ranks: window(ranks, half * inner, inner),
      }),
    );
    return { kernels: [...halves, last], context: own };
  }
  const { context: own, parts } = scratch(context, [totalOf(output.dtype), 2 * inner]);
  const [totals] = parts;
  const kernels = cuts(size).map(
    ([from, to], half): ReduceKernel => ({
      ...kernel,
      space: [1, (reduced / size) * (to - from), inner],
      input: slicedMap(input, axis, [from, to]),
      output: window(totals, half * inner, inner),
    }),
  );
  const both = { shape: totals.shape, inputs: [totals], outputs: [], instructions: [] };
  const last: ReduceKernel = {
    ...kernel,
    label: `${label}: of both halves`,
    space: [1, 2, inner],
    input: both,
    value: 0,
  };
  return { kernels: [...kernels, last], context: own };
}
