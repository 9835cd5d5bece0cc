import { describe, expect, it } from "vitest";
import { graphKey } from "../../ts/graph/key.ts";
import { topological } from "../../ts/graph/node.ts";
import { type Tensor, tensor } from "../../ts/index.ts";
import { compile, optimize } from "./compiled.ts";
import { constantLeaf } from "./leaves.ts";

const x = (...shape: number[]): Tensor => tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), { shape });
const opsOf = (y: Tensor): string[] => topological([y.node]).map(({ op }) => op.name);
const optimized = (y: Tensor): string[] =>
  topological(optimize([{ node: y.node }]).map(({ node }) => node)).map(({ op }) => op.name);

const centred = (a: Tensor, axes: number[]): Tensor => a.sub(a.mean(axes, { keepdim: true }));
const variance = (d: Tensor, axes: number[]): Tensor => d.mul(d).mean(axes, { keepdim: true });

describe("norms written as primitive ops", () => {
  it("layer norm: (x - mean) / sqrt(variance + ε)", () => {
    const d = centred(x(4, 6), [1]);
    const y = d.div(variance(d, [1]).add(constantLeaf(1e-5)).sqrt());
    expect(opsOf(y)).toContain("sqrt");
    expect(opsOf(y)).not.toContain("layerNorm");
    expect(optimized(y)).toContain("layerNorm");
    expect(optimized(y)).not.toContain("sqrt");
    expect(optimized(y)).not.toContain("sum");
  });
  it("layer norm over two axes, the difference made twice, squared by a power", () => {
    const a = x(2, 3, 4, 5);
    const squares = centred(a, [2, 3]).pow(constantLeaf(2));
    const y = centred(a, [2, 3]).div(squares.mean([2, 3], { keepdim: true }).add(constantLeaf(1e-3)).sqrt());
    expect(optimized(y)).toContain("layerNorm");
  });
  it("RMS norm: x (1 / sqrt(mean x² + ε))", () => {
    const a = x(4, 6);
    const y = a.mul(constantLeaf(1).div(variance(a, [1]).add(constantLeaf(1e-6)).sqrt()));
    expect(optimized(y)).toContain("rmsNorm");
    expect(optimized(y)).not.toContain("sqrt");
  });
  it("RMS norm by a power of -1/2", () => {
    const a = x(4, 6);
    expect(optimized(a.mul(variance(a, [1]).add(constantLeaf(1e-6)).pow(constantLeaf(-0.5))))).toContain("rmsNorm");
  });
  it("scale and bias are the kernel's epilogue", () => {
    const d = centred(x(4, 6), [1]);
    const y = d
      .div(variance(d, [1]).add(constantLeaf(1e-5)).sqrt())
      .mul(x(6))
      .add(x(6));
    const roots = [{ node: y.node }];
    const { kernels } = compile(roots, graphKey(roots).leaves, { operands: 32, instructions: 64 }).schedule;
    expect(kernels.map(({ label }) => label)).toEqual(["layerNorm+mul+add"]);
  });
});

describe("what is no norm stays", () => {
  it("an ε that changes from run to run", () => {
    const d = centred(x(4, 6), [1]);
    expect(optimized(d.div(variance(d, [1]).add(x(1)).sqrt()))).not.toContain("layerNorm");
  });
  it("a mean over other axes than the last", () => {
    const d = centred(x(4, 6), [0]);
    expect(optimized(d.div(variance(d, [0]).add(constantLeaf(1e-5)).sqrt()))).not.toContain("layerNorm");
  });
  it("a mean that is repeated along another axis", () => {
    const a = x(4, 4);
    const y = a.div(a.mul(a).mean([1]).add(constantLeaf(1e-5)).sqrt());
    expect(optimized(y)).not.toContain("rmsNorm");
  });
  it("a mean of something else", () => {
    const a = x(4, 6);
    expect(optimized(a.div(variance(x(4, 6), [1]).add(constantLeaf(1e-5)).sqrt()))).not.toContain("rmsNorm");
  });
  it("a sum that is no mean", () => {
    const a = x(4, 6);
    const y = a.div(a.mul(a).sum([1], { keepdim: true }).mul(constantLeaf(0.5)).add(constantLeaf(1e-5)).sqrt());
    expect(optimized(y)).not.toContain("rmsNorm");
  });
});
