/** Fourier transforms, and the windows and mel filters that go with them. */
import type { DType } from "../../../core/dtype.ts";
import { FormatError } from "../../../core/errors.ts";
import { normalizeAxis } from "../../../core/shape.ts";
import type { Node } from "../../../graph/node.ts";
import { add, cast, cos, mul, neg, num } from "../../../ops/elementwise.ts";
import { fft } from "../../../ops/fft.ts";
import { take } from "../../../ops/gather.ts";
import { iota } from "../../../ops/iota.ts";
import { constant, hostLeaf } from "../../../ops/leaf.ts";
import { concat, pad, permute, reshape, slice } from "../../../ops/movement.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { dtypeOf } from "../proto/tensor.ts";

/** The first `length` elements of an axis, followed by zeros where it has fewer. */
function fit(x: Node, axis: number, length: number): Node {
  const size = x.shape[axis] as number;
  const none = x.shape.map(() => 0);
  if (size < length) return pad(x, none, none.with(axis, length - size));
  return slice(x, none, x.shape.with(axis, length));
}

/** Bins 0 … n - 1 from those up to the middle: bin n - k is the conjugate of bin k. */
function mirror(x: Node, axis: number, n: number): Node {
  const half = Math.floor(n / 2) + 1;
  const known = fit(x, axis, half);
  const count = n - half;
  if (count <= 0)
    return slice(
      known,
      x.shape.map(() => 0),
      known.shape.with(axis, n),
    );
  const starts = x.shape.map(() => 0).with(axis, count);
  const steps = x.shape.map(() => 1).with(axis, -1);
  const back = slice(known, starts, known.shape.with(axis, count), steps);
  const re = slice(
    back,
    x.shape.map(() => 0),
    back.shape.with(-1, 1),
  );
  const im = slice(back, x.shape.map(() => 0).with(-1, 1), back.shape.with(-1, 1));
  return concat([known, concat([re, neg(im)], x.shape.length - 1)], axis);
}

/** The transform along an axis that is moved before the last one and back. */
function along(x: Node, axis: number, inverse: boolean): Node {
  const last = x.shape.length - 2;
  const order = x.shape.map((_, i) => (i === axis ? last : i === last ? axis : i));
  return permute(fft(permute(x, order), inverse), order);
}

async function dft(call: Call): Promise<Outputs> {
  const input = call.tensor(0);
  const x = cast(input, "float32");
  const rank = x.shape.length;
  const given = call.opset >= 20 ? ((await call.optionalNumbers(2))?.[0] ?? -2) : call.int("axis", 1);
  const axis = normalizeAxis("DFT", given, rank);
  if (axis === rank - 1) throw new FormatError("the last axis holds the parts of complex numbers");
  const inverse = call.int("inverse", 0) === 1;
  const onesided = call.int("onesided", 0) === 1;
  const size = x.shape[axis] as number;
  const length = (await call.optionalNumbers(1))?.[0] ?? (inverse && onesided ? 2 * (size - 1) : size);
  if (inverse && onesided) {
    const spectrum =
      x.shape[rank - 1] === 1
        ? pad(
            x,
            x.shape.map(() => 0),
            x.shape.map(() => 0).with(-1, 1),
          )
        : x;
    const signal = along(mirror(spectrum, axis, length), axis, true);
    return cast(
      slice(
        signal,
        signal.shape.map(() => 0),
        signal.shape.with(-1, 1),
      ),
      input.dtype,
    );
  }
  const y = along(fit(x, axis, length), axis, inverse);
  return cast(onesided ? fit(y, axis, Math.floor(length / 2) + 1) : y, input.dtype);
}

/** Frames of the signal, each times the window, transformed. */
async function stft(call: Call): Promise<Outputs> {
  const input = call.tensor(0);
  const signal = cast(input.shape.length === 2 ? reshape(input, [...input.shape, 1]) : input, "float32");
  const [batch = 0, samples = 0, parts = 1] = signal.shape;
  const [step = 1] = await call.numbers(1);
  const window = call.optional(2);
  const length = (await call.optionalNumbers(3))?.[0] ?? window?.shape[0] ?? 0;
  if (step < 1 || length < 1 || length > samples) {
    throw new FormatError(
      `frames of ${length} every ${step} of ${samples} samples: wanted at least 1, at most the signal`,
    );
  }
  const frames = 1 + Math.floor((samples - length) / step);
  const index = Int32Array.from({ length: frames * length }, (_, i) => Math.floor(i / length) * step + (i % length));
  const cut = take(signal, hostLeaf(index, [frames, length], "int32"), 1);
  const weighted = window === null ? cut : mul(cut, reshape(fit(cast(window, "float32"), 0, length), [length, 1]));
  const y = fft(weighted, false);
  const bins = call.int("onesided", 1) === 1 && parts === 1 ? Math.floor(length / 2) + 1 : length;
  return cast(slice(y, [0, 0, 0, 0], [batch, frames, bins, 2]), input.dtype);
}

const outputType = (call: Call): DType => dtypeOf(call.int("output_datatype", 1));

/** Σ aₖ cos(2πki / n) over the terms a₀, a₁, …, n one less where the window is symmetric. */
const window =
  (...terms: readonly number[]) =>
  async (call: Call): Promise<Outputs> => {
    const [size = 0] = await call.numbers(0);
    const n = call.int("periodic", 1) === 1 ? size : size - 1;
    const turns = iota(size, 0, (2 * Math.PI) / Math.max(1, n), "float32");
    const parts = terms.map((a, k) =>
      k === 0 ? constant(a, "float32") : mul(cos(mul(turns, num(k, turns))), num(a, turns)),
    );
    return cast(
      parts.reduceRight((sum, part) => add(part, sum)),
      outputType(call),
    );
  };

/** Triangles with a peak of 1 at frequencies that are evenly spaced in mel; bins are whole. */
async function melWeights(call: Call): Promise<Outputs> {
  const inputs = await Promise.all([0, 1, 2, 3, 4].map((i) => call.numbers(i)));
  const [count, length, rate, low, high] = inputs.map((values) => values[0]) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const mel = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
  const step = (mel(high) - mel(low)) / (count + 2);
  const bins = Array.from({ length: count + 2 }, (_, i) => {
    const hertz = 700 * (10 ** ((mel(low) + i * step) / 2595) - 1);
    return Math.floor(((length + 1) * hertz) / rate);
  });
  const rows = Math.floor(length / 2) + 1;
  const weights = new Float32Array(rows * count);
  const put = (row: number, column: number, value: number): void => {
    if (row >= 0 && row < rows) weights[row * count + column] = value;
  };
  for (let i = 0; i < count; i++) {
    const [left, peak, right] = bins.slice(i, i + 3) as [number, number, number];
    for (let row = left; row < peak; row++) put(row, i, (row - left) / (peak - left));
    put(peak, i, 1);
    for (let row = peak + 1; row < right; row++) put(row, i, (right - row) / (right - peak));
  }
  return cast(hostLeaf(weights, [rows, count], "float32"), outputType(call));
}

export const operators: Operators = {
  BlackmanWindow: window(0.42, -0.5, 0.08),
  DFT: dft,
  HammingWindow: window(25 / 46, -21 / 46),
  HannWindow: window(0.5, -0.5),
  MelWeightMatrix: melWeights,
  STFT: stft,
};
