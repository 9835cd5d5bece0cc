/** Gradient of ai.onnx.preview.training, by derivatives worked out by hand. */
import { expect, test } from "vitest";
import { load } from "../../../ts/formats/onnx/index.ts";
import type { Tensor } from "../../../ts/tensor/tensor.ts";
import { model, type NodeSpec } from "./writer.ts";

const domain = "ai.onnx.preview.training";

const gradient = (
  xs: readonly string[],
  zs: readonly string[],
  y: string,
  inputs: string[],
  outputs: string[],
): NodeSpec => ({
  op: "Gradient",
  domain,
  inputs,
  outputs,
  attributes: { xs: { strings: xs }, zs: { strings: zs }, y },
});

/** y = a (a + b), and what else there is, at a = [2, 3] and b = [5, -1]. */
async function run(outputs: readonly string[], ...nodes: NodeSpec[]): Promise<Record<string, number[]>> {
  const product: NodeSpec[] = [
    { op: "Add", inputs: ["a", "b"], outputs: ["c"] },
    { op: "Mul", inputs: ["a", "c"], outputs: ["y"] },
  ];
  const session = await load(
    model({
      nodes: [...product, ...nodes],
      inputs: [
        ["a", 1, [2]],
        ["b", 1, [2]],
      ],
      outputs: outputs.map((name) => [name, 1, [2]] as const),
      opset: 12,
      opsets: { [domain]: 1 },
    }),
  );
  const results = await session.run({ a: Float32Array.of(2, 3), b: Float32Array.of(5, -1) });
  const lists = Object.entries(results).map(async ([name, value]) => [name, await (value as Tensor).array()] as const);
  return Object.fromEntries(await Promise.all(lists)) as Record<string, number[]>;
}

test("Gradient with respect to every x, though y is no output", async () => {
  const node = gradient(["a", "b"], [], "y", ["a", "b"], ["da", "db"]);
  expect(await run(["da", "db"], node)).toEqual({ da: [9, 5], db: [2, 3] });
});

test("Gradient at other values than those named", async () => {
  const node = gradient(["a"], ["b"], "y", ["b", "a"], ["da"]);
  expect(await run(["y", "da"], node)).toEqual({ y: [14, 6], da: [12, 1] });
});

test("Gradient with respect to a value in between, and of a gradient", async () => {
  const nodes = [
    gradient(["c"], ["a"], "y", ["c", "a"], ["dc"]),
    gradient(["a", "b"], [], "y", ["a", "b"], ["da"]),
    gradient(["a"], ["b"], "da", ["a", "b"], ["dda"]),
  ];
  expect(await run(["dc", "dda"], ...nodes)).toEqual({ dc: [2, 3], dda: [2, 2] });
});
