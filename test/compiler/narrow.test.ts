/** Kernels of devices that read any dtype get what is stored. */
import { describe, expect, test } from "vitest";
import { readNarrow } from "../../ts/compiler/passes/narrow.ts";
import type { DType } from "../../ts/core/dtype.ts";
import { makeSource, type Node } from "../../ts/graph/node.ts";
import { cast } from "../../ts/ops/cast.ts";
import { exp } from "../../ts/ops/elementwise.ts";
import { leaf } from "../../ts/ops/leaf.ts";
import { matmul, transpose } from "../../ts/ops/matmul.ts";

const stored = (dtype: DType): Node => leaf(makeSource(null, {}, true), [4, 4], dtype);
const inputsOf = (root: Node): readonly Node[] => (readNarrow([root])[0] as Node).inputs;

describe("reading what is stored", () => {
  test("a cast before a kernel is left out, below views too", () => {
    const [a, b] = [stored("float16"), stored("bfloat16")];
    const [left, right] = inputsOf(matmul(cast(a, "float32"), transpose(cast(b, "float32")))) as [Node, Node];
    expect(left).toBe(a);
    expect(right.dtype).toBe("bfloat16");
    expect(right.shape).toEqual([4, 4]);
    expect(right.inputs).toEqual([b]);
  });

  test("a cast stays that changes numbers, or that a map reads", () => {
    const wide = matmul(cast(stored("int8"), "float32"), cast(stored("float64"), "float32"));
    expect(inputsOf(wide).map(({ op }) => op.name)).toEqual(["cast", "cast"]);
    expect(inputsOf(exp(cast(stored("float16"), "float32"))).map(({ op }) => op.name)).toEqual(["cast"]);
  });
});
