/** Marks of a logarithmic axis, for every least value that a falling loss comes past. */
import { expect, test } from "vitest";
import { ticksOfLog } from "../../examples/playground/page/ticks.ts";

test("are 1, 2 and 5 times the powers of ten between the ends", () => {
  expect(ticksOfLog(0.04, 2.5)).toEqual([0.05, 0.1, 0.2, 0.5, 1, 2]);
  expect(ticksOfLog(0.0997, 1)).toEqual([0.1, 0.2, 0.5, 1]);
  expect(ticksOfLog(0.003, 2.5)).toEqual([0.01, 0.1, 1]);
  expect(ticksOfLog(1e-7, 3e-7)).toEqual([1e-7, 2e-7]);
});

test("are few, whatever the loss", () => {
  for (let low = 3; low > 1e-9; low *= 0.999) {
    const ticks = ticksOfLog(low, 3);
    if (ticks.length > 10 || ticks.some((tick) => tick < low || tick > 3)) expect.fail(`${low}: ${ticks}`);
  }
});

test.each([
  [0, 1],
  [-1, 1],
  [Number.NaN, 1],
  [1, Number.POSITIVE_INFINITY],
  [1, Number.NaN],
])("from %d to %d are none", (low, high) => {
  expect(ticksOfLog(low, high)).toEqual([]);
});
