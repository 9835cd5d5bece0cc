/** Layers whose options make no window are refused when they are used, before a kernel sees their numbers. */
import { expect, test } from "vitest";
import { nn, zeros } from "../../ts/index.ts";

const one = [1] as unknown as [number, number];
const x = zeros([1, 1, 8, 8]);

test.each<[what: string, make: () => nn.Module]>([
  ["a stride of 0", () => new nn.Conv2d(1, 2, 3, { stride: 0 })],
  ["a stride of one axis", () => new nn.Conv2d(1, 2, 3, { stride: one })],
  ["a dilation of one axis", () => new nn.Conv2d(1, 2, 3, { dilation: one })],
  ["a padding below 0", () => new nn.Conv2d(1, 2, 3, { padding: -1 })],
  ["a padding of one axis", () => new nn.Conv2d(1, 2, 3, { padding: one })],
  ["a window of one axis", () => new nn.MaxPool2d(one)],
  ["a window of 0", () => new nn.AvgPool2d(0)],
])("%s", (_, make) => {
  expect(() => make().forward(x)).toThrow(/cannot slide a .* window with stride/);
});
