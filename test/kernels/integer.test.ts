/** Products of 8-bit integers against loops over the definition: every value must be equal. */
import { describe, expect, test } from "vitest";
import type { MapProgram, Operand, OpKernel } from "../../ts/compiler/kernel.ts";
import type { DType, TypedArray } from "../../ts/core/dtype.ts";
import type { CommandWriter } from "../../ts/device/wasm/command.ts";
import { conv2dInteger, matmulInteger, packInteger } from "../../ts/device/wasm/integer.ts";
import { array, builds, operand, random, runKernel, view } from "./harness.ts";

type Byte = "int8" | "uint8";

/** Whole numbers of a dtype; with `bits` 7 within 127 of each other, with the ends of the range among them. */
function numbers(dtype: Byte, n: number, seed: number, bits: 7 | 8 = 8): TypedArray {
  const low = dtype === "int8" ? (bits === 7 ? -64 : -128) : 0;
  const span = bits === 7 ? 128 : 256;
  const values = random(n, seed).map((x) => low + Math.floor(((x + 1) / 2) * span));
  for (let i = 0; i < n; i += 5) values[i] = i % 2 === 0 ? low : low + span - 1;
  return array(dtype, values);
}

const op = (name: string, inputs: Operand[], output: Operand, attrs: OpKernel["attrs"]): OpKernel => ({
  kind: "op",
  op: name,
  inputs,
  output,
  attrs,
  epilogue: null,
});

/** Bytes of a packed matrix: `ts/ops/integer.ts`. */
function packedBytes(lines: number, depth: number, width: number): number {
  const padded = width * Math.ceil(lines / width);
  return (64 + 8 * padded + 4 * padded * Math.ceil(depth / 2) + 63) & ~63;
}

interface Zeros {
  readonly a?: "one" | "rows";
  readonly b?: "one" | "columns";
}

interface Case {
  readonly batch: readonly number[];
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: Byte;
  readonly b: Byte;
  readonly bits?: 7 | 8;
  readonly zeros?: Zeros;
  /** Strides of a's and b's last two axes, contiguous if not given. */
  readonly transposedA?: boolean;
  readonly transposedB?: boolean;
}

function checkMatmul({ batch, m, n, k, a, b, bits = 8, zeros = {}, transposedA, transposedB }: Case): void {
  const batches = batch.reduce((p, d) => p * d, 1);
  const x = numbers(a, batches * m * k, 3);
  const y = numbers(b, batches * k * n, 5, bits);
  const za = numbers(a, m, 7);
  const zb = numbers(b, n, 9);
  const lead = (matrix: number): number[] => {
    let next = matrix;
    return batch
      .map((_, i) => batch.length - 1 - i)
      .map((d) => {
        const own = next;
        next *= batch[d] as number;
        return own;
      })
      .reverse();
  };
  const [am, ak] = transposedA ? [1, m] : [k, 1];
  const [bk, bn] = transposedB ? [1, k] : [n, 1];
  const left = view(0, [...batch, m, k], [...lead(m * k), am, ak], 0, a as DType);
  const right = view(1, [...batch, n, k], [...lead(k * n), bn, bk], 0, b as DType);
  const none = batch.map(() => 0);
  const zeroA = view(2, [...batch, m], [...none, zeros.a === "rows" ? 1 : 0], 0, a as DType);
  const zeroB = view(3, [...batch, n], [...none, zeros.b === "columns" ? 1 : 0], 0, b as DType);
  const entry = packedBytes(n, k, 8);
  const packed = operand(4, [...batch, entry], "uint8");
  const out = operand(5, [...batch, m, n], "int32");
  const lower = (writer: CommandWriter): void => {
    packInteger(
      op("packInteger", zeros.b ? [right, zeroB] : [right], packed, { width: 8, unsigned: b === "uint8" }),
      writer,
    );
    matmulInteger(
      op("matmulInteger", zeros.a ? [left, packed, zeroA] : [left, packed], out, { unsigned: a === "uint8" }),
      writer,
    );
  };
  const want = new Int32Array(batches * m * n);
  for (let p = 0; p < batches; p++)
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let d = 0; d < k; d++) {
          const l = x[p * m * k + i * am + d * ak] as number;
          const r = y[p * k * n + d * bk + j * bn] as number;
          const zl = zeros.a ? (za[zeros.a === "rows" ? i : 0] as number) : 0;
          const zr = zeros.b ? (zb[zeros.b === "columns" ? j : 0] as number) : 0;
          sum += ((l as number) - zl) * ((r as number) - zr);
        }
        want[(p * m + i) * n + j] = sum;
      }
  for (const build of builds) {
    const buffers = [x, y, za, zb, new Uint8Array(batches * entry), new Int32Array(batches * m * n)];
    const got = runKernel(build, buffers, lower)[5] as Int32Array;
    const wrong = want.findIndex((value, i) => value !== got[i]);
    expect(wrong < 0 ? "equal" : `${build.name} output ${wrong}: ${got[wrong]}, not ${want[wrong]}`).toBe("equal");
  }
}

const sizes: readonly (readonly [m: number, n: number, k: number])[] = [
  [1, 1, 1],
  [1, 9, 67],
  [2, 8, 5],
  [3, 5, 64],
  [4, 8, 16],
  [5, 17, 33],
  [7, 3, 130],
  [66, 20, 51],
  [9, 40, 2100],
  [0, 3, 4],
  [3, 4, 0],
];

describe("matmulInteger", () => {
  for (const [m, n, k] of sizes) {
    test(`[${m}, ${k}] · [${k}, ${n}] of both kinds, with all ranges`, () => {
      for (const a of ["int8", "uint8"] as const)
        for (const b of ["int8", "uint8"] as const)
          for (const bits of [7, 8] as const) {
            checkMatmul({ batch: [], m, n, k, a, b, bits });
            checkMatmul({ batch: [], m, n, k, a, b, bits, zeros: { a: "one", b: "one" } });
            checkMatmul({ batch: [], m, n, k, a, b, bits, zeros: { a: "rows", b: "columns" }, transposedB: true });
            checkMatmul({ batch: [], m, n, k, a, b, bits, zeros: { a: "rows" }, transposedA: true });
          }
    });
  }

  test("batches", () => {
    for (const batch of [[3], [2, 3], [1, 1], [0]])
      for (const bits of [7, 8] as const)
        checkMatmul({ batch, m: 5, n: 9, k: 50, a: "uint8", b: "int8", bits, zeros: { a: "rows", b: "columns" } });
  });
});

interface Convolution {
  readonly x: readonly [number, number, number, number];
  readonly w: readonly [number, number, number, number];
  readonly stride?: readonly [number, number];
  readonly padding?: readonly [number, number, number, number];
  readonly dilation?: readonly [number, number];
  readonly groups?: number;
  readonly bits?: 7 | 8;
  readonly types?: readonly [Byte, Byte];
  readonly epilogue?: boolean;
}

function checkConv(c: Convolution): void {
  const { stride = [1, 1], padding = [0, 0, 0, 0], dilation = [1, 1], groups = 1, bits = 8 } = c;
  const [xType, wType] = c.types ?? ["uint8", "int8"];
  const [n, channels, h, w] = c.x;
  const [o, cg, kh, kw] = c.w;
  const oh = Math.floor((h + padding[0] + padding[2] - dilation[0] * (kh - 1) - 1) / stride[0]) + 1;
  const ow = Math.floor((w + padding[1] + padding[3] - dilation[1] * (kw - 1) - 1) / stride[1]) + 1;
  const x = numbers(xType, n * channels * h * w, 3);
  const weights = numbers(wType, o * cg * kh * kw, 5, bits);
  const zx = numbers(xType, 2, 11).subarray(1);
  const zw = numbers(wType, o, 13);
  const og = o / groups;
  const taps = cg * kh * kw;
  const entry = packedBytes(og, taps, 4);
  const from = view(1, [groups, og, taps], [og * taps, taps, 1], 0, wType as DType);
  const zeros = view(3, [groups, og], [og, 1], 0, wType as DType);
  const packed = operand(4, [groups, entry], "uint8");
  const y = operand(5, [n, o, oh, ow], "int32");
  const input = operand(0, c.x, xType as DType);
  const attrs = { stride, padding, dilation, groups, window: [kh, kw], unsigned: xType === "uint8" };
  const epilogue: MapProgram = {
    shape: y.shape,
    inputs: [y],
    outputs: [{ to: y, value: 2 }],
    instructions: [{ op: "add", dtype: "int32", args: [0, 0] }],
  };
  const lower = (writer: CommandWriter): void => {
    packInteger(op("packInteger", [from, zeros], packed, { width: 4, unsigned: wType === "uint8" }), writer);
    const kernel = op("conv2dInteger", [input, packed, operand(2, [], xType as DType)], y, attrs);
    conv2dInteger(c.epilogue ? { ...kernel, epilogue } : kernel, writer);
  };
  const want = new Int32Array(n * o * oh * ow);
  let at = 0;
  for (let image = 0; image < n; image++)
    for (let out = 0; out < o; out++)
      for (let r = 0; r < oh; r++)
        for (let q = 0; q < ow; q++) {
          let sum = 0;
          for (let i = 0; i < cg; i++)
            for (let ky = 0; ky < kh; ky++)
              for (let kx = 0; kx < kw; kx++) {
                const row = r * stride[0] + ky * dilation[0] - padding[0];
                const column = q * stride[1] + kx * dilation[1] - padding[1];
                if (row < 0 || row >= h || column < 0 || column >= w) continue;
                const channel = Math.floor(out / og) * cg + i;
                const pixel = x[((image * channels + channel) * h + row) * w + column] as number;
                const weight = weights[((out * cg + i) * kh + ky) * kw + kx] as number;
                sum += (pixel - (zx[0] as number)) * (weight - (zw[out] as number));
              }
          want[at++] = c.epilogue ? 2 * sum : sum;
        }
  for (const build of builds) {
    const buffers = [x, weights, zx.slice(), zw, new Uint8Array(groups * entry), new Int32Array(want.length)];
    const got = runKernel(build, buffers, lower)[5] as Int32Array;
    const wrong = want.findIndex((value, i) => value !== got[i]);
    expect(wrong < 0 ? "equal" : `${build.name} output ${wrong}: ${got[wrong]}, not ${want[wrong]}`).toBe("equal");
  }
}

describe("conv2dInteger", () => {
  const convolutions: Readonly<Record<string, Convolution>> = {
    "one pixel": { x: [1, 1, 1, 1], w: [1, 1, 1, 1] },
    "3 × 3 with padding": { x: [2, 5, 9, 11], w: [6, 5, 3, 3], padding: [1, 1, 1, 1] },
    "3 × 3 without": { x: [1, 7, 12, 10], w: [9, 7, 3, 3] },
    "uneven padding": { x: [1, 3, 8, 9], w: [4, 3, 3, 2], padding: [0, 2, 1, 0] },
    "stride 2": { x: [1, 4, 15, 14], w: [8, 4, 3, 3], stride: [2, 2], padding: [1, 1, 1, 1] },
    "stride 2 by 3, dilation": { x: [1, 4, 15, 17], w: [5, 4, 3, 2], stride: [2, 3], dilation: [2, 3] },
    pointwise: { x: [2, 70, 6, 7], w: [10, 70, 1, 1] },
    "pointwise, stride 2": { x: [1, 9, 9, 9], w: [4, 9, 1, 1], stride: [2, 2] },
    "narrow rows": { x: [1, 12, 9, 3], w: [5, 12, 3, 3], padding: [1, 1, 1, 1] },
    "rows of seven": { x: [1, 20, 7, 7], w: [12, 20, 3, 3], padding: [1, 1, 1, 1] },
    depthwise: { x: [1, 6, 10, 13], w: [6, 1, 3, 3], padding: [1, 1, 1, 1], groups: 6 },
    "depthwise, stride 2, two outputs a channel": {
      x: [2, 3, 11, 12],
      w: [6, 1, 3, 3],
      stride: [2, 2],
      padding: [1, 0, 1, 1],
      groups: 3,
    },
    "depthwise over rows of five, dilated": {
      x: [1, 5, 9, 5],
      w: [5, 1, 2, 2],
      dilation: [2, 1],
      padding: [0, 1, 0, 0],
      groups: 5,
    },
    "depthwise 7 × 7": { x: [1, 2, 9, 17], w: [2, 1, 7, 7], padding: [3, 3, 3, 3], groups: 2 },
    groups: { x: [2, 6, 8, 8], w: [9, 2, 3, 3], groups: 3, padding: [1, 1, 1, 1] },
    "many points": { x: [1, 3, 40, 37], w: [5, 3, 5, 5], padding: [2, 2, 2, 2] },
    "deeper than a block": { x: [1, 130, 6, 9], w: [6, 130, 3, 3], padding: [1, 1, 1, 1] },
  };
  for (const [name, convolution] of Object.entries(convolutions)) {
    test(name, () => {
      for (const bits of [7, 8] as const) checkConv({ ...convolution, bits });
      checkConv({ ...convolution, types: ["int8", "uint8"], bits: 7 });
      checkConv({ ...convolution, epilogue: true });
    });
  }
});
