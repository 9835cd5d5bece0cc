/** Sessions that nobody holds any more: their programs and weights go with them. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { programCount } from "../../../ts/execution/running.ts";
import { load } from "../../../ts/formats/onnx/index.ts";
import { ones, realize, type Tensor } from "../../../ts/index.ts";
import { floats, model } from "./writer.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const layer = model({
  nodes: [{ op: "MatMul", inputs: ["x", "w"], outputs: ["y"] }],
  inputs: [["x", 1, ["n", 3]]],
  outputs: [["y", 1, ["n", 2]]],
  initializers: [floats("w", [3, 2], [1, 2, 3, 4, 5, 6])],
});

test("programs of dropped sessions go, those of a session in use stay", async () => {
  const x = ones([4, 3]);
  await realize(x);
  const kept = await load(layer);
  await kept.run({ x });
  const before = programCount();
  for (let i = 0; i < 20; i++) await (await load(layer)).run({ x });
  expect(programCount()).toBe(before + 20);
  await expect
    .poll(
      () => {
        collect();
        return programCount();
      },
      { timeout: 20_000 },
    )
    .toBeLessThan(before + 4);
  expect(kept.explain()).toContain("matmul");
  const y = (await kept.run({ x }))["y"] as Tensor;
  expect(await y.slice([0, 1]).array()).toEqual([[9, 12]]);
});
