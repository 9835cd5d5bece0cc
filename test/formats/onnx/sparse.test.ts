import { expect, test } from "vitest";
import type { SparseTensorProto, TensorProto } from "../../../ts/formats/onnx/proto/schema.ts";
import { sparseTensor } from "../../../ts/formats/onnx/sparse.ts";
import { Tensor } from "../../../ts/tensor/tensor.ts";

const empty = {
  name: "w",
  floats: [],
  int32s: [],
  int64s: [],
  doubles: [],
  uint64s: [],
  strings: [],
  location: 0,
  external: [],
};
const values = (...floats: number[]): TensorProto => ({ ...empty, dims: [floats.length], dataType: 1, floats });
const indices = (dims: number[], ...list: number[]): TensorProto => ({
  ...empty,
  dims,
  dataType: 7,
  int64s: list.map(BigInt),
});

const read = (sparse: SparseTensorProto): Promise<unknown> => new Tensor(sparseTensor(sparse)).array();

test("values lie at row-major positions or at coordinates", async () => {
  const wanted = [
    [0, 0, 5],
    [7, 0, 0],
  ];
  expect(await read({ values: values(5, 7), indices: indices([2], 2, 3), dims: [2, 3] })).toEqual(wanted);
  expect(await read({ values: values(5, 7), indices: indices([2, 2], 0, 2, 1, 0), dims: [2, 3] })).toEqual(wanted);
});

test("the same tensor of a file is the same node", () => {
  const sparse = { values: values(1), indices: indices([1], 0), dims: [2] };
  expect(sparseTensor(sparse)).toBe(sparseTensor(sparse));
});

test.each([
  ["no values", { indices: indices([1], 0), dims: [2] }, "lacks values"],
  ["a position outside", { values: values(1), indices: indices([1], 2), dims: [2] }, "has a value at 2"],
  ["fewer indices than values", { values: values(1, 2), indices: indices([1], 0), dims: [2] }, "2 values at [1]"],
  ["a size below 0", { values: values(1), indices: indices([1], 0), dims: [-1] }, "sizes must be"],
  ["more than memory", { values: values(1), indices: indices([1], 0), dims: [2 ** 15, 2 ** 15] }, "stored dense"],
] as const)("%s is refused", (_, sparse, message) => {
  expect(() => sparseTensor(sparse as unknown as SparseTensorProto)).toThrow(message);
});
