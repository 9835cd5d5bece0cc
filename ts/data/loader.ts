/** Batches of a dataset, in order or shuffled anew for every pass. */
import { type DType, dtypeOfArray, dtypes, type TypedArray } from "../core/dtype.ts";
import { DTypeError, ShapeError } from "../core/errors.ts";
import { type Key, shuffle } from "../core/random.ts";
import { formatShape, type Shape, sameShape } from "../core/shape.ts";
import { adopt, type Tensor } from "../tensor/tensor.ts";
import { type BatchOf, type Dataset, keysOf } from "./dataset.ts";

/** How batches are made. */
export interface DataLoaderOptions<T> {
  /** Items a batch; default 1. The last batch holds what is left. */
  readonly batchSize?: number;
  /** Whether every pass takes its own order; default false. */
  readonly shuffle?: boolean;
  /** Decides the orders; without it the default generator does, see `manualSeed`. */
  readonly seed?: number;
  /** Leaves out a last batch that is not full; default false. */
  readonly dropLast?: boolean;
  /** Applied to every batch, as part of the graph: casts, scaling, augmentation. */
  readonly transform?: (batch: BatchOf<T>) => BatchOf<T>;
}

/** What a dataset without `batch` gives for each name of an item. */
type Part = number | TypedArray | { readonly data: TypedArray; readonly shape: Shape };

/**
 * Batches `{ x, y }` of tensors for `for await` (and `for`, where items come without promises). Every loop is a new pass.
 * Throws {@link ShapeError} for an empty dataset, `RangeError` for a batch size below 1.
 *
 * @example
 * const dataset = data.arrayDataset({ x: [[0, 0], [0, 1], [1, 0], [1, 1]], y: Int32Array.of(0, 1, 1, 0) });
 * const model = new nn.Linear(2, 2);
 * const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
 * const train = new data.DataLoader(dataset, { batchSize: 2, shuffle: true, seed: 1 });
 * for await (const { x, y } of train) await optimizer.step(nn.crossEntropy(model.forward(x), y));
 */
export class DataLoader<T> {
  /** Where the items come from. */
  readonly dataset: Dataset<T>;
  /** Items a batch. */
  readonly batchSize: number;
  readonly #options: DataLoaderOptions<T>;
  readonly #keys: { next(): Key };

  constructor(dataset: Dataset<T>, options: DataLoaderOptions<T> = {}) {
    const { batchSize = 1, dropLast = false } = options;
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new RangeError(`DataLoader: cannot make batches of ${batchSize}: wanted an integer of at least 1`);
    }
    if (dataset.length === 0) throw new ShapeError("DataLoader: cannot load an empty dataset: wanted at least 1 item");
    if (dropLast && dataset.length < batchSize) {
      throw new ShapeError(
        `DataLoader: cannot make batches of ${batchSize} from ${dataset.length} items: dropLast leaves none`,
      );
    }
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.#options = options;
    this.#keys = keysOf(options.seed);
  }

  /** Batches a pass. */
  get length(): number {
    const batches = this.dataset.length / this.batchSize;
    return this.#options.dropLast === true ? Math.floor(batches) : Math.ceil(batches);
  }

  /** A pass over the data, batch by batch. */
  async *[Symbol.asyncIterator](): AsyncGenerator<BatchOf<T>> {
    for (const indices of this.#pass()) {
      const ready = this.#ready(indices);
      yield ready ?? this.#finish(stack(await Promise.all(Array.from(indices, (i) => this.dataset.get(i)))));
    }
  }

  /** A pass over the data without waiting. Throws {@link DTypeError} where items come as promises. */
  *[Symbol.iterator](): Generator<BatchOf<T>> {
    for (const indices of this.#pass()) {
      const ready = this.#ready(indices);
      yield ready ?? this.#finish(stack(Array.from(indices, (i) => this.dataset.get(i))));
    }
  }

  /** The items' numbers, batch by batch. */
  *#pass(): Generator<Int32Array> {
    const { length } = this.dataset;
    const shuffled = this.#options.shuffle === true;
    const order = shuffled ? shuffle(length, this.#keys.next()) : Int32Array.from({ length }, (_, i) => i);
    for (let i = 0; i < this.length; i++) yield order.subarray(i * this.batchSize, (i + 1) * this.batchSize);
  }

  #ready(indices: Int32Array): BatchOf<T> | null {
    return this.dataset.batch === undefined ? null : this.#finish(this.dataset.batch(indices));
  }

  #finish(batch: BatchOf<T>): BatchOf<T> {
    return this.#options.transform === undefined ? batch : this.#options.transform(batch);
  }
}

/** One tensor for every name, the items along a new first axis. Numbers become float32. */
function stack<T>(items: readonly (T | Promise<T>)[]): BatchOf<T> {
  const records = items.map((item) => {
    if (item instanceof Promise) {
      throw new DTypeError("DataLoader: cannot loop at once over items that come as promises: wanted for await");
    }
    if (typeof item !== "object" || item === null) {
      throw new DTypeError(`DataLoader: cannot stack ${typeof item}: wanted items such as { x, y }`);
    }
    return item as Readonly<Record<string, Part>>;
  });
  const names = Object.keys(records[0] as object);
  return Object.fromEntries(
    names.map((name) => [
      name,
      stackNamed(
        name,
        records.map((record) => record[name]),
      ),
    ]),
  ) as BatchOf<T>;
}

function stackNamed(name: string, parts: readonly (Part | undefined)[]): Tensor {
  const [first] = parts;
  if (typeof first === "number") {
    if (parts.every((part) => typeof part === "number"))
      return adopt(Float32Array.from(parts), [parts.length], "float32");
    throw new DTypeError(`DataLoader: cannot stack ${name}: some items hold numbers and some do not`);
  }
  const fields = parts.map((part) => partOf(name, part));
  const { data, shape } = fields[0] as { data: TypedArray; shape: Shape };
  const dtype = dtypeOfArray(data) as DType;
  const values = new dtypes[dtype].array(data.length * parts.length);
  fields.forEach((field, i) => {
    if (!sameShape(field.shape, shape) || field.data.constructor !== data.constructor) {
      throw new ShapeError(
        `DataLoader: cannot stack ${name}: item 0 is ${formatShape(shape)} and item ${i} ${formatShape(field.shape)}, wanted one shape and type`,
      );
    }
    values.set(field.data, i * data.length);
  });
  return adopt(values, [parts.length, ...shape], dtype);
}

function partOf(name: string, part: Part | undefined): { data: TypedArray; shape: Shape } {
  const field = ArrayBuffer.isView(part) ? { data: part, shape: [part.length] } : part;
  const { data } = (field ?? {}) as { data?: unknown };
  const dtype = dtypeOfArray(data);
  if (dtype !== undefined && data instanceof dtypes[dtype].array) {
    return field as { data: TypedArray; shape: Shape };
  }
  throw new DTypeError(
    `DataLoader: cannot stack ${name}: wanted a number, a typed array or { data, shape } in every item`,
  );
}
