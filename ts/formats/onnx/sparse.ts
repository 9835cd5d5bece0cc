/** Sparse tensors of a file, which become dense ones: values at row-major positions or at coordinates, 0 elsewhere. */
import { dtypes } from "../../core/dtype.ts";
import { FormatError, UnsupportedError } from "../../core/errors.ts";
import { checkShape, contiguousStrides, formatShape, sizeOf } from "../../core/shape.ts";
import type { Node } from "../../graph/node.ts";
import { constantLeaf } from "./feed.ts";
import type { SparseTensorProto } from "./proto/schema.ts";
import { readTensor } from "./proto/tensor.ts";

/** Most elements of a dense tensor that a few bytes of a file may ask for. */
const mostElements = 2 ** 26;

const made = new WeakMap<SparseTensorProto, Node>();

/** The dense tensor; the same node for the same tensor of the file. */
export function sparseTensor(sparse: SparseTensorProto | undefined): Node {
  if (sparse === undefined) throw new FormatError("a sparse tensor is missing");
  let node = made.get(sparse);
  if (node === undefined) {
    node = dense(sparse);
    made.set(sparse, node);
  }
  return node;
}

function dense({ values: valuesProto, indices: indicesProto, dims }: SparseTensorProto): Node {
  if (valuesProto === undefined || indicesProto === undefined) {
    throw new FormatError("a sparse tensor lacks values or indices");
  }
  checkShape("onnx", dims);
  if (sizeOf(dims) > mostElements) {
    throw new UnsupportedError(
      `a sparse tensor of ${formatShape(dims)} is not supported: it is stored dense, wanted at most ${mostElements} elements`,
    );
  }
  const values = readTensor(valuesProto);
  const indices = readTensor(indicesProto);
  if (values.dtype === "string" || indices.dtype !== "int64") {
    throw new FormatError(
      `a sparse tensor has values of ${values.dtype} at indices of ${indices.dtype}, wanted numbers at int64`,
    );
  }
  const whole = new dtypes[values.dtype].array(sizeOf(dims));
  const strides = indices.shape.length === 2 ? contiguousStrides(dims) : [1];
  if (indices.data.length !== values.data.length * strides.length) {
    throw new FormatError(`a sparse tensor has ${values.data.length} values at ${formatShape(indices.shape)} indices`);
  }
  for (let i = 0; i < values.data.length; i++) {
    const at = strides.reduce((sum, stride, d) => sum + stride * Number(indices.data[i * strides.length + d]), 0);
    if (at < 0 || at >= whole.length) {
      throw new FormatError(`a sparse tensor of ${formatShape(dims)} has a value at ${at}`);
    }
    whole[at] = values.data[i] as number;
  }
  return constantLeaf(whole, dims, values.dtype);
}
