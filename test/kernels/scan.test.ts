import { describe, expect, test } from "vitest";
import { type DType, dtypes } from "../../ts/core/dtype.ts";
import { load, store } from "../../ts/core/storage.ts";
import { scan } from "../../ts/device/wasm/scan.ts";
import { builds, operand, random, runKernel } from "./harness.ts";

const shapes: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [3, 17, 1],
  [2, 9, 5],
  [1, 4, 33],
  [2, 0, 3],
];

/** Every position of the axis by the one before it. */
function oracle(
  x: ArrayLike<number>,
  [o, n, i]: readonly [number, number, number],
  product: boolean,
  exclusive: boolean,
  reverse: boolean,
) {
  const y = new Array<number>(o * n * i);
  for (let a = 0; a < o; a++) {
    for (let c = 0; c < i; c++) {
      let total = product ? 1 : 0;
      for (let t = 0; t < n; t++) {
        const at = (a * n + (reverse ? n - 1 - t : t)) * i + c;
        const next = product ? total * (x[at] as number) : total + (x[at] as number);
        y[at] = exclusive ? total : next;
        total = next;
      }
    }
  }
  return y;
}

const ways = [true, false].flatMap((exclusive) => [true, false].map((reverse) => ({ exclusive, reverse })));

describe.each(builds)("on the $name build", (build) => {
  describe.each(["float32", "int32", "uint32", "float64", "int64", "uint64"] as readonly DType[])("%s", (dtype) => {
    test.each(shapes.flatMap((shape) => ways.map((way) => ({ shape, ...way }))))(
      "$shape, exclusive $exclusive, reverse $reverse",
      ({ shape, exclusive, reverse }) => {
        const size = shape[0] * shape[1] * shape[2];
        for (const op of ["cumsum", "cumprod"]) {
          // Products of ±1 and 2 stay exact.
          const values = random(size, 5).map((v) =>
            op === "cumsum" ? Math.round(v * 50) : v > 0.8 ? 2 : v > 0 ? 1 : -1,
          );
          const x = store(dtype, dtypes[dtype].signed ? values : values.map(Math.abs));
          const kernel = {
            kind: "op" as const,
            op,
            inputs: [operand(0, shape, dtype)],
            output: operand(1, shape, dtype),
            attrs: { axis: 1, exclusive, reverse },
            epilogue: null,
          };
          const [, y] = runKernel(build, [x, new dtypes[dtype].array(size)], (out) => scan(kernel, out));
          const wanted = oracle(load(dtype, x), shape, op === "cumprod", exclusive, reverse);
          expect(Array.from(y as ArrayLike<number>, (v) => Number(v) + 0)).toEqual(wanted.map((v) => v + 0));
        }
      },
    );
  });
});
