/**
 * Products by weights of 2, 4 or 8 bits that stay packed, scaled in blocks along the depth: MatMulNBits of ONNX Runtime.
 *
 *   W[j][d] = (q[j][d] - zero[j][b]) scale[j][b]        b = d / block
 */
import { DTypeError, ShapeError } from "../core/errors.ts";
import { formatShape, sizeOf } from "../core/shape.ts";
import { Node, type Op } from "../graph/node.ts";
import { add, and, cast, div, mul, neg, num } from "./elementwise.ts";
import { matmul, transpose } from "./matmul.ts";
import { concat, reshape, slice } from "./movement.ts";

export interface NBitsOptions {
  readonly bits: number;
  /** Numbers along the depth that share a scale. */
  readonly block: number;
}

const matmulNBitsOp: Op = {
  name: "matmulNBits",
  kind: "kernel",
  epilogue: true,
  // da = dy W
  gradient: (dy, node) => [matmul(dy, weightsOf(node)), null, null, null],
  compose: (node) => matmul(node.inputs[0] as Node, transpose(weightsOf(node))),
};

/** The ops of this family. */
export const ops: readonly Op[] = [matmulNBitsOp];

/** The numbers of `bits` bits in every byte of the last axis, the lowest bits first: [..., bytes] → [..., bytes 8 / bits]. */
export function unpackBits(bytes: Node, bits: number): Node {
  if (bits === 8) return bytes;
  const parts = Array.from({ length: 8 / bits }, (_, j) =>
    reshape(and(div(bytes, num(2 ** (bits * j), bytes)), num(2 ** bits - 1, bytes)), [...bytes.shape, 1]),
  );
  const joined = concat(parts, bytes.shape.length);
  return reshape(joined, [...bytes.shape.slice(0, -1), -1]);
}

/** The inverse of {@link unpackBits}: numbers below 2^bits as bytes. */
export function packBits(numbers: Node, bits: number): Node {
  if (bits === 8) return numbers;
  const split = reshape(numbers, [...numbers.shape.slice(0, -1), -1, 8 / bits]);
  const starts = split.shape.map(() => 0);
  return Array.from({ length: 8 / bits }, (_, j) => {
    const part = reshape(slice(split, starts.with(-1, j), split.shape.with(-1, 1)), split.shape.slice(0, -1));
    return mul(part, num(2 ** (bits * j), part));
  }).reduce(add);
}

/** W [n, k] as float32, from packed numbers [n, blocks, bytes], scales and shifts [n, blocks]. */
function unpackWeights(q: Node, scales: Node, shifts: Node, k: number, { bits }: NBitsOptions): Node {
  const [n, blocks] = scales.shape as [number, number];
  const each = (x: Node): Node => reshape(x, [n, blocks, 1]);
  const weights = add(mul(cast(unpackBits(q, bits), "float32"), each(scales)), each(shifts));
  return slice(reshape(weights, [n, -1]), [0, 0], [n, k]);
}

/** The weights of a product. */
function weightsOf({ inputs, attrs }: Node): Node {
  const [a, q, scales, shifts] = inputs as readonly [Node, Node, Node, Node];
  return unpackWeights(q, scales, shifts, a.shape[1] as number, attrs as unknown as NBitsOptions);
}

/** Zero points [n, blocks]: numbers, or packed along blocks as the weights are; 2^(bits - 1) where there are none. */
export function zeroPoints(zeros: Node | null, scales: Node, bits: number): Node {
  if (zeros === null) return num(2 ** (bits - 1), scales);
  const [n, blocks] = scales.shape as [number, number];
  if (zeros.dtype !== "uint8") return cast(reshape(zeros, [n, blocks]), "float32");
  const unpacked = unpackBits(reshape(zeros, [n, -1]), bits);
  return cast(slice(unpacked, [0, 0], [n, blocks]), "float32");
}

/**
 * `a` [..., k] by the transpose of W [n, k], given as packed numbers [n, blocks, block · bits / 8], scales [n, blocks] and zero
 * points (numbers of the scales' kind, or packed [n, ⌈blocks · bits / 8⌉]). float32. Blocks of less than 8 bytes are
 * unpacked before the product.
 */
export function matmulNBits(a: Node, q: Node, scales: Node, zeros: Node | null, { bits, block }: NBitsOptions): Node {
  const k = a.shape[a.shape.length - 1] ?? 0;
  const blocks = Math.ceil(k / block);
  const n = q.shape[0] ?? 0;
  if (q.dtype !== "uint8" || ![2, 4, 8].includes(bits) || block < 16 || (block & (block - 1)) !== 0) {
    throw new DTypeError(
      `matmulNBits: cannot multiply by ${q.dtype} holding ${bits} bits in blocks of ${block}: wanted uint8 holding 2, 4 or 8 bits, blocks of a power of 2 from 16 on`,
    );
  }
  if (sizeOf(q.shape) * 8 !== n * blocks * block * bits || sizeOf(scales.shape) !== n * blocks) {
    throw new ShapeError(
      `matmulNBits: cannot multiply ${formatShape(a.shape)} by packed ${formatShape(q.shape)} with scales ${formatShape(scales.shape)}: wanted ${n} columns of ${blocks} blocks of ${(block * bits) / 8} bytes, a scale each`,
    );
  }
  const scale = cast(reshape(scales, [n, blocks]), "float32");
  const shift = neg(mul(scale, zeroPoints(zeros, scale, bits)));
  const packed = reshape(q, [n, blocks, (block * bits) / 8]);
  const rows = reshape(cast(a, "float32"), [-1, k]);
  const shape = [...a.shape.slice(0, -1), n];
  const options = { bits, block };
  if (block * bits < 64)
    return reshape(matmul(rows, transpose(unpackWeights(packed, scale, shift, k, options))), shape);
  const inputs = [rows, packed, scale, shift];
  return reshape(new Node(matmulNBitsOp, inputs, options, [rows.shape[0] as number, n], "float32"), shape);
}
