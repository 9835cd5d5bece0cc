/**
 * Convolutions that are a matrix product of their operands as they lie: pointwise ones (a product an image and group), and
 * those whose kernel covers the whole input (one product in all).
 */
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import type { CommandWriter } from "./command.ts";
import type { Sizes } from "./conv2d-sizes.ts";
import { matmul } from "./matmul.ts";

/** The operand seen with other sizes; `axes` are [size, stride] pairs. */
function view(operand: Operand, axes: readonly (readonly [number, number])[]): Operand {
  return { ...operand, shape: axes.map(([size]) => size), strides: axes.map(([, stride]) => stride) };
}

type Roles = readonly [x: Operand, w: Operand, y: Operand];

/** Which of x, w and y the kernel computes from the other two. */
type Result = "y" | "x" | "w";

/** Is the forward convolution a product of its operands as they lie? */
export function isProduct({ x, w, stride, dilation, padding, groups }: Sizes): boolean {
  const plain = [...stride, ...dilation].every((v) => v === 1) && padding.every((p) => p === 0);
  return plain && (w[2] * w[3] === 1 || (groups === 1 && w[2] === x[2] && w[3] === x[3]));
}

/** Writes the convolution as a product; false if it is none. */
export function writeProduct(
  kernel: OpKernel,
  out: CommandWriter,
  s: Sizes,
  [x, w, y]: Roles,
  result: Result,
): boolean {
  const { groups } = s;
  const [n, c, h, width] = s.x;
  const [o, cg, kh, kw] = s.w;
  const plain = [...s.stride, ...s.dilation].every((v) => v === 1) && s.padding.every((p) => p === 0);
  if (!plain) return false;
  const write = (a: Operand, b: Operand, output: Operand): true => {
    matmul({ ...kernel, inputs: [a, b], output }, out);
    return true;
  };
  if (groups === 1 && kh === h && kw === width) {
    const k = c * h * width;
    const [xs, ws, ys] = [
      view(x, [
        [n, k],
        [k, 1],
      ]),
      view(w, [
        [o, k],
        [k, 1],
      ]),
      view(y, [
        [n, o],
        [o, 1],
      ]),
    ];
    if (result === "y") return write(xs, transpose(ws), ys);
    if (result === "x") return write(ys, ws, xs);
    return n > 0 && write(transpose(ys), xs, ws);
  }
  if (kh * kw !== 1) return false;
  const p = h * width;
  const og = o / groups;
  const xs = view(x, [
    [n, c * p],
    [groups, cg * p],
    [cg, p],
    [p, 1],
  ]);
  const ws = view(w, [
    [n, 0],
    [groups, og * cg],
    [og, cg],
    [cg, 1],
  ]);
  const ys = view(y, [
    [n, o * p],
    [groups, og * p],
    [og, p],
    [p, 1],
  ]);
  if (result === "y") return write(ws, xs, ys);
  if (result === "x") return write(transpose(ws), ys, xs);
  // The gradient of the weights sums over the batch: with several images that is no product.
  return n === 1 && write(ys, transpose(xs), ws);
}

/** The operand with its last two axes exchanged. */
function transpose(operand: Operand): Operand {
  const swap = (v: readonly number[]): number[] => [
    ...v.slice(0, -2),
    v[v.length - 1] as number,
    v[v.length - 2] as number,
  ];
  return { ...operand, shape: swap(operand.shape), strides: swap(operand.strides) };
}
