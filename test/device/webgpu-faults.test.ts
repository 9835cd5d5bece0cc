/** A GPU that is absent, lost, full, or refuses commands, in Chromium: errors say which, and what still can goes on. */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { floats, model } from "../formats/onnx/writer.ts";
import { bundleForPage } from "../runtime/bundle.ts";
import { callInPage, withPage } from "../runtime/chromium.ts";

const inPage = async <T>(webgpu: boolean, name: string, ...args: unknown[]): Promise<T> => {
  const routes = {
    "/main.js": { text: await bundleForPage("test/device/webgpu-faults-page.ts") },
    "/dist/": { folder: fileURLToPath(new URL("../../dist", import.meta.url)) },
  };
  return withPage({ routes, webgpu }, (page) => callInPage<T>(page, "/main.js", name, ...args));
};

describe("without an adapter", () => {
  test("a page that asks for the GPU is told so", async () => {
    const [started] = await inPage<string[]>(false, "start", "webgpu");
    expect(started).toMatch(/^UnsupportedError: init: cannot start device webgpu: .*wanted device "wasm"$/);
  });

  test("a page that leaves the choice goes on with wasm", async () => {
    expect(await inPage<string[]>(false, "start", "auto")).toEqual(["undefined", "5"]);
  });
});

test("a GPU that is lost half-way says so, starts anew, and names what is gone", async () => {
  const product = model({
    nodes: [{ op: "MatMul", inputs: ["x", "w"], outputs: ["y"] }],
    initializers: [floats("w", [4, 2], [1, 2, 3, 4, 5, 6, 7, 8])],
    inputs: [["x", 1, [4]]],
    outputs: [["y", 1, [2]]],
  });
  const said = await inPage<Record<string, string>>(true, "lostHalfway", Buffer.from(product).toString("base64"));
  const gone = (name: string): RegExp =>
    new RegExp(`^DeviceError: ${name}: cannot read \\[2\\]: the GPU was lost.* and nobody else has the value, wanted `);
  expect(said).toEqual({
    first: "5",
    model: "50,60",
    running: expect.stringMatching(/^DeviceError: webgpu: cannot (compile|run): the GPU was lost/),
    next: "5",
    weight: expect.stringMatching(gone("weight")),
    step: expect.stringMatching(gone("weight")),
    steps: "1",
    modelAgain: "50,60",
    state: expect.stringMatching(gone("weight.m")),
    restored: "5",
  });
}, 120_000);

test("a GPU without room names what it could not hold, and goes on", async () => {
  const said = await inPage<string[]>(true, "outOfMemory");
  const full = (name: string): unknown =>
    expect.stringMatching(
      new RegExp(`^DeviceError: webgpu: cannot hold ${name}: the GPU has no memory left, nothing is free$`),
    );
  expect(said).toEqual([
    full("result 0 \\(1048576 bytes of float32\\), written by matmul"),
    full("weight \\(1048576 bytes of float32\\), read by add\\+sum"),
    full("\\d+ bytes of values on the way, the largest of 1048576 bytes read by add"),
    String(2 * 2 ** 18),
    "5",
    String(2 * 2 ** 18),
  ]);
}, 120_000);

test("commands and shaders that the GPU refuses are errors with the kernel's name", async () => {
  const [refused, after] = await inPage<string[]>(true, "refused");
  expect(refused).toMatch(/^DeviceError: webgpu: cannot run add\+sum: the GPU refused it, /);
  expect(after).toBe("5");
  expect(await inPage<string>(true, "uncompiled")).toMatch(
    /^DeviceError: webgpu: cannot compile softmax: the GPU refused it, /,
  );
}, 120_000);
