/** RNN, GRU and LSTM step by step, element by element, as the ONNX specification writes them. */
import type { CellName, GateActivation } from "../../ts/ops/recurrent.ts";
import { type Array64, array64, at } from "./oracle.ts";

const functions: { readonly [name: string]: (x: number, alpha: number, beta: number) => number } = {
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: (x) => Math.tanh(x),
  relu: (x) => Math.max(0, x),
  affine: (x, a, b) => a * x + b,
  leakyRelu: (x, a) => (x < 0 ? a * x : x),
  thresholdedRelu: (x, a) => (x > a ? x : 0),
  scaledTanh: (x, a, b) => a * Math.tanh(b * x),
  hardSigmoid: (x, a, b) => Math.max(0, Math.min(1, a * x + b)),
  elu: (x, a) => (x < 0 ? a * Math.expm1(x) : x),
  softsign: (x) => x / (1 + Math.abs(x)),
  softplus: (x) => Math.log1p(Math.exp(x)),
};

export interface Recurrence {
  readonly cell: CellName;
  /** Whether each direction runs backwards. */
  readonly backwards: readonly boolean[];
  readonly activations: readonly GateActivation[];
  readonly clip?: number;
  readonly variant?: boolean;
  readonly lengths?: readonly number[];
}

export interface RecurrentArrays {
  readonly x: Array64;
  readonly w: Array64;
  readonly r: Array64;
  readonly bias?: Array64 | undefined;
  readonly h?: Array64 | undefined;
  readonly c?: Array64 | undefined;
  readonly peepholes?: Array64 | undefined;
}

/** [t + 1 or 2, directions, b, h]: the outputs of all steps, the last output, the last cell. */
export function recurrentOracle(arrays: RecurrentArrays, options: Recurrence): Array64 {
  const { x, w, r, bias, h: first, c: firstCell, peepholes } = arrays;
  const [t, b, inputs] = x.shape as [number, number, number];
  const size = r.shape[2] as number;
  const directions = options.backwards.length;
  const { cell, clip = 0, variant = false } = options;
  const gates = { rnn: 1, gru: 3, lstm: 4 }[cell];
  const states = cell === "lstm" ? 2 : 1;
  const out = new Float64Array((t + states) * directions * b * size);
  const own = options.activations.length / directions;

  for (let d = 0; d < directions; d++) {
    const plain = (i: number, value: number): number => {
      const { name, alpha, beta } = options.activations[d * own + i] as GateActivation;
      return (functions[name] as (typeof functions)[string])(value, alpha, beta);
    };
    // What gates are given is clipped; an LSTM's cell is not.
    const f = (i: number, value: number): number => plain(i, clip > 0 ? Math.max(-clip, Math.min(clip, value)) : value);
    for (let row = 0; row < b; row++) {
      let h = Array.from({ length: size }, (_, j) => (first ? at(first, [d, row, j]) : 0));
      let c = Array.from({ length: size }, (_, j) => (firstCell ? at(firstCell, [d, row, j]) : 0));
      for (let step = 0; step < t; step++) {
        const time = options.backwards[d] ? t - 1 - step : step;
        if (time >= (options.lengths?.[row] ?? t)) continue;
        const wx = (g: number, j: number): number => {
          let sum = bias ? at(bias, [d, g * size + j]) : 0;
          for (let i = 0; i < inputs; i++) sum += at(w, [d, g * size + j, i]) * at(x, [time, row, i]);
          return sum;
        };
        const rh = (g: number, j: number, from: readonly number[]): number => {
          let sum = bias ? at(bias, [d, (gates + g) * size + j]) : 0;
          for (let i = 0; i < size; i++) sum += at(r, [d, g * size + j, i]) * (from[i] as number);
          return sum;
        };
        const p = (k: number, j: number): number => (peepholes ? at(peepholes, [d, k * size + j]) : 0);
        const old = h;
        const each = (value: (j: number) => number): number[] => Array.from({ length: size }, (_, j) => value(j));
        if (cell === "rnn") {
          h = each((j) => f(0, wx(0, j) + rh(0, j, old)));
        } else if (cell === "gru") {
          const z = each((j) => f(0, wx(0, j) + rh(0, j, old)));
          const reset = each((j) => f(0, wx(1, j) + rh(1, j, old)));
          const kept = each((j) => (reset[j] as number) * (old[j] as number));
          const fresh = each((j) => f(1, wx(2, j) + (variant ? (reset[j] as number) * rh(2, j, old) : rh(2, j, kept))));
          h = each((j) => (1 - (z[j] as number)) * (fresh[j] as number) + (z[j] as number) * (old[j] as number));
        } else {
          const before = c;
          const take = each((j) => f(0, wx(0, j) + rh(0, j, old) + p(0, j) * (before[j] as number)));
          c = each((j) => {
            const forget = variant
              ? 1 - (take[j] as number)
              : f(0, wx(2, j) + rh(2, j, old) + p(2, j) * (before[j] as number));
            return forget * (before[j] as number) + (take[j] as number) * f(1, wx(3, j) + rh(3, j, old));
          });
          const after = c;
          h = each((j) => {
            const o = f(0, wx(1, j) + rh(1, j, old) + p(1, j) * (after[j] as number));
            return o * plain(2, after[j] as number);
          });
        }
        out.set(h, ((time * directions + d) * b + row) * size);
      }
      out.set(h, ((t * directions + d) * b + row) * size);
      if (cell === "lstm") out.set(c, (((t + 1) * directions + d) * b + row) * size);
    }
  }
  return array64([t + states, directions, b, size], out);
}
