/**
 * Dequantise, multiply: the scales move behind the product, and what is multiplied are integers.
 *
 *   matmul((a - za) sa, (b - zb) sb)   →  matmulInteger(a, b, za, zb) · sa sb       sa, za not along the depth, nor sb, zb
 *   conv2d((x - zx) sx, (w - zw) sw)   →  conv2dInteger(x, w, zx, zw) · sx sw       sx, zx one number; sw, zw along channels
 *   matmul(a, (w - zw) sw)             →  matmulNBits(a, w, sw, zw)                 w never changes: its bits stay as few
 *   quantize((q - z) s, s, z)          →  q
 *
 * What follows, bias, activation and quantising among it, is the kernel's epilogue like any other map. The integer sums are
 * exact, so a result differs from the written one by the roundings that are left out.
 */
import { type DType, dtypes } from "../../core/dtype.ts";
import { Node } from "../../graph/node.ts";
import { expand } from "../../ops/broadcast.ts";
import type { Conv2dOptions } from "../../ops/conv2d.ts";
import { add, cast, mul, num } from "../../ops/elementwise.ts";
import { conv2dInteger, matmulInteger } from "../../ops/integer.ts";
import { transpose } from "../../ops/matmul.ts";
import { matmulNBits, packBits } from "../../ops/matmul-nbits.ts";
import { pad, reshape, slice } from "../../ops/movement.ts";
import { viewed } from "../cluster.ts";
import type { ModelPasses } from "../compile.ts";
import { contiguousView, moveView, type View } from "../view.ts";
import { isConstant } from "./constant.ts";
import { rewrite } from "./rewrite.ts";

/** (q - zero) scale as a chain of views shows it, and how many of an axis share a scale (0: all, or each has its own). */
interface Dequantized {
  readonly q: Node;
  readonly scale: Node;
  readonly zero: Node | undefined;
  readonly block: { readonly axis: number; readonly length: number } | null;
}

function dequantized(node: Node | undefined): Dequantized | null {
  const views: Node[] = [];
  let at = node as Node;
  for (; at.source === null && at.op.kind === "view"; at = at.inputs[0] as Node) views.push(at);
  if (at.source !== null || at.op.name !== "dequantize" || at.dtype !== "float32") return null;
  const seen = (x: Node): Node =>
    views.reduceRight((y, { op, attrs, shape }) => new Node(op, [y], attrs, shape, y.dtype), x);
  const [q, scale, zero] = at.inputs as readonly [Node, Node, Node | undefined];
  const length = at.attrs["block"] as number;
  let axis = at.attrs["axis"] as number;
  for (const view of views.toReversed()) {
    if (view.op.name === "permute") axis = (view.attrs["axes"] as readonly number[]).indexOf(axis);
    else if (length > 0) return null;
  }
  return { q: seen(q), scale: seen(scale), zero: zero && seen(zero), block: length > 0 ? { axis, length } : null };
}

/** The window that a node is on what it views; null where only a copy shows it. */
function windowOf(node: Node): View | null {
  if (node.source !== null || node.op.kind !== "view") return contiguousView(node.shape);
  const below = windowOf(node.inputs[0] as Node);
  return below && moveView(below, node);
}

/** Whether the values are known to be the same along every axis but those named. */
function variesOnlyAlong(x: Node | undefined, axes: readonly number[]): boolean {
  if (x === undefined) return true;
  const strides = windowOf(x)?.strides;
  return strides?.every((stride, i) => stride === 0 || x.shape[i] === 1 || axes.includes(i)) ?? false;
}

/** The first of every axis but those along which the values vary. */
function narrowed(x: Node): Node {
  const strides = windowOf(x)?.strides ?? [];
  const sizes = x.shape.map((size, i) => (strides[i] === 0 ? Math.min(size, 1) : size));
  return slice(
    x,
    x.shape.map(() => 0),
    sizes,
  );
}

const zeroOf = ({ zero }: Dequantized): Node | undefined => zero && narrowed(zero);

/** Its integers in bytes, where they are of no more; those of fewer bits only if that is done ahead. */
function bytesOf({ q, zero, ...rest }: Dequantized): Dequantized | null {
  const { bits, signed, float } = dtypes[q.dtype];
  if (float || bits > 8 || q.dtype === "bool" || (bits < 8 && !isConstant(q))) return null;
  const dtype: DType = signed ? "int8" : "uint8";
  return { ...rest, q: cast(q, dtype), zero: zero && expand(cast(narrowed(zero), dtype), zero.shape) };
}

function product(node: Node): Node {
  const rank = node.shape.length;
  const [a, b] = node.inputs.map((x) => dequantized(x));
  if (b === null || b === undefined) return node;
  const [left, right] = [a && bytesOf(a), bytesOf(b)];
  const outer = node.shape.map((_, i) => i).slice(0, -2);
  const rows = [...outer, rank - 2];
  const columns = [...outer, rank - 1];
  const apart = (x: Dequantized, axes: readonly number[]): boolean =>
    variesOnlyAlong(x.scale, axes) && variesOnlyAlong(x.zero, axes);
  if (left && right && apart(left, rows) && apart(right, columns)) {
    const sums = matmulInteger(left.q, right.q, zeroOf(left), zeroOf(right));
    return mul(cast(sums, "float32"), mul(narrowed(left.scale), narrowed(right.scale)));
  }
  return (a === null && packedProduct(node.inputs[0] as Node, b)) || node;
}

/** Constant weights [k, n] of whole numbers stay packed, in blocks along k as they are scaled. */
function packedProduct(a: Node, { q, scale, zero, block }: Dequantized): Node | null {
  const { float, bits, signed } = dtypes[q.dtype];
  const constants = [q, scale, ...(zero === undefined ? [] : [zero])].every(isConstant);
  if (!constants || float || bits > 8 || q.dtype === "bool" || q.shape.length !== 2) return null;
  const [k, n] = q.shape as [number, number];
  if (block === null ? !(variesOnlyAlong(scale, [1]) && variesOnlyAlong(zero, [1])) : block.axis !== 0) return null;
  const length = block?.length ?? blockFor(k);
  if (length < 16 || (length & (length - 1)) !== 0) return null;
  const blocks = Math.ceil(k / length);
  const middle = signed ? 2 ** (bits - 1) : 0;
  /** Numbers [k, n] counted from the least, as [n, k]. */
  const counted = (x: Node): Node => {
    const whole = cast(transpose(x), "int32");
    return add(whole, num(middle, whole));
  };
  const firsts = (x: Node): Node => slice(x, [0, 0], [blocks, n], [length, 1]);
  const numbers = pad(counted(q), [0, 0], [0, blocks * length - k]);
  const packed = reshape(packBits(cast(numbers, "uint8"), bits), [n, blocks, -1]);
  // Where there are no zero points 0 stands in the middle of numbers with signs, as it does without any in the product.
  const none = signed ? null : expand(num(0, scale), [n, blocks]);
  const zeros = zero === undefined ? none : cast(counted(firsts(zero)), "float32");
  return matmulNBits(a, packed, transpose(firsts(scale)), zeros, { bits, block: length });
}

/** The longest block that fills k, or a short one. */
function blockFor(k: number): number {
  let block = 1024;
  while (block > 32 && k % block !== 0) block /= 2;
  return block;
}

function convolution(node: Node): Node {
  const [image, weights] = node.inputs.map((input) => dequantized(input));
  const [x, w] = [image && bytesOf(image), weights && bytesOf(weights)];
  const options = node.attrs as unknown as Conv2dOptions;
  // One channel a group is for the float kernel, which does without packing.
  if (!x || !w || (options.groups > 1 && w.q.shape[1] === 1)) return node;
  const single = variesOnlyAlong(x.scale, []) && variesOnlyAlong(x.zero, []);
  if (!single || !variesOnlyAlong(w.scale, [0]) || !variesOnlyAlong(w.zero, [0])) return node;
  const along = (v: Node): Node => reshape(narrowed(v), [-1]);
  const sums = conv2dInteger(x.q, w.q, zeroOf(x), w.zero && along(w.zero), options);
  const scale = mul(reshape(narrowed(x.scale), []), reshape(along(w.scale), [-1, 1, 1]));
  return mul(cast(sums, "float32"), scale);
}

/** Quantising what was just dequantised by the same numbers. */
function inverse(node: Node): Node {
  const [x, scale, zero] = node.inputs as readonly [Node, Node, Node | undefined];
  const inner = dequantized(x);
  if (inner === null || inner.q.dtype !== node.dtype) return node;
  const same = (a: Node | undefined, b: Node | undefined): boolean =>
    a === b ||
    (a !== undefined && b !== undefined && viewed(a) === viewed(b) && variesOnlyAlong(a, []) && variesOnlyAlong(b, []));
  return same(inner.scale, scale) && same(inner.zero, zero) ? inner.q : node;
}

const rules: { readonly [op: string]: (node: Node) => Node } = {
  matmul: product,
  conv2d: convolution,
  quantize: inverse,
};

export function multiplyQuantized(roots: readonly Node[]): Node[] {
  return rewrite(roots, (node) => rules[node.op.name]?.(node) ?? node);
}

export const quantizedPasses: ModelPasses = { name: "quantize", written: [multiplyQuantized] };
