/** Dtypes of less than 32 bits: conversions, a step of each kind, and what is stored as parts of words. */
import { type DType, dtypes } from "../../ts/core/dtype.ts";
import { cumsum, Tensor as Made, realize, scatter, type Tensor, tensor, topk } from "../../ts/index.ts";
import type { Conv2dOptions } from "../../ts/ops/conv2d.ts";
import { abs, add, bitcast, cast, div, lt, mul, neg, shiftLeft, sub, where } from "../../ts/ops/elementwise.ts";
import { conv2dInteger, matmulInteger } from "../../ts/ops/integer.ts";
import { matmulNBits } from "../../ts/ops/matmul-nbits.ts";
import { type Case, exact, filled, reordered, type Tolerance } from "./webgpu-case.ts";

const small: readonly DType[] = [
  ...(["float16", "bfloat16", "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz"] as const),
  ...(["float4_e2m1fn", "int16", "int8", "int4", "int2", "uint16", "uint4", "uint2"] as const),
];

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
/** Ties, greatest and least numbers of the small formats, and their neighbours. */
const sizes = [
  ...[
    0,
    nan,
    inf,
    1,
    1.5,
    1.0625,
    1.1875,
    3,
    5,
    7,
    0.1,
    100,
    130,
    239,
    240,
    248,
    447,
    448,
    464,
    500,
    1000,
    57344,
    61440,
  ],
  ...[
    65504,
    65519,
    65520,
    1e5,
    1e10,
    3e38,
    2 ** -6,
    2 ** -7,
    2 ** -9,
    2 ** -10,
    2 ** -14,
    2 ** -15,
    2 ** -16,
    2 ** -17,
  ],
  ...[2 ** -24, 2 ** -25, 1.5 * 2 ** -25, 3 * 2 ** -25, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 1 + 2 ** -8, 1 + 3 * 2 ** -8],
];
const reals = sizes.flatMap((x) => [x, -x]);
const integers = [
  0, 1, -1, 2, -2, 3, 7, 8, -8, -9, 15, 100, 127, 128, -128, -129, 255, 256, 32767, 32768, -32769, 65536,
];

const listOf = (dtype: DType): Tensor => (dtypes[dtype].float ? tensor(reals) : tensor(integers, { dtype: "int32" }));

function casesOf(dtype: DType): Case[] {
  const { float } = dtypes[dtype];
  const wide = float ? "float32" : "int32";
  const each = (f: (x: Made["node"]) => Made["node"]) => () => {
    const x = cast(listOf(dtype).node, dtype);
    return new Made(cast(f(x), wide));
  };
  return [
    {
      name: `${dtype} stored and read`,
      build: async () => {
        const [x] = await realize(listOf(dtype).to(dtype));
        return (x as Tensor).slice([1, 30]).to(wide);
      },
      tolerance: exact,
    },
    {
      name: `${dtype} of float32`,
      build: () =>
        tensor(reals.filter((x) => Math.abs(x) < 1e9))
          .to(dtype)
          .to(wide),
      tolerance: exact,
    },
    { name: `${dtype} a step of each kind`, build: each((x) => sub(add(mul(x, x), x), neg(abs(x)))), tolerance: exact },
    { name: `${dtype} chosen`, build: each((x) => where(lt(x, neg(x)), x, mul(x, x))), tolerance: exact },
    ...(float
      ? []
      : [{ name: `${dtype} divided, shifted`, build: each((x) => div(shiftLeft(x, x), x)), tolerance: exact }]),
  ];
}

const bits: readonly Case[] = (
  [
    ["float16", "int16"],
    ["bfloat16", "uint16"],
    ["float8_e5m2", "int8"],
    ["int8", "uint8"],
  ] as const
).map(([from, to]) => ({
  name: `bits of ${from} as ${to}`,
  build: () => new Made(cast(bitcast(cast(listOf(from).node, from), to), "int32")),
  tolerance: exact,
}));

const bytes = (shape: number[], dtype: "int8" | "uint8"): Made["node"] =>
  filled(shape, 127, dtype === "int8" ? 0 : 128)
    .to("int32")
    .to(dtype).node;

const products: readonly Case[] = [
  ...(["int8", "uint8"] as const).map(
    (dtype): Case => ({
      name: `matmulInteger of ${dtype}, in tiles`,
      build: () =>
        new Made(
          matmulInteger(bytes([70, 67], dtype), bytes([67, 90], "int8"), bytes([70], dtype), bytes([90], "int8")),
        ),
      tolerance: exact,
    }),
  ),
  {
    name: "conv2dInteger, in tiles",
    build: () => {
      const options: Conv2dOptions = { stride: [1, 2], padding: [1, 2, 0, 1], dilation: [2, 1], groups: 2 };
      const zero = bytes([1], "uint8");
      return new Made(
        conv2dInteger(bytes([2, 6, 9, 11], "uint8"), bytes([40, 3, 3, 2], "int8"), zero, undefined, options),
      );
    },
    tolerance: exact,
  },
];

const packed: readonly Case[] = [2, 4, 8].map((bits) => ({
  name: `matmulNBits of ${bits} bits, in tiles`,
  build: () => {
    const [m, n, k, block] = [33, 40, 70, 32];
    const q = bytes([n, 3, (block * bits) / 8], "uint8");
    const zeros = bytes([n, Math.ceil((3 * bits) / 8)], "uint8");
    const a = filled([m, k]).node;
    return new Made(matmulNBits(a, q, filled([n, 3], 0.1, 0.2).node, zeros, { bits, block }));
  },
  tolerance: reordered,
}));

/** Half of the last place of float16, and what another order of additions makes of it. */
const half: Tolerance = { bound: 2 ** -10, of: "all" };
const halves = (shape: number[]): Tensor => filled(shape, 1).to("float16");

/** Kernels that read what is stored, without a cast before them. */
const stored: readonly Case[] = [
  {
    name: "matmul of float16",
    build: () => {
      const [a, b] = [halves([33, 40]), halves([50, 40])].map((x) => x.to("float32")) as [Tensor, Tensor];
      return a.matmul(b.t());
    },
    tolerance: reordered,
  },
  { name: "softmax of float16", build: () => halves([9, 70]).softmax(1), tolerance: half },
  { name: "cumsum of int8", build: () => cumsum(filled([5, 90], 90).to("int8"), 1), tolerance: exact },
  { name: "topk of bfloat16", build: () => topk(filled([3, 300]).to("bfloat16"), 9, 1).indices, tolerance: exact },
  {
    name: "scatter of uint16",
    build: () => {
      const index = tensor(
        Int32Array.from({ length: 30 }, (_, i) => (i * i) % 20),
        { shape: [30] },
      );
      return scatter(filled([20], 900).to("uint16"), 0, index, filled([30], 700).to("uint16"), "add");
    },
    tolerance: exact,
  },
];

export const dtypeCases: readonly Case[] = [...small.flatMap(casesOf), ...bits, ...products, ...packed, ...stored];
