import { describe, expect, test } from "vitest";
import type { MapProgram, Operand, OpKernel } from "../../ts/compiler/kernel.ts";
import { CommandWriter } from "../../ts/device/wasm/command.ts";
import { matmul } from "../../ts/device/wasm/matmul.ts";
import { builds, operand, random, runKernel, view } from "./harness.ts";

function kernelOf(a: Operand, b: Operand): OpKernel {
  const shape = [...a.shape.slice(0, -1), b.shape[b.shape.length - 1] as number];
  return {
    kind: "op",
    label: "matmul",
    op: "matmul",
    inputs: [a, b],
    output: operand(2, shape),
    attrs: {},
    epilogue: null,
  };
}

/** Index in its buffer of element `index` (in row-major order) of a strided operand. */
function place({ shape, strides, offset }: Operand, index: number): number {
  let at = offset;
  for (let d = shape.length - 1; d >= 0; d--) {
    at += (index % (shape[d] as number)) * (strides[d] as number);
    index = Math.floor(index / (shape[d] as number));
  }
  return at;
}

/** The product in float64 by the definition, and for each output the sum of its terms' magnitudes. */
function oracle(x: Float32Array, y: Float32Array, a: Operand, b: Operand): { sums: number[]; sizes: number[] } {
  const rank = a.shape.length;
  const batch = a.shape.slice(0, -2).reduce((p, d) => p * d, 1);
  const [m, k] = a.shape.slice(rank - 2) as [number, number];
  const n = b.shape[rank - 1] as number;
  const sums: number[] = [];
  const sizes: number[] = [];
  for (let p = 0; p < batch; p++)
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let sum = 0;
        let size = 0;
        for (let d = 0; d < k; d++) {
          const term = (x[place(a, (p * m + i) * k + d)] as number) * (y[place(b, (p * k + d) * n + j)] as number);
          sum += term;
          size += Math.abs(term);
        }
        sums.push(sum);
        sizes.push(size);
      }
  return { sums, sizes };
}

/** How a matrix lies in its buffer, as strides of the last two axes. */
const layouts: Record<string, (rows: number, columns: number) => [strides: [number, number], offset: number]> = {
  rows: (_, columns) => [[columns, 1], 0],
  columns: (rows) => [[1, rows], 0],
  "wide rows": (_, columns) => [[columns + 3, 1], 5],
  "wide columns": (rows) => [[1, rows + 5], 3],
  "backward rows": (rows, columns) => [[-columns, 1], Math.max(0, rows - 1) * columns],
  "every other": (_, columns) => [[2 * columns, 2], 1],
};

/** A batch of matrices in `layout`; a batch axis of `repeat` has stride 0. */
function matrices(
  buffer: number,
  batch: readonly number[],
  rows: number,
  columns: number,
  layout: string,
  repeat = -1,
): Operand {
  const [[row, column], offset] = (layouts[layout] as (typeof layouts)["rows"])(rows, columns);
  const strides = new Array<number>(batch.length);
  let next = 2 * (rows + 5) * (columns + 3);
  if (layout === "rows") next = rows * columns;
  for (let d = batch.length - 1; d >= 0; d--) {
    strides[d] = d === repeat ? 0 : next;
    if (d !== repeat) next *= batch[d] as number;
  }
  return view(buffer, [...batch, rows, columns], [...strides, row, column], offset);
}

/** Floats of a buffer that holds the operand. */
function extent({ shape, strides, offset }: Operand): number {
  return shape.reduce((at, size, d) => at + Math.max(0, size - 1) * Math.max(0, strides[d] as number), offset) + 1;
}

function check(a: Operand, b: Operand): void {
  const x = random(extent(a), 3);
  const y = random(extent(b), 5);
  const { sums, sizes } = oracle(x, y, a, b);
  const k = a.shape[a.shape.length - 1] as number;
  for (const build of builds) {
    const [, , out] = runKernel(build, [x, y, random(sums.length, 7)], (writer) => matmul(kernelOf(a, b), writer));
    // Every order of summation, fused or not, keeps within k roundings of the sum of magnitudes.
    const wrong = sums.findIndex(
      (sum, i) => !(Math.abs(sum - (out?.[i] as number)) <= (k + 1) * 2 ** -24 * (sizes[i] as number)),
    );
    const where = `${build.name}: ${a.shape} strides ${a.strides} by ${b.shape} strides ${b.strides}, output ${wrong}`;
    expect(wrong < 0 ? "close" : `${where}: ${out?.[wrong]}, not ${sums[wrong]}`).toBe("close");
  }
}

const sizes: readonly (readonly [m: number, n: number, k: number])[] = [
  [1, 1, 1],
  [1, 1, 37],
  [1, 10, 84],
  [1, 33, 5],
  [1, 130, 67],
  [7, 1, 50],
  [2, 3, 4],
  [4, 2, 3],
  [2, 33, 20],
  [3, 5, 7],
  [4, 8, 16],
  [5, 9, 1],
  [9, 17, 2],
  [10, 84, 64],
  [13, 21, 300],
  [33, 65, 50],
  [35, 3, 22],
  [18, 12, 16],
  [37, 70, 49],
  [64, 10, 84],
  [69, 18, 259],
  [0, 4, 3],
  [4, 0, 3],
  [3, 5, 0],
  [1, 5, 0],
];

describe("matmul", () => {
  for (const [m, n, k] of sizes) {
    test(`[${m}, ${k}] · [${k}, ${n}] in every layout`, () => {
      for (const left of Object.keys(layouts))
        for (const right of Object.keys(layouts)) check(matrices(0, [], m, k, left), matrices(1, [], k, n, right));
    });
  }

  test("columns beyond one block, depth beyond two", () => {
    check(matrices(0, [], 40, 3, "rows"), matrices(1, [], 3, 1035, "rows"));
    check(matrices(0, [], 5, 520, "columns"), matrices(1, [], 520, 1029, "columns"));
    check(matrices(0, [], 140, 515, "rows"), matrices(1, [], 515, 9, "rows"));
    check(matrices(0, [], 150, 700, "rows"), matrices(1, [], 700, 13, "columns"));
  });

  const batches: readonly (readonly [batch: readonly number[], a: number, b: number])[] = [
    [[3], -1, -1],
    [[1], -1, -1],
    [[0], -1, -1],
    [[2, 3], -1, -1],
    [[2, 3], 0, 1],
    [[2, 3], 1, 0],
    [[5], -1, 0],
    [[5], 0, -1],
    [[2, 2, 3], 1, 2],
    [[2, 3, 2, 2], 1, 2],
    [[2, 2, 3, 2, 2], 1, 3],
  ];
  for (const [batch, a, b] of batches) {
    test(`batch [${batch}], repeated axis ${a} of a and ${b} of b`, () => {
      for (const [m, n, k] of [
        [5, 6, 7],
        [1, 9, 6],
        [6, 1, 9],
        [8, 16, 64],
      ] as const)
        for (const left of ["rows", "columns", "wide rows"])
          for (const right of ["rows", "columns", "every other"])
            check(matrices(0, batch, m, k, left, a), matrices(1, batch, k, n, right, b));
    });
  }

  test("one b for a batch is one taller product", () => {
    const out = new CommandWriter();
    matmul(kernelOf(matrices(0, [3, 5], 7, 8, "rows"), view(1, [3, 5, 8, 4], [0, 0, 4, 1])), out);
    expect(out.count).toBe(1);
    expect([...out.words.subarray(10, 13)]).toEqual([105, 4, 8]);
  });

  // Every output passes the epilogue exactly once, whichever route, block or thread finished it: out = out · scale + bias.
  const shapes: readonly (readonly [
    batch: readonly number[],
    m: number,
    n: number,
    k: number,
    left: string,
    right: string,
  ])[] = [
    [[], 1, 50, 9, "rows", "rows"],
    [[], 1, 50, 9, "rows", "columns"],
    [[], 70, 50, 64, "rows", "columns"],
    [[], 40, 10, 20, "rows", "rows"],
    [[], 150, 40, 300, "columns", "rows"],
    [[], 6, 1030, 5, "rows", "rows"],
    [[], 5, 7, 0, "rows", "rows"],
    [[4], 3, 5, 7, "rows", "rows"],
    [[2, 2, 3, 2, 2], 3, 5, 7, "rows", "rows"],
  ];
  for (const [batch, m, n, k, left, right] of shapes) {
    test(`epilogue over [${batch}] [${m}, ${k}] ${left} · [${k}, ${n}] ${right}`, () => {
      const middle = batch.length > 3 ? 1 : -1;
      const a = matrices(0, batch, m, k, left, middle);
      const b = matrices(1, batch, k, n, right, batch.length > 3 ? 3 : -1);
      const plain = kernelOf(a, b);
      const { shape } = plain.output;
      const along = view(3, shape, [...batch.map(() => 0), 0, 1]);
      const epilogue: MapProgram = {
        shape,
        inputs: [
          plain.output,
          along,
          view(
            4,
            shape,
            shape.map(() => 0),
          ),
        ],
        outputs: [{ to: plain.output, value: 5 }],
        instructions: [
          { op: "mul", dtype: "float32", args: [0, 2] },
          { op: "add", dtype: "float32", args: [4, 1] },
        ],
      };
      const [x, y, bias] = [random(extent(a), 3), random(extent(b), 5), random(n, 9)] as const;
      const empty = new Float32Array(shape.reduce((size, d) => size * d, 1));
      for (const build of builds) {
        const buffers = [x, y, empty, bias, new Float32Array([0.75])];
        const raw = runKernel(build, buffers, (out) => matmul(plain, out))[2] as Float32Array;
        const done = runKernel(build, buffers, (out) => matmul({ ...plain, epilogue }, out))[2] as Float32Array;
        const wrong = raw.findIndex(
          (value, i) =>
            Math.abs(value * 0.75 + (bias[i % n] as number) - (done[i] as number)) > 1e-6 * (1 + Math.abs(value)),
        );
        expect(wrong < 0 ? "once" : `${build.name}: output ${wrong} is ${done[wrong]} from ${raw[wrong]}`).toBe("once");
      }
    });
  }
});
