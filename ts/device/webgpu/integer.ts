/** Lowers products of 8-bit integers: shaders/pack-integer.wgsl for weights, matmul-integer.wgsl for what is multiplied by them. */
import matmulText from "../../../shaders/matmul-integer.wgsl";
import packText from "../../../shaders/pack-integer.wgsl";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { dtypes } from "../../core/dtype.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Conv2dOptions } from "../../ops/conv2d.ts";
import { checkOutput, type Dispatch, dispatchWork, type Work } from "./dispatch.ts";
import { dispatchKernel } from "./epilogue.ts";
import { printIndex } from "./map.ts";
import { type Context, unlessTooMany } from "./operands.ts";

/** Rows and columns of a tile, as the shader has it, and the fewest that are worth one. */
const tile = 64;
const fewest = 16;

/** Numbers are made signed by taking away 128. */
const flipOf = ({ attrs }: OpKernel): number => (attrs["unsigned"] === true ? 128 : 0);

/** The words of packed weights. */
function wordsOf(operand: Operand): Operand {
  const words = (x: number): number => Math.floor(x / 4);
  const { shape, strides } = operand;
  return {
    ...operand,
    dtype: "int32",
    offset: words(operand.offset),
    shape: shape.map((size, i) => (i === shape.length - 1 ? words(size) : size)),
    strides: strides.map((stride, i) => (i === strides.length - 1 ? stride : words(stride))),
  };
}

/** fn name(i) that gives where item `i` of a batch starts, for each of the windows over the batch's shape. */
function printStarts(shape: readonly number[], windows: Readonly<Record<string, readonly number[]>>): string {
  const { lines, places } = printIndex(shape, Object.values(windows));
  return Object.keys(windows)
    .map((name, w) => `fn ${name}(i: i32) -> i32 { ${[...lines, `return ${places[w]};`].join(" ")} }`)
    .join("\n");
}

const flat = (shape: readonly number[]): number[] => shape.map(() => 0);

/** Lines of weights, columns of a product: `own` from `first` on, of `all`. */
interface Lines {
  readonly first: number;
  readonly own: number;
  readonly all: number;
}

/** A window along the last axis. */
const along = (operand: Operand, from: number, size: number): Operand => ({
  ...operand,
  offset: operand.offset + from,
  shape: [...operand.shape.slice(0, -1), size],
});

/** Of packed weights what lines of so many words are made of, as the shaders have it. */
function partsOf(packed: Operand, words: number, { first, own, all }: Lines): { w: Operand; facts: Operand } {
  const y = wordsOf(packed);
  return { w: along(y, first * words, own * words), facts: along(y, all * words + first, all + own) };
}

/** All lines at once, or as many as can be bound; one after the other where `divided`. */
function byLines(lines: Lines, divided: boolean, dispatch: (lines: Lines) => Dispatch): Dispatch[] {
  const whole = unlessTooMany(() => dispatch(lines));
  if (whole !== null) return [whole];
  const { first, own } = lines;
  if (!divided || own < 2) return [dispatch(lines)];
  const half = Math.ceil(own / 2);
  return [
    { ...lines, own: half },
    { ...lines, first: first + half, own: own - half },
  ].flatMap((part) => byLines(part, divided, dispatch));
}

export function packInteger(kernel: OpKernel, context: Context): Dispatch[] {
  const { op, output } = kernel;
  const [w, zero] = kernel.inputs as readonly [Operand, Operand | undefined];
  const batch = w.shape.slice(0, -2);
  const [all, depth] = w.shape.slice(-2) as [number, number];
  if (sizeOf(output.shape) === 0 || all === 0) return [];
  checkOutput(op, output);
  const words = Math.ceil(depth / 4);
  const [stepLine, stepDepth] = w.strides.slice(-2) as [number, number];
  const stepZero = zero?.strides[batch.length] ?? 0;
  const sections = {
    absent: zero === undefined ? "fn read_zero(i: i32) -> i32 { return 0; }" : "",
    batch: printStarts(batch, {
      batch_w: w.strides.slice(0, -2),
      batch_zero: zero?.strides.slice(0, -1) ?? flat(batch),
    }),
  };
  return byLines({ first: 0, own: all, all }, sizeOf(batch) === 1, (lines) => {
    const { first, own } = lines;
    const { w: y, facts } = partsOf(output, words, lines);
    return dispatchWork(kernel, context, {
      text: packText,
      count: sizeOf(batch) * own,
      each: 64,
      reads: {
        w: { ...w, offset: w.offset + first * stepLine, shape: [...batch, own, depth] },
        zero: zero && { ...zero, offset: zero.offset + first * stepZero, shape: [...batch, own] },
      },
      writes: { y, facts },
      numbers: {
        ...{ lines: own, all, depth, words },
        step_line: stepLine,
        step_depth: stepDepth,
        step_zero: stepZero,
        pitch: wordsOf(output).shape[batch.length] as number,
        flip: flipOf(kernel),
      },
      sections,
    });
  });
}

const bytesOf = ({ shape, dtype }: Operand): number => sizeOf(shape) * dtypes[dtype].bytes;

/**
 * A product of `z` times m rows by n lines of depth k, the sections `left` and `place` given. Columns are made one part
 * after the other where weights are most of what is to be bound, or where outputs of `apart` columns lie side by side.
 */
function multiply(
  kernel: OpKernel,
  context: Context,
  [z, m, n, k]: readonly [number, number, number, number],
  own: Pick<Work, "reads" | "numbers" | "sections"> & { readonly apart: boolean },
): Dispatch[] {
  if (z * m * n === 0) return [];
  const { output, inputs } = kernel;
  const [a, packed] = inputs as readonly [Operand, Operand];
  const words = Math.ceil(k / 4);
  const packedDot = "fn dot_four(a: u32, b: u32) -> i32 { return dot4I8Packed(a, b); }";
  const sections = { ...own.sections, ...(context.packedDot ? { dot: packedDot } : {}) };
  const divided = z === 1 && (own.apart || bytesOf(packed) > bytesOf(a) + bytesOf(output));
  return byLines({ first: 0, own: n, all: n }, divided, (lines) => {
    const columns = lines.own;
    const tiled = m >= fewest && columns >= fewest;
    const work = {
      text: matmulText,
      count: tiled ? z * Math.ceil(m / tile) * Math.ceil(columns / tile) : z * m * columns,
      each: tiled ? 1 : 256,
      reads: { ...partsOf(packed, words, lines), ...own.reads },
      numbers: { m, n: columns, all: n, k, words, flip: flipOf(kernel), ...own.numbers },
      constants: { tiled: Number(tiled) },
      sections,
    };
    if (columns === n) return dispatchKernel(kernel, context, { ...work, numbers: { ...work.numbers, column: 0 } });
    const size = sizeOf(output.shape) / n;
    const y = { ...output, offset: output.offset + lines.first * size, shape: [columns * size], strides: [1] };
    const part = { ...kernel, output: own.apart ? y : output, epilogue: null };
    const column = own.apart ? 0 : lines.first;
    return dispatchKernel(part, context, { ...work, numbers: { ...work.numbers, column } });
  });
}

export function matmulInteger(kernel: OpKernel, context: Context): Dispatch[] {
  const [a, packed, zero] = kernel.inputs as readonly [Operand, Operand, Operand | undefined];
  const batch = a.shape.slice(0, -2);
  const [m, k] = a.shape.slice(-2) as [number, number];
  const n = kernel.output.shape[kernel.output.shape.length - 1] as number;
  const [stepRow, stepDepth] = a.strides.slice(-2) as [number, number];
  const starts = {
    batch_a: a.strides.slice(0, -2),
    batch_zero: zero?.strides.slice(0, -1) ?? flat(batch),
  };
  const zeroAt = zero === undefined ? "0" : "read_zero(batch_zero(z) + row * run.step_zero)";
  return multiply(kernel, context, [sizeOf(batch), m, n, k], {
    apart: m === 1,
    reads: { a, zero },
    numbers: { step_row: stepRow, step_depth: stepDepth, step_zero: zero?.strides[batch.length] ?? 0 },
    sections: {
      left: `${printStarts(batch, starts)}
fn left(z: i32, row: i32, k: i32) -> i32 {
  return read_a(batch_a(z) + row * run.step_row + k * run.step_depth) - run.flip;
}
fn left_zero(z: i32, row: i32) -> i32 { return ${zeroAt} - run.flip; }`,
      place: `${printStarts(batch, { weights: wordsOf(packed).strides.slice(0, -1) })}
fn place(z: i32, row: i32, column: i32) -> i32 { return (z * run.m + row) * run.all + column; }`,
    },
  });
}

export function conv2dInteger(kernel: OpKernel, context: Context): Dispatch[] {
  const [x, packed, zero] = kernel.inputs as readonly [Operand, Operand, Operand | undefined];
  const { stride, padding, dilation, groups, window } = kernel.attrs as unknown as Conv2dOptions & {
    readonly window: readonly [number, number];
  };
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const [, o, oh, ow] = kernel.output.shape as [number, number, number, number];
  const [kh, kw] = window;
  const cg = c / groups;
  return multiply(kernel, context, [groups, n * oh * ow, o / groups, cg * kh * kw], {
    apart: n === 1,
    reads: { a: x, zero },
    numbers: {
      ...{ c, h, w, o, oh, ow, kh, kw, cg },
      stride_h: stride[0],
      stride_w: stride[1],
      top: padding[0],
      start: padding[1],
      dilation_h: dilation[0],
      dilation_w: dilation[1],
      pitch: wordsOf(packed).shape[1] as number,
    },
    sections: {
      // What pads the image is the zero point.
      left: `fn left_zero(z: i32, row: i32) -> i32 { return ${zero === undefined ? "0" : "read_zero(0)"} - run.flip; }
fn left(z: i32, row: i32, k: i32) -> i32 {
  let pixel = row % (run.oh * run.ow);
  let y = (pixel / run.ow) * run.stride_h - run.top + ((k / run.kw) % run.kh) * run.dilation_h;
  let x = (pixel % run.ow) * run.stride_w - run.start + (k % run.kw) * run.dilation_w;
  if (y < 0 || y >= run.h || x < 0 || x >= run.w) { return left_zero(z, row); }
  let plane = (row / (run.oh * run.ow)) * run.c + z * run.cg + k / (run.kh * run.kw);
  return read_a((plane * run.h + y) * run.w + x) - run.flip;
}`,
      place: `fn weights(z: i32) -> i32 { return z * run.pitch; }
fn place(z: i32, row: i32, column: i32) -> i32 {
  let size = run.oh * run.ow;
  return ((row / size) * run.o + z * run.all + column) * size + row % size;
}`,
    },
  });
}
