/** Tensors without given values: constants, ranges, random numbers, joins. */
import { checkDType, type DType } from "../core/dtype.ts";
import { ShapeError } from "../core/errors.ts";
import { generator, type Key } from "../core/random.ts";
import { checkShape, type Shape } from "../core/shape.ts";
import type { Node } from "../graph/node.ts";
import { expand } from "../ops/broadcast.ts";
import { add, cast, eq, mul, where as whereOp } from "../ops/elementwise.ts";
import { oneHot as oneHotOp } from "../ops/gather.ts";
import { iota } from "../ops/iota.ts";
import { constant } from "../ops/leaf.ts";
import { concat as concatOp, reshape } from "../ops/movement.ts";
import * as random from "../ops/random.ts";
import { numberNode, type Operand } from "./handle.ts";
import { residentLeaf, Tensor } from "./tensor.ts";

/** What a new tensor is like. */
export interface CreateOptions {
  /** Element type. */
  readonly dtype?: DType;
  /** Whether `backward` collects its gradient; only floats have one. */
  readonly requiresGrad?: boolean;
}

/** What new random numbers are like. */
export interface RandomOptions {
  /** The key of the stream; by default the next of the default generator, see `manualSeed`. */
  readonly key?: Key;
  /** Whether `backward` collects its gradient. */
  readonly requiresGrad?: boolean;
}

/** A shape, or the size of the one axis. */
export type ShapeLike = Shape | number;

/** A shape as one list (or one size) with options, or its sizes one by one. */
export type ShapeArgs<O> = readonly [shape: ShapeLike, options?: O] | readonly number[];

function dtypeOf(op: string, { dtype = "float32" }: CreateOptions): DType {
  checkDType(op, dtype);
  return dtype;
}

const listOf = (shape: ShapeLike): Shape => (typeof shape === "number" ? [shape] : shape);

function read<O extends object>(args: ShapeArgs<O>): { shape: Shape; options: Partial<O> } {
  if (args.every((arg) => typeof arg === "number")) return { shape: args as readonly number[], options: {} };
  const [shape, options = {}] = args as readonly [ShapeLike, O?];
  return { shape: listOf(shape), options };
}

function made(node: Node, requiresGrad: boolean | undefined): Tensor {
  return new Tensor(requiresGrad === true ? residentLeaf(node, true) : node);
}

function filled(op: string, shape: Shape, value: Node, options: CreateOptions): Tensor {
  checkShape(op, shape);
  return made(expand(value, shape), options.requiresGrad);
}

/**
 * Zeros; float32 unless `dtype` says otherwise.
 *
 * @example
 * await zeros([2, 3]).array(); // [[0, 0, 0], [0, 0, 0]]
 */
export function zeros(...args: ShapeArgs<CreateOptions>): Tensor {
  const { shape, options } = read(args);
  return filled("zeros", shape, constant(0, dtypeOf("zeros", options)), options);
}

/**
 * Ones; float32 unless `dtype` says otherwise.
 *
 * @example
 * await ones([2, 2], { dtype: "int32" }).array(); // [[1, 1], [1, 1]]
 */
export function ones(...args: ShapeArgs<CreateOptions>): Tensor {
  const { shape, options } = read(args);
  return filled("ones", shape, constant(1, dtypeOf("ones", options)), options);
}

/**
 * One value everywhere; float32 unless `dtype` says otherwise.
 *
 * @example
 * await full([2, 2], 0.5).array(); // [[0.5, 0.5], [0.5, 0.5]]
 */
export function full(shape: ShapeLike, value: number, options: CreateOptions = {}): Tensor {
  const dtype = dtypeOf("full", options);
  return filled("full", listOf(shape), cast(numberNode(value, dtype), dtype), options);
}

/**
 * The identity matrix of n rows and m (n when absent) columns.
 *
 * @example
 * await eye(2, 3).array(); // [[1, 0, 0], [0, 1, 0]]
 */
export function eye(n: number, m: number = n, options: CreateOptions = {}): Tensor {
  checkShape("eye", [n, m]);
  const rows = reshape(iota(n, 0, 1, "int32"), [n, 1]);
  return made(cast(eq(rows, iota(m, 0, 1, "int32")), dtypeOf("eye", options)), options.requiresGrad);
}

/**
 * `start`, `start + step`, … below `end`; with one argument from 0. int32 where all numbers are integers (int64 where they
 * are too large for it), else float32.
 * Throws {@link ShapeError} for a step of 0 and numbers that are not finite.
 *
 * @example
 * await arange(4).array(); // [0, 1, 2, 3]
 * await arange(5, 0, -2).array(); // [5, 3, 1]
 */
export function arange(start: number, end?: number, step = 1, options: CreateOptions = {}): Tensor {
  const [from, to] = end === undefined ? [0, start] : [start, end];
  if (!Number.isFinite(from) || !Number.isFinite(to) || !Number.isFinite(step) || step === 0) {
    throw new ShapeError(
      `arange: cannot count from ${from} to ${to} by ${step}: wanted finite numbers and a step other than 0`,
    );
  }
  const size = Math.max(0, Math.ceil((to - from) / step));
  checkShape("arange", [size]);
  const whole = [from, to, step].every(Number.isInteger);
  const natural = !whole ? "float32" : Math.max(Math.abs(from), Math.abs(to)) < 2 ** 31 ? "int32" : "int64";
  const dtype = dtypeOf("arange", { dtype: options.dtype ?? natural });
  return made(iota(size, from, step, dtype), options.requiresGrad);
}

/**
 * `count` numbers from `start` to `end`, both included.
 *
 * @example
 * await linspace(0, 1, 5).array(); // [0, 0.25, 0.5, 0.75, 1]
 */
export function linspace(start: number, end: number, count: number, options: CreateOptions = {}): Tensor {
  checkShape("linspace", [count]);
  const step = count > 1 ? (end - start) / (count - 1) : 0;
  const index = cast(iota(count, 0, 1, "int32"), "float32");
  return made(add(mul(index, constant(step, "float32")), constant(start, "float32")), options.requiresGrad);
}

/**
 * Uniform in [0, 1), float32, in steps of 2^-24: the same bits on every device.
 *
 * @example
 * manualSeed(7);
 * const x = rand([2, 3]);
 * await x.ge(0).logicalAnd(x.lt(1)).all().array(); // true
 */
export function rand(...args: ShapeArgs<RandomOptions>): Tensor {
  const { shape, options } = read(args);
  checkShape("rand", shape);
  return made(random.rand(options.key ?? generator.next(), shape), options.requiresGrad);
}

/**
 * Standard normal, float32; Box, Muller 1958.
 *
 * @example
 * const noise = randn([64, 10]).mul(0.1);
 * noise.shape; // [64, 10]
 */
export function randn(...args: ShapeArgs<RandomOptions>): Tensor {
  const { shape, options } = read(args);
  checkShape("randn", shape);
  return made(random.randn(options.key ?? generator.next(), shape), options.requiresGrad);
}

/**
 * Joins tensors along an axis. Throws {@link ShapeError} where other sizes differ.
 *
 * @example
 * await concat([tensor([[1, 2]]), tensor([[3, 4]])]).array(); // [[1, 2], [3, 4]]
 */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  return new Tensor(
    concatOp(
      tensors.map((t) => t.node),
      axis,
    ),
  );
}

/**
 * Joins tensors along a new axis. Throws {@link ShapeError} where shapes differ.
 *
 * @example
 * await stack([tensor([1, 2]), tensor([3, 4])], 1).array(); // [[1, 3], [2, 4]]
 */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  return concat(
    tensors.map((t) => t.unsqueeze(axis)),
    axis,
  );
}

/**
 * `a` where `condition` is true (not 0), else `b`; all three broadcast.
 *
 * @example
 * const x = tensor([-1, 2]);
 * await where(x.gt(0), x, 0).array(); // [0, 2]
 */
export function where(condition: Tensor, a: Operand<Tensor>, b: Operand<Tensor>): Tensor {
  const beside = a instanceof Tensor ? a.dtype : b instanceof Tensor ? b.dtype : "float32";
  const node = (value: Operand<Tensor>) => (value instanceof Tensor ? value.node : numberNode(value, beside));
  return new Tensor(whereOp(condition.node, node(a), node(b)));
}

/**
 * 1 at the class of each index along a new last axis, else 0; float32.
 * Throws {@link ShapeError} for a class out of range.
 *
 * @example
 * await oneHot(tensor([1, 0], { dtype: "int32" }), 3).array(); // [[0, 1, 0], [1, 0, 0]]
 */
export function oneHot(index: Tensor, classes: number): Tensor {
  return new Tensor(oneHotOp(index.node, classes));
}
