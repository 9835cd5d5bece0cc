/** Numbers to their storage and back, for every dtype; the small floats against their published tables. */
import { describe, expect, test } from "vitest";
import { type DType, dtypes, promote } from "../../ts/core/dtype.ts";
import { decode, encode, isSmallFloat, type SmallFloat } from "../../ts/core/small-float.ts";
import { held } from "../../ts/core/storage.ts";
import { tensor } from "../../ts/index.ts";

const all = Object.keys(dtypes) as DType[];
const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

describe("small floats", () => {
  test.each(all.filter(isSmallFloat))("every value of %s comes back", (dtype) => {
    for (let bits = 0; bits < 2 ** dtypes[dtype].bits; bits++) {
      const value = decode(dtype, bits);
      if (Number.isNaN(value)) expect(decode(dtype, encode(dtype, value))).toBeNaN();
      else expect(encode(dtype, value, false)).toBe(bits);
    }
  });

  // The greatest and the least positive value, 1 + half of the last place (to even), 1 + a little more.
  test.each<[SmallFloat, number, number, number, number]>([
    ["float16", 65504, 2 ** -24, 1, 1 + 2 ** -10],
    ["bfloat16", 2 ** 127 * (2 - 2 ** -7), 2 ** -133, 1, 1 + 2 ** -7],
    ["float8_e4m3fn", 448, 2 ** -9, 1, 1.125],
    ["float8_e4m3fnuz", 240, 2 ** -10, 1, 1.125],
    ["float8_e5m2", 57344, 2 ** -16, 1, 1.25],
    ["float8_e5m2fnuz", 57344, 2 ** -17, 1, 1.25],
    ["float4_e2m1fn", 6, 0.5, 1, 1.5],
  ])("the range and rounding of %s", (dtype, greatest, least, even, next) => {
    const half = (next - 1) / 2;
    expect([held(dtype, greatest), held(dtype, least), held(dtype, -least)]).toEqual([greatest, least, -least]);
    expect([held(dtype, 1 + half), held(dtype, 1 + half * 1.01), held(dtype, least / 2)]).toEqual([even, next, 0]);
  });

  // The tables of ONNX's Cast: ∞ and what is too great, saturated and not.
  test.each<[SmallFloat, number, number, number, number]>([
    ["float8_e4m3fn", 448, 448, nan, nan],
    ["float8_e4m3fnuz", 240, 240, nan, nan],
    ["float8_e5m2", 57344, 57344, infinity, infinity],
    ["float8_e5m2fnuz", 57344, 57344, nan, nan],
    ["float8_e8m0fnu", 2 ** 127, 2 ** 127, nan, nan],
    ["float16", infinity, infinity, infinity, infinity],
  ])("what is too great for %s", (dtype, ...wanted) => {
    const found = [true, false].flatMap((saturate) =>
      [infinity, 1e39].map((x) => decode(dtype, encode(dtype, x, saturate))),
    );
    expect(found).toEqual(wanted);
  });

  test("a float without mantissa rounds up, down or to the nearest", () => {
    const round = (x: number, mode: "up" | "down" | "nearest") =>
      decode("float8_e8m0fnu", encode("float8_e8m0fnu", x, true, mode));
    expect([1, 5, 6, 7].map((x) => [round(x, "up"), round(x, "down"), round(x, "nearest")])).toEqual([
      [1, 1, 1],
      [8, 4, 4],
      [8, 4, 8],
      [8, 4, 8],
    ]);
    expect(encode("float8_e8m0fnu", 0)).toBe(0);
    expect(encode("float8_e8m0fnu", 0, false, "nearest")).toBe(0xff);
  });
});

describe("tensors of every dtype", () => {
  test.each(all)("values of %s go in and out", async (dtype) => {
    const list = await tensor([1, 0, 1], { dtype }).array();
    const zero = dtype === "float8_e8m0fnu" ? 2 ** -127 : 0;
    expect(list).toEqual(dtype === "bool" ? [true, false, true] : [1, zero, 1]);
    expect(await tensor([1], { dtype }).item()).toBe(1);
    const again = tensor(await tensor([1, 0, 1], { dtype }).data(), { dtype });
    expect(await again.array()).toEqual(list);
  });

  test("integers keep their low bits", async () => {
    const values = [300, -1, 7.9, -7.9];
    const array = (dtype: DType) => tensor(values, { dtype }).array();
    expect(await array("int4")).toEqual([-4, -1, 7, -7]);
    expect(await array("uint2")).toEqual([0, 3, 3, 1]);
    expect(await array("int8")).toEqual([44, -1, 7, -7]);
    expect(await array("uint32")).toEqual([300, 2 ** 32 - 1, 7, 2 ** 32 - 7]);
    expect(await array("int64")).toEqual([300, -1, 7, -7]);
    expect(await tensor(values, { dtype: "uint64" }).data<BigUint64Array>()).toEqual(
      BigUint64Array.of(300n, 2n ** 64n - 1n, 7n, 2n ** 64n - 7n),
    );
  });

  test("bigints are int64, and numbers as far as they are exact", async () => {
    const x = tensor([1n, 2n ** 53n]);
    expect(x.dtype).toBe("int64");
    expect(await x.data<BigInt64Array>()).toEqual(BigInt64Array.of(1n, 2n ** 53n));
    await expect(x.array()).rejects.toThrow("array: cannot give 9007199254740992 as a number: it is beyond 2^53");
    expect(await tensor(BigInt64Array.of(-5n)).item()).toBe(-5);
    expect(await tensor(BigInt64Array.of(-5n, 2n ** 32n), { dtype: "int32" }).array()).toEqual([-5, 0]);
  });
});

test.each<[DType, DType, DType]>([
  ["bool", "int2", "int2"],
  ["uint8", "int8", "int16"],
  ["uint4", "int8", "int8"],
  ["int64", "uint32", "int64"],
  ["uint64", "int64", "float64"],
  ["int64", "float16", "float16"],
  ["float16", "bfloat16", "float32"],
  ["float64", "float32", "float64"],
  ["float8_e4m3fn", "float16", "float16"],
])("%s and %s are %s together", (a, b, both) => {
  expect([promote(a, b), promote(b, a)]).toEqual([both, both]);
});
