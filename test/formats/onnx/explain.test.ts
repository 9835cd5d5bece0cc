/** What `session.explain` says became of every node of a model. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { load, type Session } from "../../../ts/formats/onnx/index.ts";
import { sharedData } from "../../shared-data.ts";
import { floats, int64s, model, type NodeSpec } from "./writer.ts";

const node = (op: string, inputs: string[], outputs: string[], attributes: NodeSpec["attributes"] = {}): NodeSpec => ({
  op,
  inputs,
  outputs,
  attributes,
});

/** The fate of every node, by its first output. */
function fates(session: Session): Record<string, string> {
  const table = session.explain().split("schedule:")[0]?.split("\n").slice(2, -1) ?? [];
  return Object.fromEntries(table.map((line) => line.trim().split(/ {2,}/)).map(([name, , fate]) => [name, fate]));
}

describe("explain", () => {
  test("names the kernel of every node, or why it has none", async () => {
    const session = await load(
      model({
        nodes: [
          node("MatMul", ["x", "w"], ["product"]),
          node("Add", ["product", "b"], ["sum"]),
          node("Relu", ["sum"], ["relu"]),
          node("Identity", ["relu"], ["same"]),
          node("Transpose", ["same"], ["turned"], { perm: [1, 0] }),
          node("Exp", ["b"], ["ahead"]),
          node("Shape", ["same"], ["shape"]),
          node("Cast", ["shape"], ["sizes"], { to: 1 }),
          node("ReduceSum", ["turned", "axes"], ["total"], { keepdims: 0 }),
          node("Add", ["total", "ahead"], ["shifted"]),
          node("Mul", ["shifted", "sizes"], ["y"]),
          node("Exp", ["sum"], ["unread"]),
        ],
        inputs: [["x", 1, [2, 2]]],
        outputs: [["y", 1, [2]]],
        initializers: [floats("w", [2, 2], [1, 2, 3, 4]), floats("b", [2], [-100, 0.5]), int64s("axes", [0])],
      }),
    );
    expect(session.explain()).toMatch(/^no run yet/);
    expect(session.fates()).toEqual([]);
    await session.run({ x: Float32Array.of(1, 1, 2, 2) });
    const found = fates(session);
    expect(found).toMatchObject({
      product: expect.stringMatching(/^kernel 0: matmul/),
      sum: found["product"],
      relu: found["product"],
      same: "nothing to compute",
      turned: "a view",
      ahead: "computed once, ahead of all runs",
      shape: "known before the run",
      sizes: "computed once, ahead of all runs",
      total: expect.stringMatching(/^kernel 1: sum/),
      shifted: found["total"],
      y: found["total"],
      unread: "left out: no output needs it",
    });
    const rows = session.fates();
    expect(Object.fromEntries(rows.map(({ name, fate }) => [name, fate]))).toEqual(found);
    expect(rows.filter(({ name }) => ["relu", "total", "turned"].includes(name)).map(({ kernels }) => kernels)).toEqual(
      [[0], [], [1]],
    );
    expect(await session.profile({ x: Float32Array.of(1, 1, 2, 2) }, 1)).toHaveLength(2);
  });

  const squeezeNet = sharedData("models/squeezenet1.1-fp32/model.onnx");
  test.skipIf(squeezeNet.missing)(`SqueezeNet${squeezeNet.reason}`, async () => {
    const session = await load(new Uint8Array(readFileSync(squeezeNet.path)));
    await session.run({ data: new Float32Array(3 * 224 * 224) });
    const found = fates(session);
    expect(Object.keys(found)).toHaveLength(66);
    for (let i = 0; i < 26; i++) {
      expect(found[`conv${i}`]).toMatch(/^kernel \d+: conv2d\w*\+add\+maximum \(\w+\)$/);
      expect(found[`conv${i}_r`]).toBe(found[`conv${i}`]);
    }
    expect(found["conv3"]).toMatch(/winograd/);
    expect(found["conv4"]).toMatch(/pointwise/);
    expect(found["cat0"]).toBe("written in place by what it joins");
    expect(found["drop"]).toBe("nothing to compute");
    expect(found["logits"]).toBe("a view");
  });

  test("batch normalisation is part of the convolution before it", async () => {
    const folded = await load(
      model({
        nodes: [
          node("Conv", ["x", "w"], ["c"]),
          node("BatchNormalization", ["c", "s", "b", "m", "v"], ["y"]),
          node("Relu", ["y"], ["z"]),
        ],
        inputs: [["x", 1, [1, 1, 4, 4]]],
        outputs: [["z", 1, [1, 2, 2, 2]]],
        initializers: [
          floats(
            "w",
            [2, 1, 3, 3],
            Array.from({ length: 18 }, (_, i) => i),
          ),
          ...["s", "b", "m", "v"].map((name) => floats(name, [2], [1, 2])),
        ],
      }),
    );
    await folded.run({ x: new Float32Array(16) });
    const { c, y, z } = fates(folded);
    expect(c).toMatch(/^kernel 0: conv2d\w*\+add\+maximum/);
    expect(y).toBe(c);
    expect(z).toBe(c);
  });
});
