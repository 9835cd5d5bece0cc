/** A small network trained in float64 with plain loops: the truth for the smoke cases' training step. */

/** Rows of inputs, a target for each, and the sizes of the network tanh(x W₁ᵀ + b₁) W₂ᵀ. */
export interface Problem {
  readonly rows: number;
  readonly inputs: number;
  readonly hidden: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly w1: Float32Array;
  readonly b1: Float32Array;
  readonly w2: Float32Array;
}

/** Numbers between -1.4 and 1.4 in no order, exact in float32. */
export function pattern(length: number, step: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => (((i * step + 5) % 23) - 11) / 8);
}

export const problem: Problem = {
  rows: 9,
  inputs: 5,
  hidden: 7,
  x: pattern(45, 37),
  y: pattern(9, 13),
  w1: pattern(35, 29).map((value) => value / 2),
  b1: pattern(7, 17).map((value) => value / 4),
  w2: pattern(7, 41).map((value) => value / 2),
};

/** The losses before each of `steps` steps of SGD with momentum on the mean squared error, then W₂ as it ends. */
export function trainByHand(
  { rows, inputs, hidden, ...given }: Problem,
  steps: number,
  lr: number,
  momentum: number,
): number[] {
  const [x, y, w1, b1, w2] = [given.x, given.y, given.w1, given.b1, given.w2].map((v) => Float64Array.from(v)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const cells = [w1, b1, w2].map((value) => ({ value, velocity: new Float64Array(value.length) }));
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const [dw1, db1, dw2] = [new Float64Array(w1.length), new Float64Array(hidden), new Float64Array(hidden)];
    let loss = 0;
    for (let n = 0; n < rows; n++) {
      const h = new Float64Array(hidden);
      let out = 0;
      for (let j = 0; j < hidden; j++) {
        let sum = b1[j] as number;
        for (let i = 0; i < inputs; i++) sum += (x[n * inputs + i] as number) * (w1[j * inputs + i] as number);
        h[j] = Math.tanh(sum);
        out += (h[j] as number) * (w2[j] as number);
      }
      const error = out - (y[n] as number);
      loss += (error * error) / rows;
      for (let j = 0; j < hidden; j++) {
        const hj = h[j] as number;
        const inner = ((2 * error) / rows) * (w2[j] as number) * (1 - hj * hj);
        dw2[j] = (dw2[j] as number) + ((2 * error) / rows) * hj;
        db1[j] = (db1[j] as number) + inner;
        for (let i = 0; i < inputs; i++) {
          dw1[j * inputs + i] = (dw1[j * inputs + i] as number) + inner * (x[n * inputs + i] as number);
        }
      }
    }
    losses.push(loss);
    [dw1, db1, dw2].forEach((gradient, k) => {
      const { value, velocity } = cells[k] as (typeof cells)[number];
      for (let i = 0; i < value.length; i++) {
        velocity[i] = momentum * (velocity[i] as number) + (gradient[i] as number);
        value[i] = (value[i] as number) - lr * (velocity[i] as number);
      }
    });
  }
  return [...losses, ...w2];
}
