import { describe, expect, it } from "vitest";
import { explainCompiled, isCopy } from "../../ts/compiler/explain.ts";
import { type Kernel, readsOf, writesOf } from "../../ts/compiler/kernel.ts";
import { dtypes } from "../../ts/core/dtype.ts";
import { graphKey } from "../../ts/graph/key.ts";
import { concat, nn, Parameter, type Tensor, tensor, zeros } from "../../ts/index.ts";
import { compile } from "./compiled.ts";

const limits = { operands: 32, instructions: 64 };

function compiled(...outputs: Tensor[]): ReturnType<typeof compile> {
  const roots = outputs.map((t) => ({ node: t.node }));
  return compile(roots, graphKey(roots).leaves, limits);
}

const labels = (...outputs: Tensor[]): (string | undefined)[] =>
  compiled(...outputs).schedule.kernels.map((kernel: Kernel) => kernel.label);

const x = (...shape: number[]): Tensor => tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), { shape });

describe("fusion", () => {
  it("a chain of elementwise ops is one map", () => {
    expect(labels(x(5).add(1).mul(x(5)).exp())).toEqual(["add+mul+exp"]);
  });
  it("a diamond is one map", () => {
    const a = x(5).exp();
    expect(labels(a.add(1).mul(a))).toEqual(["exp+add+mul"]);
  });
  it("a map is the epilogue of the kernel before it", () => {
    expect(labels(x(4, 5).matmul(x(5, 6)).add(x(6)).relu())).toEqual(["matmul+add+maximum"]);
    expect(labels(nn.functional.conv2d(x(1, 2, 5, 5), x(3, 2, 3, 3), null, {}).add(1))).toEqual(["conv2d+add"]);
    expect(labels(nn.functional.maxPool2d(x(1, 2, 4, 4), 2, {}).tanh())).toEqual(["maxPool2d+tanh"]);
  });
  it("an epilogue goes on through a reshape", () => {
    expect(labels(x(2, 3, 5).matmul(x(5, 4)).add(x(4)).tanh())).toEqual(["matmul+add+tanh"]);
  });
  it("a map is the prologue of a reduction, and one follows it", () => {
    const d = x(4, 5).sub(x(5));
    expect(labels(d.mul(d).mean(1).sqrt())).toEqual(["sub+mul+sum+mul+sqrt"]);
  });
  it("a value that two kernels need is stored once", () => {
    const h = x(4, 5).matmul(x(5, 5)).relu();
    const { kernels } = compiled(h.matmul(x(5, 5)), h.matmul(x(5, 6))).schedule;
    expect(kernels.map((kernel) => kernel.label)).toEqual(["matmul+maximum", "matmul", "matmul"]);
  });
  it("nothing is fused around a circle", () => {
    const a = x(4, 5).exp();
    const normal = a.div(a.sum(1, { keepdim: true }));
    expect(labels(normal)).toEqual(["exp", "sum", "div"]);
  });
  it("a value read in another order than it is made is not fused", () => {
    const a = x(4, 4).exp();
    expect(labels(a.add(a.t()))).toEqual(["exp", "add"]);
  });
});

describe("movement", () => {
  it("views cost no kernel", () => {
    expect(labels(x(4, 6).t().slice([1, 5]).flip(0).add(1))).toEqual(["add"]);
  });
  it("a transposed operand of a product is a view, a transposed product is computed transposed", () => {
    expect(labels(x(4, 6).matmul(x(5, 6).t()))).toEqual(["matmul"]);
    expect(labels(x(4, 6).matmul(x(6, 5)).t().mul(2))).toEqual(["matmul+mul"]);
  });
  it("a copy is made where strides cannot say the view, and the account shows it", () => {
    const plan = compiled(x(4, 6).t().reshape(3, 8).add(1));
    expect(plan.schedule.kernels.filter(isCopy)).toHaveLength(1);
    expect(explainCompiled(plan)).toMatch(/1 copies/);
  });
  it("parts of a concat are written where they belong", () => {
    expect(labels(concat([x(2, 3).exp(), x(2, 4).mul(2)], 1))).toEqual(["exp", "mul"]);
  });
});

describe("passes", () => {
  it("fold what the program knows", () => {
    expect(
      labels(
        zeros([3])
          .add(zeros([3]))
          .exp()
          .mul(x(3)),
      ),
    ).toEqual(["copy"]);
  });
  it("drop neutral elements and inverse pairs", () => {
    expect(
      labels(
        x(3)
          .neg()
          .neg()
          .add(zeros([3]))
          .exp(),
      ),
    ).toEqual(["exp"]);
  });
  it("share equal expressions", () => {
    const a = x(3, 3);
    expect(labels(a.matmul(a).add(a.matmul(a)))).toEqual(["matmul+add"]);
  });
});

describe("memory", () => {
  it("buffers that live at the same time never overlap", () => {
    let h = x(16, 16);
    const saved: Tensor[] = [];
    for (let i = 0; i < 6; i++) {
      h = h.matmul(x(16, 16)).relu();
      if (i % 2 === 0) saved.push(h.sum(0));
    }
    const { schedule, memory } = compiled(h, ...saved);
    const first = schedule.buffers.map(() => Number.POSITIVE_INFINITY);
    const last = schedule.buffers.map(() => -1);
    schedule.kernels.forEach((kernel, k) => {
      for (const { buffer } of writesOf(kernel)) first[buffer] = Math.min(first[buffer] as number, k);
      for (const { buffer } of [...readsOf(kernel), ...writesOf(kernel)]) last[buffer] = k;
    });
    schedule.buffers.forEach((buffer, b) => {
      if (buffer.place === "leaf") first[b] = -1;
      if (buffer.place === "output") last[b] = schedule.kernels.length;
    });
    const end = (b: number): number => {
      const { size, dtype } = schedule.buffers[b] as (typeof schedule.buffers)[number];
      return (memory.offsets[b] as number) + size * dtypes[dtype].bytes;
    };
    const placed = schedule.buffers.flatMap((_, b) => ((memory.offsets[b] as number) >= 0 ? [b] : []));
    for (const a of placed) {
      for (const b of placed) {
        if (a === b || memory.inPlaceOf[a] === b || memory.inPlaceOf[b] === a) continue;
        const together = (first[a] as number) <= (last[b] as number) && (first[b] as number) <= (last[a] as number);
        if (!together) continue;
        expect(end(a) <= (memory.offsets[b] as number) || end(b) <= (memory.offsets[a] as number)).toBe(true);
      }
    }
    expect(memory.bytes).toBeLessThan(memory.total);
  });

  it("an elementwise result takes the place of an operand that nobody needs any more", () => {
    const { memory } = compiled(x(8, 8).matmul(x(8, 8)).exp().matmul(x(8, 8)));
    expect(memory.inPlaceOf.some((donor) => donor >= 0)).toBe(true);
  });
});

describe("updates", () => {
  it("one map updates all parameters in place, after everyone has read the old values", () => {
    const w = new Parameter(x(4, 4), "w");
    const v = new Parameter(x(3), "v");
    const read = w.matmul(w);
    const roots = [
      { node: w.mul(0.5).node, into: w.node },
      { node: v.mul(0.5).node, into: v.node },
      { node: read.node },
    ];
    const { kernels } = compile(roots, graphKey(roots).leaves, limits).schedule;
    expect(kernels.map((kernel) => kernel.label)).toEqual(["matmul", "mul"]);
    expect(kernels[1]?.kind === "map" && kernels[1].programs.length).toBe(2);
  });
});
