import { Tensor } from "../../ts/index.ts";
import { expand } from "../../ts/ops/broadcast.ts";
import type { Conv2dOptions } from "../../ts/ops/conv2d.ts";
import { conv2dInteger, matmulInteger } from "../../ts/ops/integer.ts";
import { constant } from "../../ts/ops/leaf.ts";
import { matmulNBits } from "../../ts/ops/matmul-nbits.ts";
import { dequantize, quantize } from "../../ts/ops/quantize.ts";
import { approx, type Case, type Input } from "./case.ts";
import { type Array64, array64, at, build } from "./oracle.ts";

type Byte = "int8" | "uint8";

const input = (dtype: Byte, shape: readonly number[], phase: number): Input =>
  dtype === "int8" ? { dtype, shape, phase, low: -128, high: 128 } : { dtype, shape, phase, low: 0, high: 256 };

const clear: Array64 = array64([], [0]);

/** The element of `x` that stands at `index` of a larger shape. */
function shown(x: Array64, index: readonly number[]): number {
  const lead = index.length - x.shape.length;
  return at(
    x,
    x.shape.map((size, axis) => (size === 1 ? 0 : (index[axis + lead] as number))),
  );
}

function product(a: Array64, b: Array64, za: Array64, zb: Array64): Array64 {
  const k = a.shape.at(-1) as number;
  const rows = za.shape.length === 1 ? array64([...za.shape, 1], za.data) : za;
  const rank = Math.max(a.shape.length, b.shape.length) - 2;
  const sizes = (x: Array64): number[] =>
    Array.from({ length: rank }, (_, i) => x.shape[i - rank + x.shape.length - 2] ?? 1);
  const batch = sizes(a).map((size, i) => Math.max(size, sizes(b)[i] as number));
  return build([...batch, a.shape.at(-2) as number, b.shape.at(-1) as number], (index) => {
    const [lead, i, j] = [index.slice(0, -2), index.at(-2) as number, index.at(-1) as number];
    let sum = 0;
    for (let d = 0; d < k; d++) {
      sum +=
        (shown(a, [...lead, i, d]) - shown(rows, [...lead, i, 0])) *
        (shown(b, [...lead, d, j]) - shown(zb, [...lead, 0, j]));
    }
    return sum;
  });
}

function matrices(
  name: string,
  types: readonly [Byte, Byte],
  a: readonly number[],
  b: readonly number[],
  aZero?: readonly number[],
  bZero?: readonly number[],
): Case {
  const inputs = [input(types[0], a, 0), input(types[1], b, 0.3)];
  if (aZero) inputs.push(input(types[0], aZero, 0.1));
  if (bZero) inputs.push(input(types[1], bZero, 0.7));
  const zeros = <T>(xs: readonly T[]): [T | undefined, T | undefined] => [aZero && xs[2], bZero && xs[aZero ? 3 : 2]];
  return {
    name: `matmulInteger of ${types.join(" by ")}, ${name}`,
    inputs,
    run: (_, ...xs) => {
      const nodes = xs.map(({ node }) => node) as [Tensor["node"], Tensor["node"]];
      return new Tensor(matmulInteger(nodes[0], nodes[1], ...zeros(nodes)));
    },
    oracle: (...xs) => {
      const [za = clear, zb = clear] = zeros(xs);
      return product(xs[0] as Array64, xs[1] as Array64, za, zb);
    },
    gradient: false,
  };
}

function convolution(
  name: string,
  types: readonly [Byte, Byte],
  x: readonly number[],
  w: readonly number[],
  options: Conv2dOptions,
): Case {
  const [o, cg, kh, kw] = w as [number, number, number, number];
  const { stride, padding, dilation, groups } = options;
  const size = (axis: 0 | 1): number =>
    Math.floor(
      ((x[axis + 2] as number) +
        padding[axis] +
        (padding[axis + 2] as number) -
        dilation[axis] * ((w[axis + 2] as number) - 1) -
        1) /
        stride[axis],
    ) + 1;
  return {
    name: `conv2dInteger of ${types.join(" by ")}, ${name}`,
    inputs: [input(types[0], x, 0), input(types[1], w, 0.3), input(types[0], [], 0.1), input(types[1], [o], 0.7)],
    run: (_, ...xs) => {
      const [image, weights, xZero, wZero] = xs.map(({ node }) => node) as [
        Tensor["node"],
        Tensor["node"],
        Tensor["node"],
        Tensor["node"],
      ];
      return new Tensor(conv2dInteger(image, weights, xZero, wZero, options));
    },
    oracle: (...xs) => {
      const [image, weights, xZero, wZero] = xs as [Array64, Array64, Array64, Array64];
      return build([x[0] as number, o, size(0), size(1)], ([n, out, r, q]) => {
        let sum = 0;
        for (let i = 0; i < cg; i++)
          for (let ky = 0; ky < kh; ky++)
            for (let kx = 0; kx < kw; kx++) {
              const row = (r as number) * stride[0] + ky * dilation[0] - padding[0];
              const column = (q as number) * stride[1] + kx * dilation[1] - padding[1];
              if (row < 0 || row >= (x[2] as number) || column < 0 || column >= (x[3] as number)) continue;
              const channel = Math.floor((out as number) / (o / groups)) * cg + i;
              sum +=
                (at(image, [n as number, channel, row, column]) - at(xZero, [])) *
                (at(weights, [out as number, i, ky, kx]) - at(wZero, [out as number]));
            }
        return sum;
      });
    },
    gradient: false,
  };
}

/** float32 rows by packed weights; without zero points these are the middle of the range. */
function packed(
  name: string,
  { m, n, k, bits, block }: { m: readonly number[]; n: number; k: number; bits: number; block: number },
  zeros: "none" | "packed" | "floats",
): Case {
  const blocks = Math.ceil(k / block);
  const bytes = (block * bits) / 8;
  const inputs: Input[] = [
    { shape: [...m, k] },
    { shape: [n, blocks, bytes], dtype: "uint8", low: 0, high: 256 },
    { shape: [n, blocks], low: 0.1, high: 0.5, phase: 0.3 },
  ];
  if (zeros === "packed")
    inputs.push({ ...(inputs[1] as Input), shape: [n, Math.ceil((blocks * bits) / 8)], phase: 0.2 });
  if (zeros === "floats") inputs.push({ shape: [n, blocks], low: 1, high: 6, phase: 0.6 });
  /** Number i of those in a run of bytes. */
  const number = (x: Array64, row: number, i: number): number =>
    ((x.data[row * (x.data.length / n) + Math.floor((i * bits) / 8)] as number) >> ((i * bits) % 8)) & (2 ** bits - 1);
  return {
    name: `matmulNBits of ${bits} bits, ${name}`,
    inputs,
    run: (_, ...xs) => {
      const [a, q, scales, zero = null] = xs.map(({ node }) => node) as [
        Tensor["node"],
        Tensor["node"],
        Tensor["node"],
      ];
      return new Tensor(matmulNBits(a, q, scales, zero as Tensor["node"] | null, { bits, block }));
    },
    oracle: (...xs) => {
      const [a, q, scales, zero] = xs as [Array64, Array64, Array64, Array64 | undefined];
      return build([...m, n], (index) => {
        const [j, lead] = [index.at(-1) as number, index.slice(0, -1)];
        let sum = 0;
        for (let d = 0; d < k; d++) {
          const b = Math.floor(d / block);
          const offset =
            zero === undefined ? 2 ** (bits - 1) : zeros === "packed" ? number(zero, j, b) : at(zero, [j, b]);
          sum += at(a, [...lead, d]) * (number(q, j, d) - offset) * at(scales, [j, b]);
        }
        return sum;
      });
    },
    gradient: [0],
    tolerance: approx,
  };
}

const halfEven = (x: number): number => {
  const whole = Math.floor(x);
  const rest = x - whole;
  return rest < 0.5 || (rest === 0.5 && whole % 2 === 0) ? whole : whole + 1;
};

const quantised: readonly Case[] = [
  {
    name: "quantize by halves along an axis",
    inputs: [
      { shape: [3, 40], values: (i) => (i - 60) / 4 },
      { shape: [3], values: (i) => 2 ** (i - 1) },
      input("int8", [3], 0.3),
    ],
    run: (_, x, scale, zero) =>
      new Tensor(
        quantize((x as Tensor).node, (scale as Tensor).node, (zero as Tensor).node, {
          axis: 0,
          block: 0,
          dtype: "int8",
        }),
      ),
    oracle: (x, scale, zero) =>
      build([3, 40], ([i, j]) => {
        const steps = halfEven(at(x as Array64, [i as number, j as number]) / at(scale as Array64, [i as number]));
        return Math.min(127, Math.max(-128, steps + at(zero as Array64, [i as number])));
      }),
    gradient: false,
  },
  {
    name: "dequantize in blocks",
    inputs: [input("uint8", [5, 7], 0), { shape: [3, 7], low: 0.5, high: 2 }, input("uint8", [3, 7], 0.3)],
    run: (_, q, scale, zero) =>
      new Tensor(
        dequantize((q as Tensor).node, (scale as Tensor).node, (zero as Tensor).node, {
          axis: 0,
          block: 2,
          dtype: "float32",
        }),
      ),
    oracle: (q, scale, zero) =>
      build([5, 7], ([i, j]) => {
        const place = [Math.floor((i as number) / 2), j as number];
        return (
          (at(q as Array64, [i as number, j as number]) - at(zero as Array64, place)) * at(scale as Array64, place)
        );
      }),
    gradient: [1],
  },
];

export const integer: readonly Case[] = [
  ...quantised,
  packed("one row", { m: [1], n: 13, k: 64, bits: 4, block: 32 }, "none"),
  packed("one row, blocks of 16, cut short", { m: [1], n: 9, k: 90, bits: 4, block: 16 }, "packed"),
  packed("rows", { m: [2, 3], n: 21, k: 70, bits: 4, block: 16 }, "floats"),
  packed("rows, deeper than a panel", { m: [5], n: 9, k: 300, bits: 4, block: 128 }, "packed"),
  packed("one row", { m: [1], n: 6, k: 50, bits: 8, block: 32 }, "packed"),
  packed("rows", { m: [9], n: 7, k: 33, bits: 8, block: 16 }, "none"),
  packed("one row", { m: [1], n: 11, k: 80, bits: 2, block: 32 }, "packed"),
  packed("rows", { m: [4], n: 10, k: 64, bits: 2, block: 64 }, "floats"),
  packed("blocks of four bytes", { m: [3], n: 5, k: 40, bits: 2, block: 16 }, "none"),
  matrices("without zero points", ["uint8", "uint8"], [5, 7], [7, 9]),
  matrices("one zero point each", ["uint8", "uint8"], [5, 7], [7, 9], [], []),
  matrices("zero points of rows and columns", ["int8", "uint8"], [6, 50], [50, 11], [6], [11]),
  matrices("one b for a batch", ["uint8", "int8"], [2, 3, 4, 20], [20, 5], [], [5]),
  matrices("batches that broadcast", ["int8", "int8"], [3, 1, 4, 20], [2, 20, 5], [], []),
  matrices("zero points of every matrix", ["uint8", "int8"], [2, 4, 20], [20, 5], [2, 4, 1], [2, 1, 5]),
  {
    ...matrices("by weights of seven bits", ["uint8", "int8"], [7, 60], [60, 11], [], [11]),
    inputs: [
      input("uint8", [7, 60], 0),
      { ...input("int8", [60, 11], 0.3), low: -60, high: 60 },
      input("uint8", [], 0.1),
      input("int8", [11], 0.7),
    ],
  },
  {
    name: "matmulInteger of numbers of the program",
    inputs: [input("uint8", [3, 60], 0)],
    run: (_, a) => {
      const { node } = a as Tensor;
      const b = expand(constant(200, "uint8"), [60, 4]);
      return new Tensor(matmulInteger(node, b, constant(250, "uint8"), constant(3, "uint8")));
    },
    oracle: (a) =>
      build([3, 4], ([i]) => {
        let sum = 0;
        for (let d = 0; d < 60; d++) sum += (at(a as Array64, [i as number, d]) - 250) * 197;
        return sum;
      }),
    gradient: false,
  },
  convolution("3 × 3", ["uint8", "int8"], [2, 3, 7, 9], [5, 3, 3, 3], {
    stride: [1, 1],
    padding: [1, 1, 1, 1],
    dilation: [1, 1],
    groups: 1,
  }),
  convolution("strided groups", ["int8", "uint8"], [1, 4, 9, 8], [6, 2, 3, 2], {
    stride: [2, 1],
    padding: [0, 1, 2, 0],
    dilation: [1, 2],
    groups: 2,
  }),
];
