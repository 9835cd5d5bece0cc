/** Constant weights are packed once; weights that change are read as they are. */
import { describe, expect, it } from "vitest";
import { init, nn, type Tensor } from "../../ts/index.ts";
import { constant, input, names } from "./packed.ts";

const { conv2d, relu } = nn.functional;

describe("a convolution on constant weights", () => {
  const layers = [
    { what: "pointwise", x: [1, 8, 5, 6], w: [12, 8, 1, 1], options: {} },
    { what: "3 × 3", x: [1, 16, 12, 12], w: [24, 16, 3, 3], options: { padding: 1 } },
    { what: "strided", x: [2, 3, 11, 13], w: [10, 3, 3, 3], options: { stride: 2, padding: 1 } },
    { what: "grouped", x: [1, 6, 9, 9], w: [9, 2, 5, 5], options: { groups: 3 } },
  ];
  it.each(layers)("$what: reads them packed", async ({ x, w, options }) => {
    const apply = (kernel: Tensor): Tensor => relu(conv2d(input(x, 3), kernel, input([w[0] as number], 5), options));
    expect(names(apply(constant(w, 7)))).toContain("conv2dPacked");
    expect(names(apply(input(w, 7)))).not.toContain("conv2dPacked");
    const expected = await apply(input(w, 7)).data();
    expect(await apply(constant(w, 7)).data()).toEqual(expected);
  });

  it("depthwise: reads them as they are", () => {
    expect(names(conv2d(input([1, 4, 8, 8], 3), constant([4, 1, 3, 3], 7), null, { groups: 4 }))).toEqual(["conv2d"]);
  });

  it("that were computed from constants: packs the result", () => {
    const scaled = constant([12, 8, 1, 1], 7).mul(constant([12, 1, 1, 1], 2));
    expect(names(conv2d(input([1, 8, 5, 6], 3), scaled, null, {}))).toEqual([
      "expand",
      "mul",
      "conv2dPack",
      "conv2dPacked",
    ]);
  });

  it("a module that was handed in without the kernels for packing: reads them as they are", async () => {
    const y = (): Tensor => conv2d(input([1, 16, 9, 9], 3), constant([10, 16, 3, 3], 7), null, { stride: 2 });
    await init({ wasm: new URL("../../dist/hebb.wasm", import.meta.url) });
    const unpacked = await y().data();
    await init({ wasm: new URL("../../dist/hebb-full.wasm", import.meta.url) });
    expect(Array.from(await y().data())).toEqual(Array.from(unpacked, (value) => expect.closeTo(value as number, 5)));
    await init();
  });
});
