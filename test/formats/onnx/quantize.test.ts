/** Quantised operators against float64 loops over their definitions. */
import { beforeAll, describe, expect, test } from "vitest";
import type { DType } from "../../../ts/core/dtype.ts";
import { init } from "../../../ts/index.ts";
import { callOperator, type Given, type Setting } from "./operator.ts";

const roundEven = (x: number): number => {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
};

const ends: { readonly [dtype: string]: readonly [number, number] } = {
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 65535],
  int16: [-32768, 32767],
  uint4: [0, 15],
  int4: [-8, 7],
  uint2: [0, 3],
  int2: [-2, 1],
};

function saturated(x: number, zero: number, dtype: string): number {
  const [low, high] = ends[dtype] as readonly [number, number];
  return Math.min(high, Math.max(low, roundEven(x) + zero));
}

const numbers = (dtype: DType, shape: readonly number[], start = 0): Given => {
  const [low, high] = ends[dtype] ?? [0, 0];
  const count = shape.reduce((a, b) => a * b, 1);
  const span = high - low + 1;
  return { dtype, shape, data: Array.from({ length: count }, (_, i) => low + ((start + i * 29) % span)) };
};
const scalar = (value: number, dtype: DType = "float32"): Given => ({ dtype, shape: [], data: [value] });
const floats = (shape: readonly number[], scale = 1, start = 0): Given => ({
  shape,
  data: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) =>
    Math.fround((((i + start) * 0.6180339887) % 1) * 2 * scale - scale),
  ),
});

const valuesOf = (given: Given): number[] => given.data as number[];
const realOf = (q: Given, scale: number, zero = 0): number[] => valuesOf(q).map((x) => (x - zero) * scale);

async function run(
  name: string,
  inputs: readonly (Given | null)[],
  attributes: NonNullable<Setting["attributes"]> = {},
  opset = 21,
) {
  const [result] = await callOperator(name, inputs, { opset, attributes });
  if (result === undefined) throw new Error(`${name} gave nothing`);
  return result;
}

/** Equal, or next to each other where float32 stood just beside a half. */
function near(got: readonly unknown[], want: readonly number[]): void {
  expect(got.length).toBe(want.length);
  const off = want.filter((value, i) => value !== got[i]);
  expect(off.length).toBeLessThanOrEqual(Math.max(1, want.length / 20));
  for (const [i, value] of want.entries()) expect(Math.abs(value - (got[i] as number))).toBeLessThanOrEqual(1);
}

beforeAll(() => init({ device: "wasm" }));

describe("QuantizeLinear and DequantizeLinear", () => {
  const x: Given = { shape: [2, 6], data: [-300, -2.5, -0.5, 0, 0.5, 1.5, 2.5, 3.5, 7.25, 60, 300, 1e5] };

  test.each(["uint8", "int8", "uint16", "int16", "uint4", "int4", "uint2", "int2"] as const)(
    "%s rounds half to even and keeps within its ends",
    async (dtype) => {
      const y = await run("QuantizeLinear", [x, scalar(1), scalar(1, dtype)]);
      expect(y.dtype).toBe(dtype);
      expect(y.data).toEqual(valuesOf(x).map((value) => saturated(value, 1, dtype)));
      const back = await run("DequantizeLinear", [{ ...y, dtype } as Given, scalar(0.5), scalar(1, dtype)]);
      expect(back.data).toEqual((y.data as number[]).map((value) => (value - 1) * 0.5));
    },
  );

  test("along an axis, counted from the end, and in blocks of another", async () => {
    const values = floats([2, 4, 6], 20);
    const scales = [0.5, 1, 2, 4, 8, 0.25];
    const perAxis = await run("QuantizeLinear", [values, { data: scales }, numbers("int8", [6])], { axis: -1 });
    const zeros = valuesOf(numbers("int8", [6]));
    expect(perAxis.data).toEqual(
      valuesOf(values).map((v, i) => saturated(v / (scales[i % 6] as number), zeros[i % 6] as number, "int8")),
    );
    const blocks: Given = { shape: [2, 4, 2], data: Array.from({ length: 16 }, (_, i) => 2 ** (i % 5)) };
    const blocked = await run("QuantizeLinear", [values, blocks], { axis: 2, block_size: 4, output_dtype: 5 });
    expect(blocked.dtype).toBe("int16");
    expect(blocked.data).toEqual(
      valuesOf(values).map((v, i) =>
        saturated(v / (blocks.data[Math.floor(i / 6) * 2 + Math.floor((i % 6) / 4)] as number), 0, "int16"),
      ),
    );
  });

  test("the quotient is as precise as asked for", async () => {
    // 2049 / 2 is 1024.5 in float32; float16 holds 2048 or 2050 alone.
    const y = await run("QuantizeLinear", [{ data: [2049, 1001] }, scalar(2), scalar(0, "int16")], { precision: 10 });
    expect(y.data).toEqual([1024, 500]);
  });
});

describe("products", () => {
  const [a, b] = [numbers("uint8", [3, 5]), numbers("int8", [5, 4], 11)];
  const product = (za: number, zb: (j: number) => number): number[] =>
    Array.from({ length: 12 }, (_, at) => {
      const [i, j] = [Math.floor(at / 4), at % 4];
      let sum = 0;
      for (let d = 0; d < 5; d++) {
        sum += ((a.data[i * 5 + d] as number) - za) * ((b.data[d * 4 + j] as number) - zb(j));
      }
      return sum;
    });

  test("MatMulInteger with a zero point a column", async () => {
    const y = await run("MatMulInteger", [a, b, scalar(100, "uint8"), { dtype: "int8", data: [1, -2, 3, -4] }]);
    expect(y.dtype).toBe("int32");
    expect(y.data).toEqual(product(100, (j) => [1, -2, 3, -4][j] as number));
  });

  test("QLinearMatMul with a scale a column", async () => {
    const inputs = [a, scalar(0.02), scalar(128, "uint8"), b, { data: [0.1, 0.2, 0.3, 0.4] }];
    const zeros: Given = { dtype: "int8", data: [0, 1, 2, 3] };
    const y = await run("QLinearMatMul", [...inputs, zeros, scalar(0.7), scalar(9, "int8")]);
    const want = product(128, (j) => j).map((sum, i) => saturated((sum * 0.02 * 0.1 * ((i % 4) + 1)) / 0.7, 9, "int8"));
    near(y.data, want);
  });

  test("MatMulIntegerToFloat and DynamicQuantizeMatMul", async () => {
    const y = await run("com.microsoft.MatMulIntegerToFloat", [
      a,
      b,
      scalar(0.5),
      { data: [1, 2, 3, 4] },
      scalar(7, "uint8"),
      null,
      { data: [1, 1, 1, 1] },
    ]);
    expect(y.data).toEqual(product(7, () => 0).map((sum, i) => sum * 0.5 * ((i % 4) + 1) + 1));
    const x = floats([3, 5], 2);
    const dynamic = await run("com.microsoft.DynamicQuantizeMatMul", [x, b, scalar(0.01)]);
    for (let at = 0; at < 12; at++) {
      let sum = 0;
      for (let d = 0; d < 5; d++) {
        sum += (x.data[Math.floor(at / 4) * 5 + d] as number) * (b.data[d * 4 + (at % 4)] as number) * 0.01;
      }
      // Half a step of x, for each of five terms.
      expect(Math.abs(sum - (dynamic.data[at] as number))).toBeLessThan(5 * 1.28 * (4 / 255));
    }
  });

  test("QGemm, b transposed, with and without an output scale", async () => {
    const bt = numbers("int8", [4, 5], 3);
    const sums = Array.from({ length: 12 }, (_, at) => {
      let sum = at % 4;
      for (let d = 0; d < 5; d++)
        sum += (a.data[Math.floor(at / 4) * 5 + d] as number) * (bt.data[(at % 4) * 5 + d] as number);
      return sum;
    });
    const bias: Given = { dtype: "int32", data: [0, 1, 2, 3] };
    const inputs = [a, scalar(0.1), scalar(0, "uint8"), bt, scalar(0.2), scalar(0, "int8"), bias];
    const attributes = { transB: 1, alpha: { float: 2 } };
    const real = await run("com.microsoft.QGemm", inputs, attributes);
    for (const [i, sum] of sums.entries()) expect(real.data[i]).toBeCloseTo(sum * 0.04, 2);
    const y = await run("com.microsoft.QGemm", [...inputs, scalar(11), scalar(5, "uint8")], attributes);
    near(
      y.data,
      sums.map((sum) => saturated((sum * 0.04) / 11, 5, "uint8")),
    );
  });

  test("ConvInteger over one axis and over three, zero points as padding", async () => {
    const line = await run(
      "ConvInteger",
      [numbers("uint8", [1, 1, 5]), numbers("int8", [1, 1, 3]), scalar(3, "uint8")],
      {
        pads: [1, 1],
      },
    );
    const [xs, ws] = [valuesOf(numbers("uint8", [5])), valuesOf(numbers("int8", [3]))];
    expect(line.data).toEqual(xs.map((_, i) => ws.reduce((sum, w, k) => sum + w * ((xs[i + k - 1] ?? 3) - 3), 0)));
    const box = await run(
      "ConvInteger",
      [numbers("uint8", [1, 1, 2, 2, 2]), numbers("int8", [1, 1, 2, 1, 1]), scalar(3, "uint8")],
      { pads: [1, 0, 0, 0, 0, 0] },
    );
    const cube = valuesOf(numbers("uint8", [8]));
    expect(box.data).toEqual(
      Array.from({ length: 8 }, (_, at) => {
        const before = at < 4 ? 0 : (cube[at - 4] as number) - 3;
        return before * (ws[0] as number) + ((cube[at] as number) - 3) * (ws[1] as number);
      }),
    );
  });
});

describe("com.microsoft's quantised layers", () => {
  const [a, b] = [numbers("uint8", [2, 6]), numbers("uint8", [6], 100)];
  const [ra, rb] = [realOf(a, 0.1, 120), realOf(b, 0.05, 30)];
  const inA = [a, scalar(0.1), scalar(120, "uint8")];
  const inB = [b, scalar(0.05), scalar(30, "uint8")];
  const out = [scalar(0.3), scalar(77, "uint8")];
  const quantized = (real: readonly number[], scale = 0.3): number[] =>
    real.map((x) => saturated(x / scale, 77, "uint8"));

  test("Add and Mul broadcast", async () => {
    const sum = await run("com.microsoft.QLinearAdd", [...inA, ...inB, ...out]);
    near(sum.data, quantized(ra.map((x, i) => x + (rb[i % 6] as number))));
    const product = await run("com.microsoft.QLinearMul", [...inA, ...inB, ...out]);
    near(product.data, quantized(ra.map((x, i) => x * (rb[i % 6] as number))));
  });

  test("Sigmoid, LeakyRelu and Softmax", async () => {
    const fine = [scalar(1 / 256), scalar(0, "uint8")];
    const sigmoid = await run("com.microsoft.QLinearSigmoid", [...inA, ...fine]);
    near(
      sigmoid.data,
      ra.map((x) => saturated(256 / (1 + Math.exp(-x)), 0, "uint8")),
    );
    const leaky = await run("com.microsoft.QLinearLeakyRelu", [...inA, ...out], { alpha: { float: 0.2 } });
    near(leaky.data, quantized(ra.map((x) => (x < 0 ? 0.2 * x : x))));
    const softmax = await run("com.microsoft.QLinearSoftmax", [...inA, ...fine], { axis: -1, opset: 13 });
    const sums = [0, 1].map((row) => ra.slice(6 * row, 6 * row + 6).reduce((sum, x) => sum + Math.exp(x), 0));
    near(
      softmax.data,
      ra.map((x, i) => saturated((256 * Math.exp(x)) / (sums[Math.floor(i / 6)] as number), 0, "uint8")),
    );
  });

  test("Concat and Where", async () => {
    const both = await run("com.microsoft.QLinearConcat", [...out, ...inA, { ...b, shape: [1, 6] }, ...inB.slice(1)], {
      axis: 0,
    });
    near(both.data, quantized([...ra, ...rb]));
    const condition: Given = { dtype: "bool", data: [1, 0, 1, 1, 0, 0] };
    const chosen = await run("com.microsoft.QLinearWhere", [condition, ...inA, ...inB, ...out]);
    near(chosen.data, quantized(ra.map((x, i) => (condition.data[i % 6] === 1 ? x : (rb[i % 6] as number)))));
  });

  test("pooling, channels first and last, and means", async () => {
    const x = numbers("uint8", [1, 2, 2, 3]);
    const real = realOf(x, 0.1, 120);
    const planes = [0, 1].map((c) => real.slice(6 * c, 6 * c + 6));
    const inX = [x, ...inA.slice(1)];
    const averages = planes.map((plane) => plane.reduce((sum, value) => sum + value, 0) / 6);
    const global = await run("com.microsoft.QLinearGlobalAveragePool", [...inX, ...out]);
    expect(global.shape).toEqual([1, 2, 1, 1]);
    near(global.data, quantized(averages));
    const last = {
      ...x,
      shape: [1, 2, 3, 2],
      data: planes[0]?.flatMap((_, i) => [x.data[i], x.data[6 + i]]) as number[],
    };
    const nhwc = await run("com.microsoft.QLinearGlobalAveragePool", [last, ...inA.slice(1), ...out], {
      channels_last: 1,
    });
    expect(nhwc.shape).toEqual([1, 1, 1, 2]);
    near(nhwc.data, quantized(averages));
    const windows = await run("com.microsoft.QLinearAveragePool", [...inX, ...out], { kernel_shape: [2, 2] });
    near(
      windows.data,
      quantized(
        planes.flatMap((p) =>
          [0, 1].map(
            (i) => ((p[i] as number) + (p[i + 1] as number) + (p[i + 3] as number) + (p[i + 4] as number)) / 4,
          ),
        ),
      ),
    );
    const mean = await run("com.microsoft.QLinearReduceMean", [...inX, ...out], { axes: [2, 3], keepdims: 0 });
    expect(mean.shape).toEqual([1, 2]);
    near(mean.data, quantized(averages));
  });
});

describe("packed weights", () => {
  test("MatMulNBits with a bias, weights of two columns", async () => {
    const bytes = numbers("uint8", [2, 1, 8]);
    const a = floats([3, 16]);
    const y = await run(
      "com.microsoft.MatMulNBits",
      [a, bytes, { shape: [2, 1], data: [0.5, 2] }, { dtype: "uint8", data: [3, 12] }, null, { data: [10, 20] }],
      { K: 16, N: 2, bits: 4, block_size: 16 },
      1,
    );
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < 2; j++) {
        let sum = [10, 20][j] as number;
        for (let d = 0; d < 16; d++) {
          const q = ((bytes.data[j * 8 + (d >> 1)] as number) >> (4 * (d & 1))) & 15;
          sum += (a.data[i * 16 + d] as number) * (q - [3, 12][j]!) * [0.5, 2][j]!;
        }
        expect(y.data[i * 2 + j]).toBeCloseTo(sum, 3);
      }
  });

  test("GatherBlockQuantized reads rows of packed tables", async () => {
    const table = numbers("uint8", [4, 16]);
    const scales: Given = { shape: [4, 2], data: [1, 2, 3, 4, 5, 6, 7, 8] };
    const index: Given = { dtype: "int64", shape: [3], data: [2, 0, -1] };
    const y = await run("com.microsoft.GatherBlockQuantized", [table, index, scales], { bits: 4, block_size: 16 }, 1);
    expect(y.shape).toEqual([3, 32]);
    [2, 0, 3].forEach((row, i) => {
      for (let d = 0; d < 32; d++) {
        const q = ((table.data[row * 16 + (d >> 1)] as number) >> (4 * (d & 1))) & 15;
        expect(y.data[i * 32 + d]).toBe((q - 8) * (scales.data[row * 2 + (d >> 4)] as number));
      }
    });
    const whole = numbers("int4", [4, 32]);
    const signed = await run("com.microsoft.GatherBlockQuantized", [whole, index, scales], { block_size: 16 }, 1);
    expect(signed.data[5]).toBe((whole.data[2 * 32 + 5] as number) * 5);
  });

  test("MatMulBnb4 reads the first number from the highest bits", async () => {
    const bytes: Given = { dtype: "uint8", data: [0x0f, 0x7f, 0xf0, 0x70, ...new Array<number>(12).fill(0x77)] };
    const a: Given = { shape: [1, 16], data: [1, 10, 100, 1000, ...new Array<number>(12).fill(0)] };
    const y = await run(
      "com.microsoft.MatMulBnb4",
      [a, bytes, { data: [2, 4] }],
      { K: 16, N: 2, block_size: 16, quant_type: 1 },
      1,
    );
    // -1, 1, 0, 1 and 1, -1, 0, -1, of normal floats
    expect(y.data).toEqual([2 * (-1 + 10 + 1000 + 0 * 100), 0]);
  });
});
