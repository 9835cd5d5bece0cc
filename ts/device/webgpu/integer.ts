/** Lowers products of 8-bit integers: shaders/pack-integer.wgsl for weights, matmul-integer.wgsl for what is multiplied by them. */
import matmulText from "../../../shaders/matmul-integer.wgsl";
import packText from "../../../shaders/pack-integer.wgsl";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Conv2dOptions } from "../../ops/conv2d.ts";
import { checkOutput, type Dispatch, dispatchWork, type Work } from "./dispatch.ts";
import { dispatchKernel } from "./epilogue.ts";
import { printIndex } from "./map.ts";
import type { Context } from "./operands.ts";

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

export function packInteger(kernel: OpKernel, context: Context): Dispatch[] {
  const { op, output } = kernel;
  const [w, zero] = kernel.inputs as readonly [Operand, Operand | undefined];
  const batch = w.shape.slice(0, -2);
  const [lines, depth] = w.shape.slice(-2) as [number, number];
  if (sizeOf(output.shape) === 0 || lines === 0) return [];
  checkOutput(op, output);
  const y = wordsOf(output);
  const [stepLine, stepDepth] = w.strides.slice(-2) as [number, number];
  const work = {
    text: packText,
    count: sizeOf(batch) * lines,
    each: 64,
    reads: { w, zero },
    writes: { y },
    numbers: {
      lines,
      depth,
      words: Math.ceil(depth / 4),
      step_line: stepLine,
      step_depth: stepDepth,
      step_zero: zero?.strides[batch.length] ?? 0,
      pitch: y.shape[y.shape.length - 1] as number,
      flip: flipOf(kernel),
    },
    sections: {
      absent: zero === undefined ? "fn read_zero(i: i32) -> i32 { return 0; }" : "",
      batch: printStarts(batch, {
        batch_w: w.strides.slice(0, -2),
        batch_zero: zero?.strides.slice(0, -1) ?? flat(batch),
      }),
    },
  };
  return [dispatchWork(kernel, context, work)];
}

/** A product of `z` times m rows by n lines of depth k, the sections `left` and `place` given. */
function multiply(
  kernel: OpKernel,
  context: Context,
  [z, m, n, k]: readonly [number, number, number, number],
  own: Pick<Work, "reads" | "numbers" | "sections">,
): Dispatch[] {
  if (z * m * n === 0) return [];
  const tiled = m >= fewest && n >= fewest;
  const packedDot = "fn dot_four(a: u32, b: u32) -> i32 { return dot4I8Packed(a, b); }";
  const work = {
    text: matmulText,
    count: tiled ? z * Math.ceil(m / tile) * Math.ceil(n / tile) : z * m * n,
    each: tiled ? 1 : 256,
    reads: { w: wordsOf(kernel.inputs[1] as Operand), ...own.reads },
    numbers: { m, n, k, words: Math.ceil(k / 4), flip: flipOf(kernel), ...own.numbers },
    constants: { tiled: Number(tiled) },
    sections: { ...own.sections, ...(context.packedDot ? { dot: packedDot } : {}) },
  };
  return [dispatchKernel(kernel, context, work)];
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
    reads: { a, zero },
    numbers: { step_row: stepRow, step_depth: stepDepth, step_zero: zero?.strides[batch.length] ?? 0 },
    sections: {
      left: `${printStarts(batch, starts)}
fn left(z: i32, row: i32, k: i32) -> i32 {
  return read_a(batch_a(z) + row * run.step_row + k * run.step_depth) - run.flip;
}
fn left_zero(z: i32, row: i32) -> i32 { return ${zeroAt} - run.flip; }`,
      place: `${printStarts(batch, { weights: wordsOf(packed).strides.slice(0, -1) })}
fn place(z: i32, row: i32, column: i32) -> i32 { return (z * run.m + row) * run.n + column; }`,
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
  return ((row / size) * run.o + z * run.n + column) * size + row % size;
}`,
    },
  });
}
