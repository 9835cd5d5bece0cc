/** Tensors: lazy handles on a graph, and the values behind them. */
import { gradients } from "../autograd/gradients.ts";
import { type BigIntArray, checkDType, type DType, dtypeOfArray, dtypes, type TypedArray } from "../core/dtype.ts";
import { DTypeError, ShapeError } from "../core/errors.ts";
import { checkShape, formatShape, type Shape, sameShape, sizeOf } from "../core/shape.ts";
import { isSmallFloat } from "../core/small-float.ts";
import { load, store } from "../core/storage.ts";
import type { Destination, DeviceBuffer } from "../device/device.ts";
import { currentDevice, download, evaluate, evaluateNow, settleNode } from "../execution/running.ts";
import { makeFirst, makeSource, type Node } from "../graph/node.ts";
import { hostLeaf, leaf } from "../ops/leaf.ts";
import { detach } from "../ops/movement.ts";
import { Reduction } from "./reduction.ts";

/** Longest chain of lazy operations; one that grows past it is computed and cut. */
const depthLimit = 1024;

/** Nested lists of numbers or booleans, all rows of one length. */
export type Nested = number | boolean | bigint | readonly Nested[];

/** What {@link tensor} makes of values. */
export interface TensorOptions {
  /** Sizes, outermost first; by default those of the lists, or one axis for an array. */
  readonly shape?: Shape;
  /** Element type; by default what the values are. */
  readonly dtype?: DType;
  /** Whether `backward` collects its gradient; only floats have one. */
  readonly requiresGrad?: boolean;
}

/** Leaves that collect gradients, by the node that stands for them. */
const owners = new WeakMap<Node, Tensor>();

/**
 * An immutable multi-dimensional array. Operations build a graph and check shapes and dtypes at once; numbers are computed
 * when they are asked for.
 *
 * @example
 * const x = tensor([[1, 2], [3, 4]]);
 * await x.matmul(x).add(1).array(); // [[8, 11], [16, 23]]
 */
export class Tensor extends Reduction<Tensor> {
  #node: Node;
  /** Sum of the gradients that `backward` has brought; null before. */
  grad: Tensor | null = null;

  /** @internal */
  constructor(node: Node) {
    super();
    this.#node = node;
    if (node.requiresGrad && node.inputs.length === 0) owners.set(node, this);
    if (node.depth > depthLimit) cut(node);
  }

  /** @internal */
  override get node(): Node {
    return this.#node;
  }

  /** @internal */
  protected override wrap(node: Node): Tensor {
    return new Tensor(node);
  }

  /** Stands for another node from now on; see {@link Parameter}. @internal */
  protected replace(node: Node): void {
    this.#node = node;
    if (node.requiresGrad && node.inputs.length === 0) owners.set(node, this);
  }

  /** Whether gradients flow to or through this tensor. */
  get requiresGrad(): boolean {
    return this.#node.requiresGrad;
  }

  /**
   * The same value, through which no gradient flows.
   *
   * @example
   * const f = (x: Tensor): Tensor => x.mul(x.detach()).sum();
   * await grad(f)(tensor([3])).array(); // [3]
   */
  detach(): Tensor {
    return new Tensor(detach(this.node));
  }

  /**
   * The values in row-major order, in the typed array of the dtype: bool as Uint8Array, int64 as BigInt64Array, float16 as
   * Float16Array where the engine has one, and the bits of other floats of 16 bits and less.
   *
   * @example
   * await tensor([[1, 2]]).mul(2).data(); // [2, 4]
   * await tensor([1, 2], { dtype: "int64" }).data<BigInt64Array>(); // [1n, 2n]
   */
  data(): Promise<TypedArray>;
  data<A extends TypedArray | BigIntArray>(): Promise<A>;
  async data(): Promise<TypedArray> {
    return withArray(this.dtype, await storedValues(this));
  }

  /**
   * The values as nested lists of numbers; bool as booleans. Throws {@link DTypeError} for a 64-bit integer that is no safe
   * number, which only `data` can give.
   *
   * @example
   * await tensor([[1, 2], [3, 4]]).gt(2).array(); // [[false, false], [true, true]]
   */
  async array(): Promise<Nested> {
    return nest(numbersOf("array", this.dtype, await storedValues(this)), this.shape, this.dtype === "bool");
  }

  /**
   * The one value of a tensor of one element. Throws {@link ShapeError} for any other, and {@link DTypeError} for a 64-bit
   * integer that is no safe number.
   *
   * @example
   * await tensor([1, 2, 3]).mean().item(); // 2
   */
  async item(): Promise<number> {
    if (this.size !== 1) {
      throw new ShapeError(`item: cannot take one value of ${formatShape(this.shape)}: it has ${this.size}, wanted 1`);
    }
    return numbersOf("item", this.dtype, await storedValues(this))[0] as number;
  }

  /**
   * Adds the gradients of this tensor (one element, or weighted by `gradient`) to `grad` of every leaf that wants them.
   *
   * @example
   * const w = tensor([1, 2], { requiresGrad: true });
   * w.mul(w).sum().backward();
   * await w.grad?.array(); // [2, 4]
   */
  backward(gradient?: Tensor): void {
    if (!this.requiresGrad) {
      throw new DTypeError("backward: cannot differentiate: no tensor it was computed from has requiresGrad");
    }
    const leaves = wantingLeaves(this.#node);
    const found = gradients(this.#node, leaves, gradient?.node);
    leaves.forEach((node, i) => {
      const owner = owners.get(node);
      if (owner === undefined) return;
      const own = new Tensor(found[i] as Node);
      owner.grad = owner.grad === null ? own : owner.grad.add(own);
    });
  }

  /** Gives back the device memory of a realised tensor now rather than when it is collected. */
  [Symbol.dispose](): void {
    const { source } = this.#node;
    const buffer = source?.buffer as DeviceBuffer | null | undefined;
    if (source === null || !buffer) return;
    buffer.device.free(buffer);
    source.buffer = null;
    source.stale = "tensor: cannot read a tensor: it was disposed";
  }

  override toString(): string {
    return `Tensor(${formatShape(this.shape)}, ${this.dtype})`;
  }
}

/**
 * Computes several tensors together and keeps them on the device; each becomes a leaf, so nothing is computed again.
 *
 * @example
 * const x = tensor([1, 2, 4]);
 * const [a, b] = await realize(x.exp(), x.log());
 */
export async function realize(...tensors: Tensor[]): Promise<Tensor[]> {
  const odd = tensors.find((t) => !(t instanceof Tensor));
  if (odd !== undefined) throw new DTypeError(`realize: cannot compute ${typeof odd}: wanted tensors, one by one`);
  const open = tensors.map((t) => t.node).filter((node, i, all) => node.source === null && all.indexOf(node) === i);
  if (open.length > 0) {
    const values = await evaluate(
      open.map((node) => ({ node })),
      open.map((): Destination => "device"),
    );
    open.forEach((node, i) => {
      settleNode(node, values[i] ?? null);
    });
  }
  for (const { node } of tensors) if (node.source !== null && node.source.pending !== null) await evaluateLeaf(node);
  return tensors;
}

/** A copy of a tensor's values as its dtype stores them. */
export async function storedValues({ node }: Tensor): Promise<TypedArray> {
  if (node.source === null) {
    const [value] = evaluateNow([{ node }], ["host"]) ?? (await evaluate([{ node }], ["host"]));
    if (node.source === null) settleNode(node, value as TypedArray);
    return (value as TypedArray).slice();
  }
  if (node.source.pending !== null) await evaluateLeaf(node);
  const value = await download(node);
  return typeof value === "number" ? store(node.dtype, [value]) : value.slice();
}

/** Runs a leaf's first value. */
async function evaluateLeaf(node: Node): Promise<void> {
  const source = node.source as NonNullable<Node["source"]>;
  makeFirst(source);
  if (source.pending === null) return;
  const [value] = await evaluate([{ node: source.pending as Node }], ["device"]);
  if (source.pending === null) return;
  source.pending = null;
  source.buffer = value;
}

/** Computes a chain that has grown too long, where the device can do so at once. */
function cut(node: Node): void {
  if (currentDevice() === null || node.requiresGrad) return;
  const values = evaluateNow([{ node }], ["device"]);
  if (values !== null) settleNode(node, values[0] ?? null);
}

/** The leaves below a node that want a gradient. */
function wantingLeaves(root: Node): Node[] {
  const found: Node[] = [];
  const seen = new Set<Node>([root]);
  for (const node of seen) {
    if (node.inputs.length === 0 && node.requiresGrad) found.push(node);
    for (const input of node.inputs) if (input.requiresGrad) seen.add(input);
  }
  return found;
}

/** The values as numbers, none of them rounded. */
function numbersOf(op: string, dtype: DType, stored: TypedArray): ArrayLike<number> {
  const values = load(dtype, stored);
  if (!dtypes[dtype].float && dtypes[dtype].bits === 64) {
    for (let i = 0; i < values.length; i++) {
      if (Number.isSafeInteger(values[i])) continue;
      throw new DTypeError(`${op}: cannot give ${stored[i]} as a number: it is beyond 2^53, wanted data()`);
    }
  }
  return values;
}

/** float16 in the engine's own array, if it has one. */
function withArray(dtype: DType, stored: TypedArray): TypedArray {
  const { Float16Array } = globalThis as { Float16Array?: new (buffer: ArrayBufferLike) => TypedArray };
  return dtype === "float16" && Float16Array !== undefined ? new Float16Array(stored.buffer) : stored;
}

function nest(data: ArrayLike<number>, shape: Shape, bool: boolean): Nested {
  let at = 0;
  const level = (axis: number): Nested => {
    if (axis === shape.length) {
      const value = data[at++] as number;
      return bool ? value !== 0 : value;
    }
    return Array.from({ length: shape[axis] as number }, () => level(axis + 1));
  };
  return level(0);
}

/**
 * A tensor of the given values: nested lists (float32, or bool for booleans, int64 for bigints) or a typed array with its
 * shape; a Float64Array becomes float32 unless `dtype` says float64. An array of another dtype is converted: floats are
 * rounded, integers keep their low bits. The bits of bfloat16 and smaller floats are taken as they are from a Uint16Array or
 * a Uint8Array. The values are copied. Throws {@link ShapeError} for ragged lists or a shape of another size.
 *
 * @example
 * tensor([[1, 2], [3, 4]]).shape; // [2, 2]
 * tensor(new Uint8Array(784), { shape: [28, 28] }).dtype; // "uint8"
 */
export function tensor(values: Nested | TypedArray | BigIntArray, options: TensorOptions = {}): Tensor {
  const flat: (number | bigint)[] = [];
  const isTyped = ArrayBuffer.isView(values);
  const natural = isTyped ? [values.length] : nestedShape(values as Nested, flat);
  const shape = options.shape ?? natural;
  checkShape("tensor", shape);
  const count = isTyped ? values.length : flat.length;
  if (sizeOf(shape) !== count) {
    throw new ShapeError(`tensor: cannot shape ${count} values as ${formatShape(shape)}: it holds ${sizeOf(shape)}`);
  }
  const dtype =
    options.dtype ?? (isTyped ? dtypeOf(values) : (listTypes[typeof firstOf(values as Nested)] ?? "float32"));
  checkDType("tensor", dtype);
  const info = dtypes[dtype];
  if (options.requiresGrad === true && !info.float) {
    throw new DTypeError(`tensor: cannot take gradients of ${dtype}: wanted a float dtype`);
  }
  const source = (isTyped ? values : flat) as ArrayLike<number>;
  const whole = info.bits === 8 * info.bytes || isSmallFloat(dtype);
  const host = isTyped && whole && source instanceof info.array ? new info.array(source) : store(dtype, source);
  return new Tensor(hostLeaf(host, shape, dtype, options.requiresGrad));
}

/** A tensor over an array that the caller will not change: no copy is made. */
export function adopt(host: TypedArray, shape: Shape, dtype: DType): Tensor {
  return new Tensor(hostLeaf(host, shape, dtype));
}

/** A tensor whose values are made by `make` when they are first needed, always the same. */
export function postponed(make: () => TypedArray, shape: Shape, dtype: DType): Tensor {
  const source = makeSource(null, null, false);
  source.pending = make;
  return new Tensor(leaf(source, shape, dtype));
}

/** A leaf that the device keeps and that starts as `first`'s value. */
export function residentLeaf(first: Node, requiresGrad: boolean): Node {
  const { source } = first;
  if (source !== null && source.host !== null && typeof source.host !== "number") {
    return leaf(makeSource(source.host, null, true), first.shape, first.dtype, requiresGrad);
  }
  const own = makeSource(null, null, true);
  own.pending = typeof source?.pending === "function" ? source.pending : first;
  return leaf(own, first.shape, first.dtype, requiresGrad);
}

/** Dtypes of lists by what they hold, other than numbers. */
const listTypes: Readonly<Record<string, DType>> = { boolean: "bool", bigint: "int64" };

function firstOf(values: Nested): unknown {
  return Array.isArray(values) ? firstOf(values[0]) : values;
}

function dtypeOf(values: ArrayBufferView): DType {
  const dtype = dtypeOfArray(values);
  if (dtype === undefined) {
    throw new DTypeError(`tensor: cannot read ${values.constructor.name}: wanted a typed array such as Float32Array`);
  }
  return dtype === "float64" ? "float32" : dtype;
}

/** Appends the values to `flat` and returns the shape. */
function nestedShape(values: Nested, flat: (number | bigint)[]): number[] {
  if (!Array.isArray(values)) {
    if (typeof values !== "number" && typeof values !== "boolean" && typeof values !== "bigint") {
      throw new DTypeError(
        `tensor: cannot read ${typeof values}: wanted numbers, booleans, nested lists or a typed array`,
      );
    }
    flat.push(typeof values === "bigint" ? values : Number(values));
    return [];
  }
  if (values.length === 0) return [0];
  const shapes = values.map((value) => nestedShape(value, flat));
  const first = shapes[0] as number[];
  const odd = shapes.findIndex((shape) => !sameShape(shape, first));
  if (odd >= 0) {
    throw new ShapeError(
      `tensor: cannot read ragged lists: row 0 has shape ${formatShape(first)} and row ${odd} ${formatShape(shapes[odd] as number[])}`,
    );
  }
  return [values.length, ...first];
}
