/** Lowers matmul: chooses the route (`assembly/matmul-routes.ts`) by shape and strides, as measured in `bench/lab/matmul`. */
import { KC, MC, MR, NC, NR } from "../../../assembly/gemm-blocks.ts";
import { MATMUL } from "../../../assembly/kernels.ts";
import {
  DOT,
  DOTS,
  DOTS_OF_COPY,
  PACK_A,
  PACK_B,
  PANELS,
  ROW,
  ROW_OF_PANELS,
  TILES,
} from "../../../assembly/matmul-routes.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import type { CommandWriter } from "./command.ts";
import { writeEpilogue } from "./map.ts";

/** Rows that are multiplied one by one: two would leave half a register tile idle. */
export const singleRows = 2;

/** One matrix product a batch: sizes, strides in elements, and the batch axes that could not be merged. */
interface Product {
  a: Operand;
  b: Operand;
  m: number;
  n: number;
  k: number;
  am: number;
  ak: number;
  bk: number;
  bn: number;
  batch: { size: number; a: number; b: number }[];
}

/** Writes the command of `kernel`, or several where the batch has more than three axes that cannot be merged. */
export function matmul(kernel: OpKernel, out: CommandWriter): void {
  const product = simplify(read(kernel));
  const { a, b, m, n, k, am, ak, bk, bn, batch } = product;
  const route = chooseRoute(product);
  // A command holds three batch axes: the axes before them are written out, a command each.
  const inner = batch.slice(-3);
  while (inner.length < 3) inner.unshift({ size: 1, a: 0, b: 0 });
  const outer = batch.slice(0, -3);
  const outputs = inner.reduce((size, axis) => size * axis.size, m * n);
  const write = (axis: number, aShift: number, bShift: number, first: number): number => {
    const { size, a: aStride, b: bStride } = outer[axis] ?? { size: 0, a: 0, b: 0 };
    if (axis < outer.length) {
      for (let i = 0; i < size; i++) first = write(axis + 1, aShift + i * aStride, bShift + i * bStride, first);
      return first;
    }
    out.begin(MATMUL);
    out.int(a.buffer, a.offset + aShift);
    out.int(b.buffer, b.offset + bShift);
    out.int(kernel.output.buffer, kernel.output.offset + first);
    writeEpilogue(out, kernel.epilogue);
    out.int(first, m, n, k, am, ak, bk, bn, route);
    out.int(...inner.map((axis) => axis.size), ...inner.map((axis) => axis.a), ...inner.map((axis) => axis.b));
    out.scratch(scratchBytes(route, m, n, k));
    out.end();
    return first + outputs;
  };
  write(0, 0, 0, 0);
}

/** The product by a right factor in panels (`matmul-pack.ts`). */
export function matmulPacked(kernel: OpKernel, out: CommandWriter): void {
  const [a, b] = kernel.inputs as readonly [Operand, Operand];
  const [m, k] = a.shape as [number, number];
  const n = kernel.output.shape[1] as number;
  const [am, ak] = a.strides as [number, number];
  const single = m <= singleRows;
  const packA = am === 1 ? n > 128 && m * k > 4096 : ak !== 1 || n > 48;
  const route = single ? ROW_OF_PANELS : PANELS | (packA ? PACK_A : 0);
  out.begin(MATMUL);
  for (const operand of [a, b, kernel.output]) out.operand(operand);
  writeEpilogue(out, kernel.epilogue);
  out.int(0, single ? 1 : m, n, k, am, ak, 0, 0, route);
  out.int(1, 1, single ? m : 1, 0, 0, single ? am : 0, 0, 0, 0);
  out.scratch(single ? 4 * k + 64 : scratchBytes(route & PACK_A, m, n, k));
  out.end();
}

function read(kernel: OpKernel): Product {
  const [a, b] = kernel.inputs as readonly [Operand, Operand];
  const rank = a.shape.length;
  const [m, k] = a.shape.slice(-2) as [number, number];
  const n = b.shape[rank - 1] as number;
  const [am, ak] = a.strides.slice(-2) as [number, number];
  const [bk, bn] = b.strides.slice(-2) as [number, number];
  const batch = a.shape.slice(0, -2).map((size, i) => ({ size, a: a.strides[i] as number, b: b.strides[i] as number }));
  return { a, b, m, n, k, am, ak, bk, bn, batch };
}

/** The same product with fewer batch axes, and with a single row where it has a single column. */
function simplify(product: Product): Product {
  let { a, b, m, n, k, am, ak, bk, bn } = product;
  const batch: Product["batch"] = [];
  for (const axis of product.batch) {
    if (axis.size === 1) continue;
    const last = batch[batch.length - 1];
    if (last && last.a === axis.a * axis.size && last.b === axis.b * axis.size) {
      batch[batch.length - 1] = { size: last.size * axis.size, a: axis.a, b: axis.b };
    } else batch.push(axis);
  }
  // One b for a whole batch: its rows are rows of one taller a.
  for (let last = batch[batch.length - 1]; last && last.b === 0; last = batch[batch.length - 1]) {
    if (m !== 1 && last.a !== m * am) break;
    if (m === 1) am = last.a;
    m *= last.size;
    batch.pop();
  }
  // A column is a row of the transposed product: bᵀ aᵀ.
  if (n === 1 && m > 1) {
    [a, b, m, n] = [b, a, 1, m];
    [am, ak, bk, bn] = [0, bk, ak, am];
    for (const [i, axis] of batch.entries()) batch[i] = { size: axis.size, a: axis.b, b: axis.a };
  }
  // Two rows would leave half a register tile idle.
  if (m === 2 && bn === 1 && n > 12) {
    batch.push({ size: 2, a: am, b: 0 });
    m = 1;
  }
  // The stride of an axis of one element may be whatever suits the kernels.
  if (k === 1) [ak, bk] = [am === 1 ? m : 1, bn === 1 ? n : 1];
  if (m === 1) am = k;
  if (n === 1) bn = bk === 1 ? k : 1;
  return { a, b, m, n, k, am, ak, bk, bn, batch };
}

/** The thresholds are crossings measured in Node 20 and Chromium 156, plain and relaxed. */
function chooseRoute({ m, n, k, am, ak, bk, bn }: Product): number {
  if (m === 1 && bn === 1) return ROW;
  if (m === 1 && bk === 1) return DOT;
  const few = m <= 8 || n <= 12;
  if (ak === 1 && bk === 1 && k >= (few ? 16 : 64) && (few || m <= 64)) return DOTS;
  if (ak === 1 && n <= 12 && m >= 16 && k >= 16) return DOTS_OF_COPY;
  // Packing a costs about 5 / n of the whole, packing b 2.5 / m; without it, large strides miss the caches.
  const packA = am === 1 ? n > 128 && m * k > 4096 : ak !== 1 || n > 48;
  const packB = bn !== 1 || (m >= 32 && k * n > 32768);
  return TILES | (packA ? PACK_A : 0) | (packB ? PACK_B : 0);
}

function scratchBytes(route: number, m: number, n: number, k: number): number {
  if (route === DOT) return 4 * k + 64;
  if (route === DOTS_OF_COPY) return 4 * n * (k + 4);
  if (route >= ROW) return 0;
  const depth = Math.min(k, KC);
  const rows = route & PACK_A ? Math.min(MC, MR * Math.ceil(m / MR)) : 0;
  const columns = route & PACK_B ? Math.min(NC, NR * Math.ceil(n / NR)) : 0;
  return 4 * depth * (rows + columns) + 64;
}
