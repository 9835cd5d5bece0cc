/** Models from files and servers, with their data beside them. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { FormatError } from "../../../ts/core/errors.ts";
import { init } from "../../../ts/execution/running.ts";
import { inspect, load } from "../../../ts/formats/onnx/index.ts";
import type { Tensor } from "../../../ts/tensor/tensor.ts";
import { type Behaviour, serveFlaky } from "../../runtime/flaky-server.ts";
import { floats, model } from "./writer.ts";

const folder = mkdtempSync(join(tmpdir(), "hebb-onnx-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** y = x W + b, W in another file. */
const bytes = model({
  nodes: [{ op: "Gemm", inputs: ["x", "w", "b"], outputs: ["y"] }],
  inputs: [["x", 1, ["n", 2]]],
  outputs: [["y", 1, ["n", 3]]],
  initializers: [
    { name: "w", dims: [2, 3], external: { location: "data/weights.bin", offset: "4", length: "24" } },
    floats("b", [3], [10, 20, 30]),
  ],
});
const weights = new Uint8Array(Float32Array.of(99, 1, 2, 3, 4, 5, 6).buffer);
const sha256 = createHash("sha256").update(bytes).digest("hex");

async function answer(source: string | Uint8Array, options: object = {}): Promise<number[]> {
  const session = await load(source, options);
  const { y } = await session.run({ x: Float32Array.of(1, 1) });
  return [...(await (y as Tensor).data())];
}
const right = [15, 27, 39];

describe("files", () => {
  mkdirSync(join(folder, "data"));
  writeFileSync(join(folder, "model.onnx"), bytes);
  writeFileSync(join(folder, "data/weights.bin"), weights);

  test("a model and its data", async () => {
    expect(await answer(join(folder, "model.onnx"), { sha256 })).toEqual(right);
    await expect(load(join(folder, "model.onnx"), { sha256: "0".repeat(64) })).rejects.toThrow(FormatError);
  });

  test.each([1, 2, 3, 4])("weights anywhere in the file, shift %i; given bytes stay as they are", async (length) => {
    const name = "w".repeat(length);
    const odd = model({
      nodes: [{ op: "Mul", inputs: ["x", name], outputs: ["y"] }],
      inputs: [["x", 1, [2]]],
      outputs: [["y", 1, [2]]],
      initializers: [
        floats(
          name,
          [200, 2],
          Array.from({ length: 400 }, (_, i) => i / 3),
        ),
      ],
    });
    const path = join(folder, `odd${length}.onnx`);
    writeFileSync(path, odd);
    const before = odd.slice();
    const [fromFile, fromBytes] = await Promise.all([answer(path), answer(odd)]);
    expect(fromFile).toEqual(Array.from({ length: 400 }, (_, i) => Math.fround(i / 3)));
    expect(fromBytes).toEqual(fromFile);
    expect(odd).toEqual(before);
  });

  test("a link out of the folder is not followed", async () => {
    const inner = join(folder, "inner");
    mkdirSync(inner);
    writeFileSync(join(inner, "model.onnx"), bytes);
    symlinkSync("../data", join(inner, "data"));
    await expect(load(join(inner, "model.onnx"))).rejects.toThrow(/a link leads to/);
  });
});

describe("servers", () => {
  async function served<T>(
    behaviour: Partial<Behaviour>,
    work: (url: string, ranges: readonly string[]) => Promise<T>,
  ): Promise<T> {
    const server = await serveFlaky({
      bytes: (_, path) => (path.endsWith("/weights.bin") ? weights : bytes),
      version: () => ({ etag: '"1"' }),
      ...behaviour,
    });
    try {
      return await work(server.url, server.ranges);
    } finally {
      await server.close();
    }
  }

  test("only the bytes that are needed are asked for", async () => {
    await served({}, async (url, ranges) => {
      expect(await answer(url)).toEqual(right);
      expect(ranges).toEqual(["", "bytes=4-27"]);
    });
  });

  test("what breaks off is resumed", async () => {
    await served({ cuts: [40, bytes.length, 10] }, async (url, ranges) => {
      expect(await answer(url, { sha256 })).toEqual(right);
      expect(ranges).toEqual(["", "bytes=40-", "bytes=4-27", "bytes=14-27"]);
    });
  });

  test("a cache keeps both, and the server is asked once", async () => {
    await served({}, async (url, ranges) => {
      const cache = join(folder, "cache");
      for (let i = 0; i < 2; i++) expect(await answer(url, { cache })).toEqual(right);
      expect(ranges).toEqual(["", ""]);
      expect(readdirSync(cache)).toHaveLength(2);
    });
  });

  test("data that is too short, or stops with the signal", async () => {
    await served(
      { bytes: (_, path) => (path.endsWith("/weights.bin") ? weights.subarray(0, 20) : bytes) },
      async (url) => {
        await expect(load(url)).rejects.toThrow(/the file has 20 bytes/);
      },
    );
    await served({ stall: true }, async (url) => {
      await expect(load(url, { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({ name: "TimeoutError" });
    });
  });
});

test("another device keeps the kernels that init was given", async () => {
  await init({ wasm: new WebAssembly.Module(readFileSync(new URL("../../../dist/hebb.wasm", import.meta.url))) });
  const sums = model({
    nodes: [{ op: "Einsum", inputs: ["x"], outputs: ["d"], attributes: { equation: "i->" } }],
    inputs: [["x", 11, [3]]],
    outputs: [["d", 11, []]],
  });
  const session = await load(sums, { device: "auto" });
  const run = session.run({ x: Float64Array.of(1, 2, 3) });
  await expect(run).rejects.toThrow("the module that was handed in lacks its kernels");
  await init();
});

describe("inspect", () => {
  test("counts without the data of other files", async () => {
    const found = await inspect(bytes, { shapes: { x: [5, 2] } });
    expect(found).toMatchObject({
      inputs: [{ name: "x", dtype: "float32", shape: ["n", 2] }],
      opsets: { "ai.onnx": 21 },
      operators: [{ name: "Gemm", count: 1, flops: 60 }],
      nodes: [{ operator: "Gemm", inputs: ["x", "w", "b"], outputs: ["y"], attributes: {}, shape: [5, 3] }],
      parameters: 9,
      bytes: 36,
      flops: 60,
      unknown: null,
      unsupported: [],
    });
  });

  test("says what cannot be run, and what is not known", async () => {
    const attributes = { kernel_shape: [3, 3], alpha: 1 };
    const strange = model({
      nodes: [{ op: "Strange", inputs: [], outputs: ["y"], attributes }],
      outputs: [["y", 1, [1]]],
    });
    const found = await inspect(strange);
    expect(found.nodes).toMatchObject([{ attributes: { kernel_shape: "[3, 3]", alpha: "1" }, shape: null }]);
    expect(found.unsupported).toEqual([expect.stringContaining("Strange")]);
    expect(found.flops).toBeNull();
    const wrong = await inspect(bytes, { shapes: { x: [5, 7] } });
    expect(wrong.flops).toBeNull();
    expect(wrong.unknown).toMatch(/Gemm/);
  });
});
