import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, describe, expect, test } from "vitest";
import { FormatError } from "../../ts/core/errors.ts";
import { load, save, saveFile } from "../../ts/formats/safetensors.ts";
import { Parameter } from "../../ts/tensor/parameter.ts";
import { type Tensor, tensor } from "../../ts/tensor/tensor.ts";
import { sharedData } from "../shared-data.ts";

const folder = mkdtempSync(join(tmpdir(), "hebb-safetensors-"));
afterAll(() => rmSync(folder, { recursive: true }));

const some = (): Record<string, Tensor> => ({
  "0.weight": tensor([
    [1.5, -2],
    [3, 4],
  ]),
  steps: tensor(Int32Array.of(7), { shape: [] }),
  mask: tensor([true, false, true]),
  pixels: tensor(Uint8Array.of(1, 255)),
});

describe("round trip", () => {
  test("through bytes, an ArrayBuffer, a Blob, a path and a URL", async () => {
    const bytes = await save(some());
    const path = join(folder, "some.safetensors");
    await saveFile(path, some());
    expect(new Uint8Array(readFileSync(path))).toEqual(bytes);
    for (const source of [bytes, bytes.slice().buffer, new Blob([bytes as BlobPart]), path, pathToFileURL(path)]) {
      const loaded = await load(source);
      expect(Object.keys(loaded).sort()).toEqual(Object.keys(some()).sort());
      for (const [name, original] of Object.entries(some())) {
        expect(loaded[name]?.shape).toEqual(original.shape);
        expect(loaded[name]?.dtype).toBe(original.dtype);
        expect(await loaded[name]?.data()).toEqual(await original.data());
      }
    }
  });

  test("of lazy tensors and parameters", async () => {
    const weight = new Parameter(tensor([1, 2, 3]), "weight");
    const loaded = await load(await save({ weight, double: weight.mul(2) }));
    expect(await loaded.weight?.data()).toEqual(Float32Array.of(1, 2, 3));
    expect(await loaded.double?.data()).toEqual(Float32Array.of(2, 4, 6));
  });
});

describe("refuses", () => {
  test("a broken file, by its path", async () => {
    const path = join(folder, "broken.safetensors");
    writeFileSync(path, (await save(some())).slice(0, -1));
    await expect(load(path)).rejects.toThrow(FormatError);
    await expect(load(path)).rejects.toThrow(`safetensors: cannot read ${path}: at byte 8`);
  });

  test("to go on after an abort", async () => {
    const reason = new Error("enough");
    await expect(load(await save(some()), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe("an interrupted save leaves the good file in place", () => {
  test("when writing fails", async () => {
    const path = join(folder, "kept.safetensors");
    await saveFile(path, some());
    const good = readFileSync(path);
    // The target of the rename is a folder that is not empty.
    await expect(saveFile(folder, some())).rejects.toThrow();
    await expect(saveFile(join(folder, "no/such/folder.safetensors"), some())).rejects.toThrow("ENOENT");
    expect(readFileSync(path)).toEqual(good);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("when the process is killed at any moment", async () => {
    const target = join(folder, "killed.safetensors");
    const writer = join(folder, "writer.mjs");
    // Writes files of 16 MB one after another, each of one number, in place of each other.
    await build({
      stdin: {
        contents: `
          import { serialize } from "./ts/formats/safetensors-bytes.ts";
          import { writeFileAtomic } from "./ts/platform/node.ts";
          for (let round = 1; ; round++) {
            const data = new Int32Array(1 << 22).fill(round);
            await writeFileAtomic(process.argv[2], serialize([["round", { dtype: "int32", shape: [data.length], data }]]));
            console.log(round);
          }`,
        resolveDir: process.cwd(),
        loader: "ts",
      },
      bundle: true,
      platform: "node",
      format: "esm",
      outfile: writer,
    });
    const rounds = new Set<number>();
    for (let attempt = 0; attempt < 6; attempt++) {
      const child = spawn(process.execPath, [writer, target], { stdio: ["ignore", "pipe", "inherit"] });
      const exited = new Promise((resolve) => child.once("exit", resolve));
      await new Promise((resolve) => child.stdout.once("data", resolve));
      await new Promise((resolve) => setTimeout(resolve, 7 + 13 * attempt));
      child.kill("SIGKILL");
      await exited;
      const { round } = await load(target);
      const values = (await round?.data()) as Int32Array;
      expect(values.length).toBe(1 << 22);
      expect(values.every((value) => value === values[0])).toBe(true);
      rounds.add(values[0] as number);
    }
    expect(rounds.size).toBeGreaterThan(0);
  });
});

const mnist = sharedData("checkpoints/safetensors/burn-mnist.safetensors");
test.skipIf(mnist.missing)(`loads another framework's network${mnist.reason}`, async () => {
  const tensors = await load(mnist.path);
  expect(tensors["conv1.weight"]?.shape).toEqual([8, 1, 3, 3]);
  expect(await tensors["norm1.num_batches_tracked"]?.item()).toBeGreaterThan(0);
});
