/**
 * Products of matrices as they lie and of convolutions: in tiles of a group of threads (shaders/matmul.wgsl), in blocks of
 * one thread where groups are a program on a CPU (matmul-direct.wgsl), or, where both would be mostly empty, one output by
 * some threads (matmul-dot.wgsl).
 *
 * Few outputs of a long inner dimension would leave the GPU idle: it is cut into parts, whose outputs go to scratch and are added by a reduction. Cuts depend on sizes alone, so bits do not depend on how many threads there are.
 */
import matmulText from "../../../shaders/matmul.wgsl";
import directText from "../../../shaders/matmul-direct.wgsl";
import dotText from "../../../shaders/matmul-dot.wgsl";
import type { Operand, OpKernel, ReduceKernel } from "../../compiler/kernel.ts";
import { sizeOf } from "../../core/shape.ts";
import { type Dispatch, lanesFor, spread } from "./dispatch.ts";
import { dispatchKernel } from "./epilogue.ts";
import { type Context, type Numbers, scratch } from "./operands.ts";
import { lowerReduce } from "./reduce.ts";
import { type Sections, sectionOf } from "./shader.ts";

export interface Product {
  readonly batches: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Whether it is some of the kernel's outputs alone. */
  readonly some?: boolean;
  readonly a: Operand;
  readonly b: Operand;
  /** Whether neighbours along k lie side by side in a, neighbours along a row in b. */
  readonly aRows: boolean;
  readonly bRows: boolean;
  /** How elements are read; matrices through strides where it does not say. */
  readonly sections: Sections;
  /** What the sections read beside a and b. */
  readonly reads?: Readonly<Record<string, Operand>>;
  /** Numbers of the run that the sections read, and their overrides. */
  readonly numbers: Numbers;
  readonly constants?: Readonly<Record<string, number>>;
}

/** The dispatches that write the product to the kernel's output, its epilogue included. */
export function lowerProduct(kernel: OpKernel, context: Context, product: Product): Dispatch[] {
  const { batches, m, n } = product;
  const outputs = batches * m * n;
  if (outputs === 0) return [];
  const tiling = context.software ? blocksOf(product) : tilesOf(product);
  // An output of a tile costs about an eighth of one alone; groups of few channels leave most of a tile empty.
  const empty = context.software
    ? Math.min(m, n) === 1
    : 8 * outputs <= tiling.tiles * tileArea || (batches > 1 && m <= 4);
  return empty ? lowerDots(kernel, context, product) : lowerTiles(kernel, context, product, tiling);
}

const threads = 256;
/** Outputs of a tile. */
const tileArea = 16 * threads;

interface Tiling {
  readonly text: string;
  readonly tiles: number;
  /** Tiles that keep an adapter busy, and how many a group of threads makes. */
  readonly enough: number;
  readonly each: number;
  readonly constants: Readonly<Record<string, number>>;
}

/** Square tiles, or for flat and narrow products those that waste less. */
function tilesOf({ batches, m, n, aRows, bRows }: Product): Tiling {
  const rows = m <= 8 ? 2 : m <= 16 ? 4 : n <= 16 ? 64 : 16;
  return {
    text: matmulText,
    tiles: batches * Math.ceil(m / (4 * rows)) * Math.ceil(n / (tileArea / (4 * rows))),
    enough: 64,
    each: 1,
    // Slices of the longest tiles are half as thick, so that all fit the memory that every adapter has.
    constants: { depth: rows === 2 ? 4 : 8, rows, a_rows: aRows ? 1 : 0, b_rows: bRows ? 1 : 0 },
  };
}

/** 4 × 4 outputs a thread. */
const blocksOf = ({ batches, m, n }: Product): Tiling => ({
  text: directText,
  tiles: batches * Math.ceil(m / 4) * Math.ceil(n / 4),
  enough: 512,
  each: 64,
  constants: {},
});

/** Matrices through strides. */
const strided = sectionOf(matmulText, "matrices");

function workOf(product: Product, outputs: number) {
  const { batches, m, n, k, a, b, numbers } = product;
  return {
    count: batches,
    reads: { a, b, ...product.reads },
    numbers: { m, n, k, part: k, outputs, ...numbers },
  };
}

function lowerDots(kernel: OpKernel, context: Context, product: Product): Dispatch[] {
  const { k, bRows, batches, m, n } = product;
  const outputs = batches * m * n;
  // Along rows of b every lane leaves a neighbour less to read whole lines with, and many outputs need no help.
  const lanes = lanesFor(Math.min(k / 8, bRows ? (1 << 16) / outputs : threads));
  const dispatch = dispatchKernel(kernel, context, {
    ...workOf(product, outputs),
    text: dotText,
    constants: { lanes, b_rows: bRows ? 1 : 0, ...product.constants },
    sections: { matrices: strided, ...product.sections },
  });
  return [{ ...dispatch, groups: spread(outputs, threads / lanes) }];
}

/** Least inner length of a part, most parts. */
const leastPart = 128;
const mostParts = 64;

function lowerTiles(kernel: OpKernel, context: Context, product: Product, tiling: Tiling): Dispatch[] {
  const { k } = product;
  const { text, tiles, enough, each } = tiling;
  const outputs = sizeOf(kernel.output.shape);
  const most = product.some === true ? 1 : mostParts;
  const parts = Math.max(1, Math.min(Math.ceil(enough / tiles), Math.floor(k / leastPart), most));
  const room = scratch(context, ["float32", parts === 1 ? 0 : parts * outputs]);
  const [partial] = room.parts;
  const own = parts === 1 ? kernel : { ...kernel, output: partial, epilogue: null };
  const work = workOf(product, outputs);
  const dispatch = dispatchKernel(own, room.context, {
    ...work,
    numbers: { ...work.numbers, part: Math.max(1, Math.ceil(k / parts)) },
    text,
    constants: { ...tiling.constants, ...product.constants },
    sections: product.sections,
  });
  const tiled = { ...dispatch, groups: spread(tiles * parts, each) };
  if (parts === 1) return [tiled];
  const sum: ReduceKernel = {
    kind: "reduce",
    label: `${kernel.label ?? kernel.op}: sum of ${parts} parts`,
    op: "sum",
    space: [1, parts, outputs],
    input: { shape: partial.shape, inputs: [partial], outputs: [], instructions: [] },
    value: 0,
    output: kernel.output,
    epilogue: kernel.epilogue,
  };
  return [tiled, ...lowerReduce(sum, room.context)];
}
