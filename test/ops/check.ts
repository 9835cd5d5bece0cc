/**
 * Checks one case on the device at hand: values against the oracle, gradients against central differences of the oracle in
 * float64, with the inputs stored in several ways that must not matter.
 */
import { dtypeOfArray } from "../../ts/core/dtype.ts";
import { load } from "../../ts/core/storage.ts";
import type * as Hebb from "../../ts/index.ts";
import type { Tensor } from "../../ts/index.ts";
import { type Case, close, type Input, valuesOf } from "./case.ts";
import { type Array64, array64, sizeOf } from "./oracle.ts";

/** Ways to store the same tensor. */
export const layouts = {
  contiguous: (_: typeof Hebb, x: Tensor): Tensor => x,
  /** Axes stored in the opposite order. */
  permuted: (_: typeof Hebb, x: Tensor): Tensor => {
    const back = x.shape.map((_, i) => x.rank - 1 - i);
    return stored(x.permute(back)).permute(back);
  },
  /** A window of a larger tensor, every other element. */
  sliced: (_: typeof Hebb, x: Tensor): Tensor => {
    if (x.rank === 0) return x;
    const last = x.shape[x.rank - 1] as number;
    const spread = stored(
      x
        .unsqueeze(-1)
        .expand(...x.shape, 2)
        .reshape([...x.shape.slice(0, -1), 2 * last])
        .pad([3, 1], 9),
    );
    return spread.slice(...x.shape.slice(1).map(() => null), [3, 3 + 2 * last, 2]);
  },
  /** Read backwards. */
  flipped: (_: typeof Hebb, x: Tensor): Tensor => {
    const axes = x.shape.map((_, i) => i);
    return x.rank === 0 ? x : stored(x.flip(axes)).flip(axes);
  },
} as const;

export type Layout = keyof typeof layouts;

/** A barrier for the compiler: what follows reads the value from memory. */
let stored: (x: Tensor) => Tensor = (x) => x;

export interface Failure {
  readonly what: string;
  readonly error: number;
  readonly allowed: number;
}

function tensorOf(hebb: typeof Hebb, input: Input): Tensor {
  const { shape, dtype = "float32" } = input;
  return hebb.tensor(valuesOf(input), { shape, dtype });
}

const real = ({ dtype = "float32" }: Input): boolean => dtype === "float32" || dtype === "float64";

/** What a tensor holds, as numbers. */
async function numbersOf(x: Tensor): Promise<ArrayLike<number>> {
  const data = await x.data();
  return dtypeOfArray(data) === "float16" ? data : load(x.dtype, data);
}

/** Largest difference, relative to the largest expected value where that is above 1. */
export function worstError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let scale = 1;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const want = expected[i] as number;
    if (Number.isFinite(want)) scale = Math.max(scale, Math.abs(want));
  }
  for (let i = 0; i < expected.length; i++) {
    const [have, want] = [actual[i] as number, expected[i] as number];
    if (Object.is(have, want) || have === want) continue;
    const difference = Math.abs(have - want) / scale;
    worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference);
  }
  return worst;
}

/** What becomes of the case, in words. */
export function planOf(hebb: typeof Hebb, item: Case): Promise<string> {
  return hebb.explain(item.run(hebb, ...item.inputs.map((input) => tensorOf(hebb, input))));
}

/** Values of the case under one layout. */
export async function checkValues(hebb: typeof Hebb, item: Case, layout: Layout): Promise<Failure | null> {
  const inputs = await layOut(hebb, item, layout);
  const result = item.run(hebb, ...inputs);
  const expected = item.oracle(...item.inputs.map((input) => array64(input.shape, valuesOf(input))));
  if (result.shape.join() !== expected.shape.join()) {
    return { what: `shape [${result.shape}], wanted [${expected.shape}]`, error: 1, allowed: 0 };
  }
  const allowed = item.tolerance ?? close;
  const error = worstError(await numbersOf(result), expected.data);
  return error <= allowed ? null : { what: "values", error, allowed };
}

/** Gradients of a weighted sum of the result, by each input that has one. */
export async function checkGradients(hebb: typeof Hebb, item: Case, layout: Layout): Promise<Failure | null> {
  if (item.gradient === false) return null;
  const wanted = item.gradient ?? item.inputs.flatMap((input, i) => (real(input) ? [i] : []));
  const inputs = await layOut(hebb, item, layout);
  const { weights, expected } = differencesOf(item, wanted);
  const objective = (...x: Tensor[]): Tensor => {
    const all = inputs.map((input, i) => (wanted.includes(i) ? (x[wanted.indexOf(i)] as Tensor) : input));
    const y = item.run(hebb, ...all);
    return y.mul(hebb.tensor(weights.data, { shape: weights.shape })).sum();
  };
  const { grads } = hebb.valueAndGrad(objective)(...wanted.map((i) => inputs[i] as Tensor));
  // Two float32 functions in a row, and the weights.
  const allowed = 4 * Math.max(item.tolerance ?? close, 1e-5);
  for (const [k, i] of wanted.entries()) {
    const { places, values } = expected[k] as Differences;
    const gradient = await (grads[k] as Tensor).data();
    if (values.every((value) => Math.abs(value) < 1e-3)) {
      return { what: `the gradient of input ${i} is 0 everywhere and shows nothing`, error: 1, allowed: 0 };
    }
    const error = worstError(
      places.map((place) => gradient[place] as number),
      values,
    );
    if (!(error <= allowed)) return { what: `gradient of input ${i}`, error, allowed };
  }
  return null;
}

/** Derivatives by some elements of an input. */
interface Differences {
  readonly places: readonly number[];
  readonly values: readonly number[];
}

/** Most elements of an input that are differentiated. */
const mostPlaces = 40;

const known = new WeakMap<Case, { weights: Array64; expected: Differences[] }>();

/** Central differences of a weighted sum of the oracle's result, by elements spread over each wanted input. */
function differencesOf(item: Case, wanted: readonly number[]): { weights: Array64; expected: Differences[] } {
  const found = known.get(item);
  if (found !== undefined) return found;
  const arrays = item.inputs.map((input) => array64(input.shape, valuesOf(input)));
  const weights = weightsOf(item.oracle(...arrays));
  const sum = (): number =>
    item.oracle(...arrays).data.reduce((total, value, i) => total + value * (weights.data[i] as number), 0);
  const expected = wanted.map((i) => {
    const { data } = arrays[i] as Array64;
    const count = Math.min(data.length, mostPlaces);
    const places = Array.from({ length: count }, (_, k) => Math.floor(((k + 0.5) * data.length) / count));
    return { places, values: places.map((place) => centralDifference(data, place, sum)) };
  });
  const result = { weights, expected };
  known.set(item, result);
  return result;
}

function centralDifference(data: Float64Array, at: number, f: () => number): number {
  const x = data[at] as number;
  const h = 1e-5 * Math.max(1, Math.abs(x));
  data[at] = x + h;
  const above = f();
  data[at] = x - h;
  const below = f();
  data[at] = x;
  return (above - below) / (2 * h);
}

/** Weights of 0.5 … 1.5 that no symmetry cancels. */
function weightsOf(y: Array64): Array64 {
  return array64(
    y.shape,
    Float64Array.from({ length: sizeOf(y.shape) }, (_, i) => Math.fround(0.5 + ((i * 0.754877666) % 1))),
  );
}

async function layOut(hebb: typeof Hebb, item: Case, layout: Layout): Promise<Tensor[]> {
  const made: Tensor[] = [];
  for (const input of item.inputs) {
    const pending: Tensor[] = [];
    stored = (x) => {
      pending.push(x);
      return x;
    };
    const x = layouts[layout](hebb, tensorOf(hebb, input));
    if (pending.length > 0) await hebb.realize(...pending);
    made.push(x);
  }
  return made;
}
