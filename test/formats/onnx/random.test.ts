/** Random numbers of operators: their moments, and NumPy's where the operator asks for its generator. */
import { expect, test } from "vitest";
import { MersenneTwister } from "../../../ts/formats/onnx/mersenne-twister.ts";
import { callOperator } from "./operator.ts";

test.each([
  ["RandomNormal", 1, { mean: { float: 1 }, scale: { float: 2 } }, 1, 4],
  ["RandomUniform", 1, { low: { float: -1 }, high: { float: 3 } }, 1, 16 / 12],
] as const)("%s has its mean and variance", async (op, opset, attributes, mean, variance) => {
  const setting = { opset, attributes: { ...attributes, shape: [100, 200], seed: { float: 5 } } };
  const [first, second] = [(await callOperator(op, [], setting))[0], (await callOperator(op, [], setting))[0]];
  const data = first?.data as number[];
  const average = data.reduce((a, b) => a + b, 0) / data.length;
  expect(Math.abs(average - mean)).toBeLessThan(0.06);
  expect(Math.abs(data.reduce((a, b) => a + (b - average) ** 2, 0) / data.length - variance)).toBeLessThan(0.12);
  expect(second?.data).toEqual(data);
});

test("Multinomial draws by its odds, Bernoulli by its probabilities", async () => {
  const odds = { data: [Math.log(1), Math.log(3), Math.log(4)], shape: [1, 3] };
  const drawn = await callOperator("Multinomial", [odds], { opset: 7, attributes: { sample_size: 8000 } });
  const counts = [0, 1, 2].map((k) => drawn[0]?.data.filter((value) => value === k).length ?? 0);
  for (const [k, share] of [1000, 3000, 4000].entries())
    expect(Math.abs((counts[k] as number) - share)).toBeLessThan(200);
  const chances = { data: new Array<number>(4000).fill(0.25) };
  const [coins] = await callOperator("Bernoulli", [chances], { opset: 15, attributes: { dtype: 9 } });
  expect(coins?.dtype).toBe("bool");
  expect(Math.abs((coins?.data.filter((value) => value === 1).length ?? 0) - 1000)).toBeLessThan(120);
});

test("the Mersenne Twister gives NumPy's numbers", () => {
  const twister = new MersenneTwister(0);
  const found = Array.from({ length: 1000 }, () => twister.uniform());
  expect(found.slice(0, 3)).toEqual([0.5488135039273248, 0.7151893663724195, 0.6027633760716439]);
  expect(found[999]).toBe(0.6771411441114241);
});
