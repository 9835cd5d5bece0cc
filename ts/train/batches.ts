/** What training reads: batches of x and y, from a loader or anything else that can be looped over. */
import { DTypeError } from "../core/errors.ts";
import type { Destination } from "../device/device.ts";
import { evaluate, settleNode } from "../execution/running.ts";
import type { Node } from "../graph/node.ts";
import { Tensor } from "../tensor/tensor.ts";

/** Inputs and what should come out. */
export type BatchPair = NamedPair | readonly [x: Tensor, y: Tensor];

/** Inputs and targets by name. */
export interface NamedPair {
  /** Inputs, the first axis the samples. */
  readonly x: Tensor;
  /** What should come out of them. */
  readonly y: Tensor;
}

/** Batches, once for every loop over them. */
export type Batches<B = BatchPair> = AsyncIterable<B> | Iterable<B>;

/** A loss: a function of output and target, or a module of both. */
export type LossLike = ((output: Tensor, target: Tensor) => Tensor) | LossModule;

/** A module that compares. */
export interface LossModule {
  /** One number for the output and the target of a batch, as a lazy tensor. */
  forward(output: Tensor, target: Tensor): Tensor;
}

export function lossOf(loss: LossLike): (output: Tensor, target: Tensor) => Tensor {
  return typeof loss === "function" ? loss : (output, target) => loss.forward(output, target);
}

/** Batches of a pass, where the data knows. */
export function countOf(data: Batches<unknown>): number | null {
  const { length } = data as { length?: unknown };
  return typeof length === "number" ? length : null;
}

/** Throws unless the data can be looped over. */
export function checkBatches(op: string, data: unknown): void {
  const loops = (data ?? {}) as { [Symbol.iterator]?: unknown; [Symbol.asyncIterator]?: unknown };
  if (typeof loops[Symbol.iterator] === "function" || typeof loops[Symbol.asyncIterator] === "function") return;
  throw new DTypeError(`${op}: cannot loop over ${describe(data)}: wanted batches, see data.DataLoader`);
}

export function inputOf(op: string, batch: unknown): Tensor {
  const x = batch instanceof Tensor ? batch : Array.isArray(batch) ? batch[0] : (batch as { x?: unknown } | null)?.x;
  if (x instanceof Tensor) return x;
  throw new DTypeError(`${op}: cannot use a batch: x is ${describe(x)}, wanted a tensor, see data.DataLoader`);
}

export function targetOf(op: string, batch: unknown): Tensor {
  const y = Array.isArray(batch) ? batch[1] : (batch as { y?: unknown } | null)?.y;
  if (y instanceof Tensor) return y;
  throw new DTypeError(`${op}: cannot use a batch: y is ${describe(y)}, wanted a tensor, see data.DataLoader`);
}

const describe = (value: unknown): string => (value === null ? "null" : typeof value);

/** Samples of a batch. */
export const samplesOf = (x: Tensor): number => x.shape[0] ?? 1;

/** Computes tensors of one element together and gives their values. */
export async function numbersOf(tensors: readonly Tensor[]): Promise<number[]> {
  const open = [...new Set(tensors.map((t) => t.node))].filter((node) => node.source === null);
  await computeOnHost(open);
  return Promise.all(tensors.map((t) => t.item()));
}

/** Computes nodes together and brings them to the host. */
export async function computeOnHost(open: readonly Node[]): Promise<void> {
  if (open.length === 0) return;
  const roots = open.map((node) => ({ node }));
  const values = await evaluate(
    roots,
    roots.map((): Destination => "host"),
  );
  for (const [i, node] of open.entries()) settleNode(node, values[i] ?? null);
}

/** Means of figures over batches of different sizes. */
export class Means {
  readonly #totals: number[];
  /** Samples so far. */
  samples = 0;

  constructor(figures: number) {
    this.#totals = new Array<number>(figures).fill(0);
  }

  add(figures: readonly number[], samples: number): void {
    this.samples += samples;
    for (let i = 0; i < this.#totals.length; i++)
      this.#totals[i] = (this.#totals[i] as number) + (figures[i] as number) * samples;
  }

  get values(): number[] {
    return this.#totals.map((total) => total / this.samples);
  }
}
