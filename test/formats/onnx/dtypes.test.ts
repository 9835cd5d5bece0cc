/** Whatever moves elements moves those of every type, as it moves those of float32. */
import { describe, expect, test } from "vitest";
import { type DType, dtypes } from "../../../ts/core/dtype.ts";
import { callOperator, type Given, type Setting } from "./operator.ts";

interface Row {
  readonly op: string;
  readonly inputs: (given: (shape: readonly number[], phase?: number) => Given) => readonly (Given | null)[];
  readonly attributes?: Setting["attributes"];
  /** Whether the operator writes zeros, which float8_e8m0fnu has none of. */
  readonly zeros?: boolean;
}

const index = (shape: readonly number[], ...data: number[]): Given => ({ data, shape, dtype: "int64" });
const constant = (...data: number[]): Given => ({ data, dtype: "int64", constant: true });

const rows: readonly Row[] = [
  { op: "Transpose", inputs: (x) => [x([3, 5, 2])], attributes: { perm: [1, 2, 0] } },
  { op: "Concat", inputs: (x) => [x([3, 2]), x([3, 5], 1)], attributes: { axis: 1 } },
  { op: "Slice", inputs: (x) => [x([7, 9]), constant(6, 1), constant(-100, 8), constant(0, 1), constant(-2, 3)] },
  { op: "Pad", inputs: (x) => [x([3, 4]), constant(1, 2, 0, 1)], zeros: true },
  { op: "Pad", inputs: (x) => [x([5, 4]), constant(2, 1, 3, 3)], attributes: { mode: "reflect" } },
  { op: "Tile", inputs: (x) => [x([2, 3]), constant(2, 3)] },
  { op: "Expand", inputs: (x) => [x([3, 1]), constant(2, 1, 4)] },
  { op: "Gather", inputs: (x) => [x([5, 3]), index([2, 2], 4, -5, 0, 2)] },
  { op: "Gather", inputs: (x) => [x([5, 3]), index([2], 1, -1)], attributes: { axis: 1 } },
  { op: "GatherElements", inputs: (x) => [x([3, 4]), index([3, 2], 0, -1, 2, 3, 1, 1)], attributes: { axis: 1 } },
  { op: "GatherND", inputs: (x) => [x([2, 3, 2]), index([2, 1], 1, -1)], attributes: { batch_dims: 1 } },
  { op: "ScatterElements", inputs: (x) => [x([3, 3]), index([2, 3], 0, -1, 2, 1, 1, 0), x([2, 3], 1)] },
  { op: "ScatterND", inputs: (x) => [x([4, 2]), index([2, 1], 3, -4), x([2, 2], 1)] },
  { op: "Compress", inputs: (x) => [x([4, 3]), { data: [1, 0, 1], dtype: "bool" }], attributes: { axis: 0 } },
  { op: "Where", inputs: (x) => [{ data: [1, 0, 1], dtype: "bool" }, x([2, 3]), x([3], 1)] },
  { op: "Trilu", inputs: (x) => [x([2, 3, 4]), null], zeros: true },
  { op: "ReverseSequence", inputs: (x) => [x([4, 2, 2]), index([2], 3, 2)] },
  { op: "DepthToSpace", inputs: (x) => [x([1, 8, 2, 3])], attributes: { blocksize: 2 } },
  { op: "OneHot", inputs: (x) => [index([3], 2, 0, -1), constant(4), x([2])] },
  { op: "CenterCropPad", inputs: (x) => [x([5, 2]), constant(3, 4)], zeros: true },
];

/** Few different values, which the type holds. */
function holding(dtype: DType): (i: number) => number {
  if (dtype === "float8_e8m0fnu") return (i) => 2 ** (i % 3);
  return dtypes[dtype].bits === 1 || dtype === "int2" ? (i) => i % 2 : (i) => i % 4;
}

const given =
  (dtype: DType, value: (i: number) => number) =>
  (shape: readonly number[], phase = 0): Given => ({
    shape,
    dtype,
    data: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => value(i * i + 3 * i + phase)),
  });

describe.each(Object.keys(dtypes) as DType[])("%s", (dtype) => {
  const value = holding(dtype);
  test.each(rows.filter(({ zeros }) => zeros !== true || dtype !== "float8_e8m0fnu"))("$op", async (row) => {
    const setting = { opset: 18, attributes: row.attributes ?? {} };
    const [moved] = await callOperator(row.op, row.inputs(given(dtype, value)), setting);
    const [wanted] = await callOperator(row.op, row.inputs(given("float32", value)), setting);
    expect(moved).toEqual({ ...wanted, dtype });
  });

  // Sums are exact in all of these.
  if (dtypes[dtype].bits >= 8 && dtype !== "float8_e8m0fnu") {
    test.each([
      ["TopK", { axis: 1 }, [constant(3)], 2],
      ["Unique", {}, [], 4],
      ["ArgMax", { axis: 1, select_last_index: 1 }, [], 1],
      ["CumSum", {}, [constant(1)], 1],
    ] as const)("%s", async (op, attributes, more, outputs) => {
      const setting = { opset: 18, attributes, outputs };
      const [x, reference] = [dtype, "float32" as const].map((type) => given(type, value)([3, 7]));
      const found = await callOperator(op, [x as Given, ...more], setting);
      const wanted = await callOperator(op, [reference as Given, ...more], setting);
      expect(found.map(({ data }) => data)).toEqual(wanted.map(({ data }) => data));
    });
  }
});

describe("string", () => {
  const words = (numbers: Given): Given => ({ ...numbers, dtype: "string", data: numbers.data.map((v) => `w${v}`) });
  test.each(rows.filter(({ zeros }) => zeros !== true))("$op", async (row) => {
    const setting = { opset: 18, attributes: row.attributes ?? {} };
    const numbers = given("float32", (i) => i % 5);
    const [moved] = await callOperator(
      row.op,
      row.inputs((shape, phase) => words(numbers(shape, phase))),
      setting,
    );
    const [wanted] = await callOperator(row.op, row.inputs(numbers), setting);
    expect(moved).toEqual({ ...wanted, dtype: "string", data: wanted?.data.map((v) => `w${v}`) });
  });
});
