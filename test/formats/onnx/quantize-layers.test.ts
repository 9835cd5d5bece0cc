/** Whole layers of quantised weights against float64 loops, or against the same layer of real numbers. */
import { describe, expect, test } from "vitest";
import { callOperator, type Given, type Setting } from "./operator.ts";

async function run(
  name: string,
  inputs: readonly (Given | null)[],
  attributes: NonNullable<Setting["attributes"]>,
  outputs = 1,
) {
  return callOperator(`com.microsoft.${name}`, inputs, { opset: 1, attributes, outputs });
}

interface Numbers extends Given {
  readonly shape: readonly number[];
  readonly data: number[];
}

const wave = (shape: readonly number[], step: number): Numbers => ({
  shape,
  data: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.fround(Math.sin((i + 1) * step))),
});
const bytes = (dtype: "int8" | "uint8", shape: readonly number[], step: number): Numbers => ({
  shape,
  dtype,
  data: wave(shape, step).data.map((x) => Math.round(x * 60) + (dtype === "uint8" ? 128 : 0)),
});

/** Values on the 256 steps between the least and the greatest, and 0. */
function coarse(values: readonly number[]): number[] {
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const scale = high === low ? 1 : (high - low) / 255;
  const zero = Math.round(-low / scale);
  return values.map((x) => (Math.min(255, Math.max(0, Math.round(x / scale) + zero)) - zero) * scale);
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe("DynamicQuantizeLSTM", () => {
  const [steps, inputs, units] = [4, 3, 2];
  const columns = 4 * units;

  /** One direction, a batch of one: the outputs of all steps, in the order that they are computed in. */
  function reference(
    x: readonly number[],
    w: readonly number[],
    r: readonly number[],
    bias: readonly number[],
  ): number[] {
    const rounded = coarse(x);
    let [h, c] = [new Array<number>(units).fill(0), new Array<number>(units).fill(0)];
    return Array.from({ length: steps }, (_, t) => {
      const before = coarse(h);
      const gate = (k: number): number => {
        let sum = (bias[k] as number) + (bias[columns + k] as number);
        for (let i = 0; i < inputs; i++) sum += (rounded[t * inputs + i] as number) * (w[i * columns + k] as number);
        for (let u = 0; u < units; u++) sum += (before[u] as number) * (r[u * columns + k] as number);
        return sum;
      };
      c = c.map((old, u) => sigmoid(gate(2 * units + u)) * old + sigmoid(gate(u)) * Math.tanh(gate(3 * units + u)));
      h = c.map((state, u) => sigmoid(gate(units + u)) * Math.tanh(state));
      return h;
    }).flat();
  }

  test.each([
    ["a scale for all of uint8", "uint8", [1], [128]],
    ["a scale a column of int8", "int8", [1, columns], [3]],
  ] as const)("%s", async (_, dtype, shape, [zero]) => {
    const count = shape.reduce<number>((a, b) => a * b, 1);
    const x = wave([steps, 1, inputs], 1.7);
    const bias = wave([1, 2 * columns], 0.9);
    const [w, r] = [bytes(dtype, [1, inputs, columns], 0.7), bytes(dtype, [1, units, columns], 1.1)];
    const scale = { shape, data: Array.from({ length: count }, (_, i) => Math.fround(0.01 + 0.001 * i)) };
    const zeros: Given = { shape, dtype, data: new Array<number>(count).fill(zero) };
    const real = ({ data }: Numbers): number[] =>
      data.map((q, i) => (q - zero) * (scale.data[count === 1 ? 0 : i % columns] as number));
    const [y, last] = await run(
      "DynamicQuantizeLSTM",
      [x, w, r, bias, null, null, null, null, scale, zeros, scale, zeros],
      { hidden_size: units },
      2,
    );
    const wanted = reference(x.data, real(w), real(r), bias.data);
    expect(y?.shape).toEqual([steps, 1, 1, units]);
    for (const [i, value] of wanted.entries()) expect(y?.data[i]).toBeCloseTo(value, 5);
    expect(last?.data).toEqual(y?.data.slice(-units));
  });
});

describe("QAttention", () => {
  const [b, t, d, heads] = [2, 3, 4, 2];
  const x = bytes("uint8", [b, t, d], 0.6);
  const weight = bytes("int8", [d, 3 * d], 0.45);
  const bias = wave([3 * d], 0.3);
  const [scale, zero] = [0.02, 130];
  const real = (q: Numbers, of: (value: number, i: number) => number): Given => ({
    shape: q.shape,
    data: q.data.map(of),
  });

  test.each([
    ["one scale", 1, {}, null],
    ["a scale a column, backwards alone", 3 * d, { unidirectional: 1 }, null],
    ["a mask of lengths", 1, { mask_filter_value: { float: -1000 } }, { dtype: "int32", data: [2, 3] }],
  ] as const)("%s: attention of the numbers that are meant", async (_, count, attributes, mask) => {
    const scales = { shape: [count], data: Array.from({ length: count }, (_, i) => Math.fround(0.01 + 0.001 * i)) };
    const given = [{ data: [scale] }, scales, mask, { dtype: "uint8" as const, data: [zero] }];
    const [y] = await run("QAttention", [x, weight, bias, ...given, null], { num_heads: heads, ...attributes });
    const [wanted] = await run(
      "Attention",
      [
        real(x, (q) => (q - zero) * scale),
        real(weight, (q, i) => q * (scales.data[count === 1 ? 0 : i % count] as number)),
        bias,
        mask,
      ],
      { num_heads: heads, ...attributes },
    );
    expect(y?.shape).toEqual([b, t, d]);
    for (const [i, value] of (wanted?.data ?? []).entries()) expect(y?.data[i]).toBeCloseTo(value as number, 4);
  });

  test("a state that grows", async () => {
    const past = wave([2, b, heads, 2, d / heads], 0.8);
    const given = [{ data: [scale] }, { data: [0.01] }, null, { dtype: "uint8" as const, data: [zero] }, null, past];
    const [, present] = await run("QAttention", [x, weight, bias, ...given], { num_heads: heads }, 2);
    expect(present?.shape).toEqual([2, b, heads, 2 + t, d / heads]);
    expect(present?.data.slice(0, 4)).toEqual(past.data.slice(0, 4));
  });

  test("a buffer that past and present share is refused", async () => {
    const given = [{ data: [scale] }, { data: [0.01] }];
    await expect(
      run("QAttention", [x, weight, bias, ...given], { num_heads: heads, past_present_share_buffer: 1 }),
    ).rejects.toThrow(/past_present_share_buffer/);
  });
});

describe("MatMulNBits", () => {
  test.each([
    ["packed zero points", "uint8"],
    ["zero points as numbers", "float32"],
    ["none", null],
  ] as const)("blocks named place by place, %s", async (_, kind) => {
    const [k, n, block] = [32, 3, 16];
    const q = bytes("uint8", [n, k / block, block / 2], 0.77);
    const scales = wave([n * 2], 0.5);
    const groups = Array.from({ length: k }, (_, i) => (i * 7) % 2);
    const zeros = Array.from({ length: n * 2 }, (_, i) => (kind === null ? 8 : 3 + i));
    const packed = { dtype: "uint8" as const, data: [0, 1, 2].map((j) => zeros[2 * j]! + 16 * zeros[2 * j + 1]!) };
    const a = wave([2, k], 0.31);
    const [y] = await run(
      "MatMulNBits",
      [
        a,
        q,
        scales,
        kind === null ? null : kind === "uint8" ? packed : { data: zeros },
        { dtype: "int32", data: groups },
      ],
      { K: k, N: n, bits: 4, block_size: block },
    );
    for (let i = 0; i < 2; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let p = 0; p < k; p++) {
          const number = ((q.data[(j * k + p) >> 1] as number) >> (4 * (p & 1))) & 15;
          const group = 2 * j + (groups[p] as number);
          sum += (a.data[i * k + p] as number) * (number - (zeros[group] as number)) * (scales.data[group] as number);
        }
        expect(y?.data[i * n + j]).toBeCloseTo(sum, 3);
      }
    }
  });
});
