/** float16 between operators: rounded once, where the values are read as such. */
import { expect, test } from "vitest";
import { load } from "../../../ts/formats/onnx/index.ts";
import { adopt, type Tensor } from "../../../ts/tensor/tensor.ts";
import { model, type NodeSpec } from "./writer.ts";

const float16 = 10;
/** 2048 and 1, whose sum is no float16. */
const [a, b] = [0x6800, 0x3c00].map((bits) => adopt(Uint16Array.of(bits), [1], "float16")) as [Tensor, Tensor];

/** (a + b) - a. */
async function differenceOf(outputs: readonly string[], between: readonly NodeSpec[], sum: string): Promise<number[]> {
  const session = await load(
    model({
      nodes: [
        { op: "Add", inputs: ["a", "b"], outputs: ["s"] },
        ...between,
        { op: "Sub", inputs: [sum, "a"], outputs: ["d"] },
      ],
      inputs: [
        ["a", float16, [1]],
        ["b", float16, [1]],
      ],
      outputs: outputs.map((name) => [name, float16, [1]] as const),
    }),
  );
  const results = await session.run({ a, b });
  return Promise.all(outputs.map(async (name) => ((await (results[name] as Tensor).array()) as number[])[0] as number));
}

test("the next operator takes a sum as it was; the sum as an output is rounded", async () => {
  expect(await differenceOf(["d"], [], "s")).toEqual([1]);
  expect(await differenceOf(["s", "d"], [], "s")).toEqual([2048, 1]);
});

test("a cast reads it rounded", async () => {
  const cast = (from: string, to: string, type: number): NodeSpec => ({
    op: "Cast",
    inputs: [from],
    outputs: [to],
    attributes: { to: type },
  });
  expect(await differenceOf(["d"], [cast("s", "t", 1), cast("t", "r", float16)], "r")).toEqual([0]);
});

test("it takes it so through what moves elements, and what was never rounded beside it", async () => {
  const joined: NodeSpec[] = [
    { op: "Concat", inputs: ["s", "a"], outputs: ["t"], attributes: { axis: 0 } },
    { op: "Transpose", inputs: ["t"], outputs: ["u"] },
    { op: "Split", inputs: ["u"], outputs: ["m", "n"], attributes: { axis: 0 } },
  ];
  expect(await differenceOf(["d"], joined, "m")).toEqual([1]);
});
