/** Kernels know which nodes of the graph that was asked for they compute, whatever passes make of them. */
import { describe, expect, test } from "vitest";
import { plan } from "../../ts/compiler/compile.ts";
import { graphKey } from "../../ts/graph/key.ts";
import { Node, topological } from "../../ts/graph/node.ts";
import { type Tensor, tensor } from "../../ts/index.ts";
import { optimize } from "./compiled.ts";
import { constantLeaf } from "./leaves.ts";

const x = (...shape: number[]): Tensor => tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), { shape });

/** What each kernel computes, by the names of the ops before any pass; what is read as it lies is no part of it. */
function kernelsOf({ node }: Tensor): string[][] {
  const names = topological([node]).map(({ op }) => op.name);
  const roots = optimize([{ node }]);
  const leaves = [...new Map(topological(roots.map((root) => root.node)).map((each) => [each.source, each])).values()];
  const inputs = leaves.filter(({ source }) => source !== null);
  const { schedule } = plan(roots, inputs, { operands: 32, instructions: 64 });
  return schedule.kernels.map(({ origins = [] }) => origins.map((origin) => names[origin] as string).sort());
}

describe("origins", () => {
  test("a kernel and its epilogue; an op that another stands for", () => {
    expect(kernelsOf(x(2, 3).matmul(x(3, 4)).add(x(2, 4)).relu())).toEqual([["add", "matmul", "relu"]]);
  });

  test("two kernels, one value read by both", () => {
    const h = x(2, 3).matmul(x(3, 3));
    expect(kernelsOf(h.matmul(x(3, 3)).add(h))).toEqual([["matmul"], ["add", "matmul"]]);
  });

  test("what a recognised norm is made of", () => {
    const a = x(4, 6);
    const d = a.sub(a.mean([1], { keepdim: true }));
    const y = d.div(d.mul(d).mean([1], { keepdim: true }).add(constantLeaf(1e-5)).sqrt());
    const [only, ...others] = kernelsOf(y);
    expect(others).toEqual([]);
    expect(only).toEqual(expect.arrayContaining(["add", "div", "mul", "sqrt", "sub", "sum"]));
  });

  test("equal nodes become one that stands for both", () => {
    const a = x(4);
    expect(kernelsOf(a.exp().mul(a.exp()))).toEqual([["exp", "exp", "mul"]]);
  });

  test("what adds nothing goes with what it was added to", () => {
    expect(kernelsOf(x(4).exp().mul(constantLeaf(1)))).toEqual([["exp", "mul"]]);
  });

  test("a copy belongs to the view that asked for it", () => {
    expect(kernelsOf(x(2, 3).permute([1, 0]).reshape([6]))).toEqual([["permute"]]);
  });

  test("maps that run as one", () => {
    const nodes = [x(8), x(8)].map((each) => each.exp().node);
    const roots = optimize(nodes.map((node) => ({ node })));
    const leaves = topological(roots.map((root) => root.node)).filter(({ source }) => source !== null);
    const { schedule } = plan(roots, leaves, { operands: 32, instructions: 64 });
    expect(schedule.kernels.map(({ origins }) => origins)).toEqual([[1, 3]]);
  });

  test("the key does not know them", () => {
    const { node } = x(4).exp();
    const before = graphKey([{ node }]).words.slice();
    optimize([{ node }]);
    expect(node.origins).toEqual([1]);
    expect(graphKey([{ node }]).words).toEqual(before);
    const fresh = new Node(node.op, node.inputs, node.attrs, node.shape, node.dtype);
    expect(fresh.origins).toBeNull();
  });
});
