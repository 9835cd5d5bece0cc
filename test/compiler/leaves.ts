/** Numbers as an imported model holds them: leaves whose value never changes. */
import { makeConstant, makeSource } from "../../ts/graph/node.ts";
import { Tensor } from "../../ts/index.ts";
import { leaf } from "../../ts/ops/leaf.ts";

export const constantLeaf = (value: number): Tensor =>
  new Tensor(leaf(makeConstant(makeSource(Float32Array.of(value), null, false)), [], "float32"));
