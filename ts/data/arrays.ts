/** A dataset over typed arrays, which stay as they are in memory: uint8 images remain bytes until the graph casts them. */
import { type DType, dtypeOfArray, dtypes, type TypedArray } from "../core/dtype.ts";
import { DTypeError, ShapeError } from "../core/errors.ts";
import { formatShape, type Shape, sizeOf } from "../core/shape.ts";
import { adopt, type Nested, Tensor, tensor } from "../tensor/tensor.ts";
import type { BatchOf, Dataset } from "./dataset.ts";

/** Values of one name, first axis the items. An idx array is one. */
export interface ArrayField {
  /** The values of all items in row-major order. */
  readonly data: TypedArray;
  /** Of all items: [n, …]. By default [n]. */
  readonly shape?: Shape;
  /** By default the array's own. */
  readonly dtype?: DType;
  /** In the graph, values become float32 and are multiplied by this. */
  readonly scale?: number;
  /** In the graph, added after `scale`. */
  readonly shift?: number;
}

/** What a field can be made of; lists become float32. */
export type ArraySource = ArrayField | TypedArray | readonly Nested[] | Tensor;

/** The values of one name of an item. */
export interface ItemPart {
  /** Values in row-major order. */
  readonly data: TypedArray;
  /** Sizes, outermost first. */
  readonly shape: Shape;
}

/** One item: views on the arrays. */
export type ArrayItem<K extends string> = Readonly<Record<K, ItemPart>>;

interface Column extends ArrayField {
  readonly shape: Shape;
  readonly dtype: DType;
  /** Elements an item. */
  readonly width: number;
}

/**
 * Items from arrays of one length, by name.
 *
 * @example
 * const pixels = new Uint8Array(100 * 784);
 * const images = { data: pixels, shape: [100, 1, 28, 28], scale: 1 / 255 };
 * new data.TensorDataset({ x: images, y: new Uint8Array(100) }).length; // 100
 * new data.TensorDataset(tensor([[0, 0], [0, 1]]), tensor([0, 1], { dtype: "int32" })).length; // 2
 */
export class TensorDataset<K extends string = "x" | "y"> implements Dataset<ArrayItem<K>> {
  /** Number of items. */
  readonly length: number;
  readonly #columns: readonly (readonly [K, Column])[];

  /** Fields by name; two sources are x and y. */
  constructor(
    ...given: readonly [fields: Readonly<Record<K, ArraySource>>] | readonly [x: ArraySource, y: ArraySource]
  ) {
    const fields = (given.length === 2 ? { x: given[0], y: given[1] } : given[0]) as Readonly<Record<K, ArraySource>>;
    const names = Object.keys(fields) as K[];
    if (names.length === 0)
      throw new ShapeError("dataset: cannot hold nothing: wanted at least one field, as { x, y }");
    this.#columns = names.map((name) => [name, columnOf(name, fields[name])]);
    const [first, column] = this.#columns[0] as readonly [K, Column];
    this.length = column.shape[0] as number;
    for (const [name, { shape }] of this.#columns) {
      if (shape[0] !== this.length) {
        throw new ShapeError(
          `dataset: cannot pair ${first} with ${name}: ${first} has ${this.length} items and ${name} ${shape[0]}`,
        );
      }
    }
  }

  /** One item: views on the arrays. */
  get(index: number): ArrayItem<K> {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new ShapeError(`dataset: cannot get item ${index}: wanted 0 to ${this.length - 1}`);
    }
    const item = this.#columns.map(([name, { data, shape, width }]) => {
      return [name, { data: data.subarray(index * width, (index + 1) * width), shape: shape.slice(1) }];
    });
    return Object.fromEntries(item) as ArrayItem<K>;
  }

  /** The items as one batch; a run of neighbours is not copied. */
  batch(indices: Int32Array): BatchOf<ArrayItem<K>> {
    const batch = this.#columns.map(([name, column]) => [name, collect(column, indices)]);
    return Object.fromEntries(batch) as BatchOf<ArrayItem<K>>;
  }
}

/**
 * {@link TensorDataset} as a function.
 *
 * @example
 * const dataset = data.arrayDataset({ x: [[0, 0], [0, 1], [1, 0], [1, 1]], y: Int32Array.of(0, 1, 1, 0) });
 * dataset.length; // 4
 */
export function arrayDataset<K extends string>(fields: Readonly<Record<K, ArraySource>>): TensorDataset<K> {
  return new TensorDataset(fields);
}

function columnOf(name: string, source: ArraySource): Column {
  const field = fieldOf(name, source);
  const { data } = field;
  const own = dtypeOf(name, data);
  const { shape = [data.length], dtype = own } = field;
  if (shape.length === 0 || sizeOf(shape) !== data.length) {
    throw new ShapeError(
      `dataset: cannot shape ${data.length} values of ${name} as ${formatShape(shape)}: it holds ${sizeOf(shape)}`,
    );
  }
  if (!(data instanceof dtypes[dtype].array)) {
    throw new DTypeError(`dataset: cannot read ${data.constructor.name} of ${name} as ${dtype}`);
  }
  return { ...field, shape, dtype, width: sizeOf(shape.slice(1)) };
}

function fieldOf(name: string, source: ArraySource): ArrayField {
  if (ArrayBuffer.isView(source)) return { data: source };
  const given = Array.isArray(source) ? tensor(source as Nested) : source;
  if (!(given instanceof Tensor)) return given as ArrayField;
  const host = given.node.source?.host;
  if (host === null || host === undefined || typeof host === "number") {
    throw new DTypeError(
      `dataset: cannot hold tensor ${name}: the host has no array of its values, wanted a typed array, see data()`,
    );
  }
  return { data: host, shape: given.shape, dtype: given.dtype };
}

function dtypeOf(name: string, data: unknown): DType {
  const dtype = dtypeOfArray(data);
  if (dtype !== undefined) return dtype;
  throw new DTypeError(`dataset: cannot hold ${name}: wanted a typed array, lists or { data, shape }`);
}

function collect({ data, shape, dtype, width, scale, shift }: Column, indices: Int32Array): Tensor {
  const first = indices[0] ?? 0;
  let values: TypedArray;
  if (indices.every((index, i) => index === first + i)) {
    values = data.subarray(first * width, (first + indices.length) * width);
  } else {
    values = new dtypes[dtype].array(indices.length * width);
    indices.forEach((index, i) => {
      values.set(data.subarray(index * width, (index + 1) * width), i * width);
    });
  }
  let batch = adopt(values, [indices.length, ...shape.slice(1)], dtype);
  if (scale !== undefined || shift !== undefined) batch = batch.to("float32");
  if (scale !== undefined) batch = batch.mul(scale);
  return shift === undefined ? batch : batch.add(shift);
}
