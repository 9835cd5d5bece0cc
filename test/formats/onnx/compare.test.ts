/** Two devices layer by layer: identical ones do not part, and a kernel that is wrong is found. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { compare, load } from "../../../ts/formats/onnx/index.ts";
import { tensor } from "../../../ts/index.ts";
import { bundleForPage } from "../../runtime/bundle.ts";
import { callInPage, withPage } from "../../runtime/chromium.ts";
import { floats, model } from "./writer.ts";

const layers = model({
  nodes: [
    { op: "Add", name: "shift", inputs: ["x", "b"], outputs: ["shifted"] },
    { op: "Tanh", name: "squash", inputs: ["shifted"], outputs: ["squashed"] },
    { op: "MatMul", name: "product", inputs: ["squashed", "w"], outputs: ["h"] },
    { op: "Relu", inputs: ["h"], outputs: ["y"] },
  ],
  initializers: [floats("b", [4], [1, -2, 0.5, 0]), floats("w", [4, 2], [1, 2, 3, 4, 5, -6, 7, 8])],
  inputs: [["x", 1, [1, 4]]],
  outputs: [["y", 1, [1, 2]]],
});

test("identical devices do not part", async () => {
  const session = await load(layers);
  const x = tensor([[1, 2, 3, 4]]);
  const found = await compare(session, { x }, { devices: ["wasm", "wasm"], tolerance: 0 });
  expect(found.parting).toBe(null);
  expect(found.values.map(({ node, op, value, shape, difference }) => [node, op, value, shape, difference])).toEqual([
    ["shift", "Add", "shifted", [1, 4], 0],
    ["squash", "Tanh", "squashed", [1, 4], 0],
    ["product", "MatMul", "h", [1, 2], 0],
    ["y", "Relu", "y", [1, 2], 0],
  ]);
  expect(String(found)).toMatch(/nothing parts$/);
});

test("a wrong kernel is where they part, and the running device is the same afterwards", async () => {
  const routes = {
    "/main.js": { text: await bundleForPage("test/formats/onnx/compare-page.ts") },
    "/dist/": { folder: fileURLToPath(new URL("../../../dist", import.meta.url)) },
  };
  await withPage({ routes, webgpu: true }, async (page) => {
    const call = (wrong: boolean): Promise<Record<"parting" | "text" | "after", string>> =>
      callInPage(page, "/main.js", "compare", Buffer.from(layers).toString("base64"), wrong);
    const sound = await call(false);
    expect(sound).toMatchObject({ parting: "", after: expect.stringMatching(/^wasm /) });
    const wrong = await call(true);
    expect(wrong.parting).toBe("product");
    expect(wrong.text).toMatch(/\n> {2}product {2}MatMul {2}h {9}float32 \[1, 2\] {2}1\.0e-2\n/);
    expect(wrong.text).toMatch(/\nthey part first at node "product" \(MatMul\), value "h"$/);
    expect(wrong.after).toBe(sound.after);
  });
});
