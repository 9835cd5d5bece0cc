import { describe, expect, it } from "vitest";
import { compose } from "../../ts/compiler/passes/compose.ts";
import { type Node, topological } from "../../ts/graph/node.ts";
import { init, realize, type Tensor, tensor } from "../../ts/index.ts";
import { optimize } from "./compiled.ts";
import { constantLeaf } from "./leaves.ts";

const x = (...shape: number[]): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * shape.length + i * i)),
    { shape },
  );
const names = (nodes: readonly Node[]): string[] => topological(nodes).map(({ op }) => op.name);
const optimized = (...ys: Tensor[]): string[] =>
  names(optimize(ys.map(({ node }) => ({ node }))).map(({ node }) => node));

const heads = (t: Tensor): Tensor => t.permute([0, 2, 1, 3]);

/** As models have it: heads moved in front, products, heads moved back. */
function written(q: Tensor, k: Tensor, v: Tensor, mask?: Tensor): { weights: Tensor; y: Tensor } {
  const scores = heads(q)
    .matmul(k.permute([0, 2, 3, 1]))
    .mul(constantLeaf(0.5));
  const weights = (mask === undefined ? scores : scores.add(mask)).softmax(-1);
  return { weights, y: heads(weights.matmul(heads(v))).reshape([q.shape[0] as number, q.shape[1] as number, -1]) };
}

describe("attention written as products", () => {
  it("becomes one kernel, the heads left where they are", () => {
    const { y } = written(x(2, 5, 3, 4), x(2, 7, 3, 4), x(2, 7, 3, 6));
    expect(names([y.node]).filter((name) => name === "matmul")).toHaveLength(2);
    const ops = optimized(y);
    expect(ops).toContain("attention");
    expect(ops).not.toContain("matmul");
    expect(ops).not.toContain("softmax");
    // Views of the inputs alone: none after the kernel but the last reshape.
    expect(ops.slice(ops.indexOf("attention"))).toEqual(["attention", "reshape"]);
  });
  it("with a mask, of fewer axes, divided by a number", () => {
    const { y } = written(x(2, 5, 3, 4), x(2, 7, 3, 4), x(2, 7, 3, 6), x(5, 7));
    expect(optimized(y)).toContain("attention");
    const flat = x(4, 3).matmul(x(5, 3).t()).div(constantLeaf(2)).softmax(-1).matmul(x(5, 2));
    expect(optimized(flat)).toContain("attention");
  });
  it("gives what the products give", async () => {
    await init({ device: "wasm" });
    const [q, k, v, mask] = [x(2, 5, 3, 4), x(2, 7, 3, 4), x(2, 7, 3, 6), x(5, 7)];
    const { y, weights } = written(q, k, v, mask);
    const fused = await y.data();
    const { y: again, weights: shown } = written(q, k, v, mask);
    // Weights that are asked for are computed, and so are the products.
    expect(optimized(again, shown)).not.toContain("attention");
    const [stored] = (await realize(weights)) as [Tensor];
    const apart = heads(stored.matmul(heads(v))).reshape([2, 5, -1]);
    const wanted = await apart.data();
    fused.forEach((value, i) => {
      expect(Math.abs(Number(value) - Number(wanted[i]))).toBeLessThan(1e-5);
    });
  });
});

it("a row that sees nothing is NaN, as its softmax is", async () => {
  const mask = tensor([[Number.NEGATIVE_INFINITY], [0]]);
  const { y } = written(x(1, 2, 1, 4), x(1, 3, 1, 4), x(1, 3, 1, 2), mask);
  expect(optimized(y)).toContain("attention");
  expect(Array.from(await y.data(), (value) => Number.isNaN(value))).toEqual([true, true, false, false]);
});

describe("what is no attention stays", () => {
  it("a factor that covers the mask too", () => {
    const scores = x(4, 3).matmul(x(3, 5)).add(x(4, 5)).mul(constantLeaf(0.5));
    expect(optimized(scores.softmax(-1).matmul(x(5, 2)))).not.toContain("attention");
  });
  it("a softmax along another axis", () => {
    const scores = x(4, 3).matmul(x(3, 5));
    expect(optimized(scores.softmax(0).matmul(x(5, 2)))).not.toContain("attention");
  });
});

it("a device without the kernel gets products again", () => {
  const { y } = written(x(2, 5, 3, 4), x(2, 7, 3, 4), x(2, 7, 3, 6));
  const [node] = optimize([{ node: y.node }]).map((root) => root.node) as [Node];
  const composed = names(compose([node], new Set(["matmul", "softmax"])));
  expect(composed).not.toContain("attention");
  expect(composed).toContain("softmax");
});
