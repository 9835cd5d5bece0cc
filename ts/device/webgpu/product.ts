/**
 * Products in tiles (shaders/matmul.wgsl), of matrices as they lie and of convolutions.
 *
 * Few outputs of a long inner dimension would leave the GPU idle: it is cut into parts, whose outputs go to scratch and are
 * added by a reduction. The cut depends on sizes alone, so bits do not depend on the adapter.
 */
import matmulText from "../../../shaders/matmul.wgsl";
import type { Operand, OpKernel, ReduceKernel } from "../../compiler/kernel.ts";
import { contiguousStrides, sizeOf } from "../../core/shape.ts";
import { type Dispatch, spread } from "./dispatch.ts";
import { bindKernel } from "./epilogue.ts";
import type { Context } from "./operands.ts";
import { scratch } from "./operands.ts";
import { lowerReduce } from "./reduce.ts";
import { type Sections, specialize } from "./shader.ts";

export interface Product {
  /** Matrices, and their sizes. */
  readonly batches: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Where y [batches, m, n] has its columns in images: columns of one, and elements between two. */
  readonly image?: readonly [plane: number, distance: number];
  readonly a: Operand;
  readonly b: Operand;
  /** Numbers of the run that `sections` read, from run[3] on. */
  readonly further: readonly number[];
  readonly sections: Sections;
  readonly constants: Readonly<Record<string, number>>;
}

/** Threads of a group, and tiles that keep an adapter busy. */
const threads = 256;
const enough = 64;
/** Least inner length of a part, most parts. */
const leastPart = 128;
const mostParts = 64;

/** The dispatches that write the product to the kernel's output, epilogue included. */
export function lowerProduct(kernel: OpKernel, context: Context, product: Product): Dispatch[] {
  const { batches, m, n, k, a, b, constants } = product;
  const outputs = sizeOf(kernel.output.shape);
  if (outputs === 0) return [];
  // Flat products waste less in flat tiles: 4 rows of threads in place of 16.
  const rows = m <= 16 ? 4 : 16;
  const tiles = batches * Math.ceil(m / (4 * rows)) * Math.ceil(n / ((4 * threads) / rows));
  const parts = Math.max(1, Math.min(Math.ceil(enough / tiles), Math.floor(k / leastPart), mostParts));
  const [plane, distance] = product.image ?? [n, 0];
  const span = Math.max(1, Math.ceil(k / parts));
  const sizes = [m, n, k, span, plane, distance, outputs, 0, ...product.further];
  const reads = [
    { name: "_a", operand: a, write: false },
    { name: "_b", operand: b, write: false },
  ];
  const sums: Operand = { ...kernel.output, buffer: scratch, offset: 0, ...flat(parts * outputs) };
  const own = parts === 1 ? kernel : { ...kernel, output: sums, epilogue: null };
  const { text: operands, ...bound } = bindKernel(context, own, batches, reads, sizes);
  const label = kernel.label ?? kernel.op;
  const dispatch: Dispatch = {
    label,
    code: specialize(matmulText, { operands, ...product.sections }),
    constants: { rows, ...constants },
    groups: spread(tiles * parts, 1),
    ...bound,
  };
  if (parts === 1) return [dispatch];
  const reduction: ReduceKernel = {
    kind: "reduce",
    label: `${label}: sum of ${parts} parts`,
    op: "sum",
    space: [1, parts, outputs],
    input: { shape: [parts * outputs], inputs: [sums], outputs: [], instructions: [] },
    value: 0,
    output: kernel.output,
    epilogue: kernel.epilogue,
  };
  return [dispatch, ...lowerReduce(reduction, context)];
}

const flat = (size: number): Pick<Operand, "shape" | "strides"> => ({
  shape: [size],
  strides: contiguousStrides([size]),
});
