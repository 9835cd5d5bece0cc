/** Models on devices of their own, beside the one that runs. */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { currentDevice } from "../../../ts/execution/running.ts";
import { load } from "../../../ts/formats/onnx/index.ts";
import { init, optim, realize, type Tensor, tensor } from "../../../ts/index.ts";
import { bundleForPage } from "../../runtime/bundle.ts";
import { callInPage, withPage } from "../../runtime/chromium.ts";
import { floats, model } from "./writer.ts";

/** y = 2 x + 1 */
const line = model({
  nodes: [
    { op: "Mul", inputs: ["x", "two"], outputs: ["h"] },
    { op: "Add", inputs: ["h", "one"], outputs: ["y"] },
  ],
  initializers: [floats("two", [1], [2]), floats("one", [1], [1])],
  inputs: [["x", 1, [1, 2]]],
  outputs: [["y", 1, [1, 2]]],
});

const list = async (value: unknown): Promise<unknown> => (value as Tensor).array();

describe("a model", () => {
  test("of another device leaves the running one as it is", async () => {
    await init({ device: "wasm" });
    const running = currentDevice();
    const [here, there] = [await load(line), await load(line, { device: "auto" })];
    expect(currentDevice()).toBe(running);
    const x = tensor([[1, 2]]).mul(3);
    await realize(x);
    for (let i = 0; i < 3; i++) {
      const { y } = await there.run({ x });
      expect(await list(y)).toEqual([[7, 13]]);
      const { y: z } = await here.run({ x: y as Tensor });
      expect(await list(z)).toEqual([[15, 27]]);
      expect(await list((y as Tensor).add(z as Tensor))).toEqual([[22, 40]]);
    }
    expect(currentDevice()).toBe(running);
  });

  test("that is trained takes the running one with it", async () => {
    await init({ device: "wasm" });
    const before = currentDevice();
    const session = await load(line, { device: "auto", trainable: true });
    expect(currentDevice()).not.toBe(before);
    const optimizer = new optim.SGD([...session.parameters.values()], { lr: 0.25 });
    const { y } = await session.forward({ x: tensor([[1, 1]]) });
    await optimizer.step((y as Tensor).sum());
    expect(await list((await session.run({ x: tensor([[1, 2]]) }))["y"])).toEqual([[2, 3.5]]);
  });

  test("reads what lies on a device that ran before, again and again", async () => {
    await init();
    const x = tensor([[1, 2]]).add(1);
    await realize(x);
    const session = await load(line);
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) expect(await list((await session.run({ x }))["y"])).toEqual([[5, 7]]);
      await init();
    }
  });

  test("goes on after its device was started anew, with the options of the running one", async () => {
    await init({ device: "wasm" });
    const session = await load(line, { device: "auto" });
    for (const deterministic of [true, false]) {
      await init({ device: "wasm", deterministic });
      expect(await list((await session.run({ x: tensor([[1, 2]]) }))["y"])).toEqual([[3, 5]]);
    }
    await init({ device: "auto" });
    expect(await list((await session.run({ x: tensor([[1, 2]]) }))["y"])).toEqual([[3, 5]]);
    await init({ device: "wasm" });
  });

  test("of another device beside a worker has a worker of its own", async () => {
    await init({ device: "wasm", worker: true });
    const [here, there] = [await load(line), await load(line, { device: "auto" })];
    for (let i = 0; i < 3; i++) {
      const { y } = await there.run({ x: tensor([[1, 2]]) }, { onDevice: true });
      expect(await list((await here.run({ x: y as Tensor }))["y"])).toEqual([[7, 11]]);
    }
    await init({ device: "wasm" });
  });

  test("on wasm and one on a GPU read what the other gives", async () => {
    const routes = {
      "/main.js": { text: await bundleForPage("test/formats/onnx/devices-page.ts") },
      "/dist/": { folder: fileURLToPath(new URL("../../../dist", import.meta.url)) },
    };
    await withPage({ routes, webgpu: true }, async (page) => {
      expect(await callInPage(page, "/main.js", "pass", Buffer.from(line).toString("base64"))).toEqual({
        homes: ["the first on wasm", "the second on webgpu"],
        values: [127, 191],
        running: ["wasm", "webgpu"],
      });
    });
  });
});
