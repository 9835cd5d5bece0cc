/** The command as a user runs it: what it prints, what it writes, how it ends. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { build } from "../../scripts/build.mjs";
import { decodeAudio } from "../../ts/audio/index.ts";
import { decodeImage } from "../../ts/vision/index.ts";
import { serveFlaky } from "../runtime/flaky-server.ts";
import { sharedData } from "../shared-data.ts";

const program = fileURLToPath(new URL("../../dist/node/cli.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "hebb-cli-"));
beforeAll(async () => {
  await build(["bundles"]);
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Ending {
  readonly status: number | null;
  readonly out: string;
  readonly error: string;
}

function hebb(...args: string[]): Promise<Ending> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ...args], { cwd: folder }, (_, stdout, stderr) => {
      resolve({ status: child.exitCode, out: stdout.trim(), error: stderr.trim() });
    });
  });
}

describe("the command line", () => {
  test("helps", async () => {
    expect(await hebb("--help")).toMatchObject({ status: 0, error: "" });
    expect((await hebb("--help")).out).toMatch(/hebb inspect <model>[\s\S]*hebb run <model> <input>[\s\S]*hebb bench/);
    expect((await hebb("run", "--help")).out).toMatch(/-l, --labels <file> +names of the classes/);
    expect((await hebb()).status).toBe(2);
  });

  test.each([
    [["paint"], 2, /^hebb: cannot run paint: wanted inspect, run, bench/],
    [["inspect"], 2, /^inspect: cannot read the arguments: wanted hebb inspect <model>$/],
    [["run", "x", "--colour", "red"], 2, /^run: cannot read the arguments: .*--colour/],
    [["bench", "none.onnx"], 1, /none\.onnx/],
    [["inspect", program], 1, /./],
    [["inspect", "x", "--shape", "y"], 2, /^--shape: cannot use y/],
  ] as const)("%j ends in one line", async (args, status, error) => {
    const ending = await hebb(...args);
    expect(ending).toMatchObject({ status, out: "" });
    expect(ending.error).toMatch(error);
    expect(ending.error.split("\n")).toHaveLength(1);
  });
});

const models = sharedData("models");
const media = sharedData("media");
const model = (id: string): string => join(models.path, id, "model.onnx");
const skipped = test.skipIf(models.missing || media.missing);

describe(`models${models.reason}`, () => {
  skipped("inspect: operators, weights and work", async () => {
    const { status, out } = await hebb("inspect", model("squeezenet1.1-fp32"));
    expect(status).toBe(0);
    expect(out).toMatch(/weights +1\.24 M values, 4\.94 MB/);
    expect(out).toMatch(/data +float32 \[1, 3, 224, 224\]/);
    expect(out).toMatch(/Conv +26 +\d+\.\d+ M +9\d\.\d %/);
    const parsed = JSON.parse((await hebb("inspect", model("squeezenet1.1-fp32"), "--json")).out) as { flops: number };
    // Iandola et al.: 0.39 billion multiplications and additions, two operations each.
    expect(parsed.flops).toBeGreaterThan(0.69e9);
    expect(parsed.flops).toBeLessThan(0.8e9);
  });

  skipped("inspect --explain: the fate of every node", async () => {
    const { status, out } = await hebb("inspect", "--explain", model("squeezenet1.1-fp32"));
    expect(status).toBe(0);
    expect(out).toMatch(/conv0 +Conv +kernel 0: conv2d/);
    expect(out).toMatch(/schedule: \d+ kernels/);
  });

  skipped("inspect: a model at an address, though the connection breaks", async () => {
    const bytes = readFileSync(model("mnist-cntk-8"));
    const server = await serveFlaky({ bytes: () => bytes, version: () => ({ etag: '"1"' }), cuts: [1000] });
    try {
      expect((await hebb("inspect", server.url)).out).toMatch(/Conv +2/);
      expect(server.ranges).toEqual(["", "bytes=1000-"]);
      const ending = await hebb("bench", server.url, "--sha256", "0".repeat(64));
      expect(ending.error).toMatch(/^sha256: cannot accept .* wanted 0{64}$/);
      expect(ending.status).toBe(1);
    } finally {
      await server.close();
    }
  });

  skipped("bench: medians and kernels", async () => {
    const { status, out } = await hebb("bench", model("mnist-cntk-8"), "-n", "3");
    expect(status).toBe(0);
    expect(out).toMatch(/median run +\d+\.\d+ ms[\s\S]*conv2d/);
  });

  skipped("run: the likeliest classes of a photo", async () => {
    const labels = join(media.path, "imagenet_classes.txt");
    const { status, out } = await hebb(
      "run",
      model("squeezenet1.1-fp32"),
      join(media.path, "goldfish.jpg"),
      "-l",
      labels,
    );
    expect(status).toBe(0);
    expect(out.split("\n")).toHaveLength(5);
    expect(out).toMatch(/^ ?\d+\.\d\d % +goldfish/);
  });

  skipped("run: boxes around faces, drawn", async () => {
    const boxes = join(folder, "faces.png");
    const photo = join(media.path, "grace_hopper.jpg");
    const { status, out } = await hebb("run", model("ultraface-slim-320-simplified"), photo, "-o", boxes);
    expect(status).toBe(0);
    expect(out).toMatch(/: 1 found\n\d+\.\d % +face/);
    expect(await decodeImage(boxes)).toMatchObject({ width: 517, height: 606 });
  });

  skipped("run: a wave comes out cleaner", async () => {
    const clean = join(folder, "clean.wav");
    const second = join(folder, "second.wav");
    // Noise alone: what is not speech goes.
    const { encodeWav } = await import("../../ts/audio/index.ts");
    let seed = 1;
    const noise = Float32Array.from({ length: 16_000 }, () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647 / 10 - 0.05;
    });
    writeFileSync(second, encodeWav({ channels: [noise], sampleRate: 16_000 }));
    const { status, out } = await hebb("run", model("gtcrn-simple"), second, "-o", clean);
    expect(status).toBe(0);
    expect(out).toMatch(/^GTCRN: 1\.0 s of sound/);
    const power = (samples: Float32Array): number => samples.reduce((sum, sample) => sum + sample ** 2, 0);
    const [samples] = (await decodeAudio(clean)).channels;
    expect(samples).toHaveLength(16_000);
    expect(power(samples!)).toBeLessThan(power(noise) / 4);
  });

  skipped("run: values in, values out", async () => {
    const values = join(folder, "values.json");
    writeFileSync(values, JSON.stringify([[0, 0, 0, 0, 0, 0, 0, 0]]));
    const { status, out } = await hebb("run", model("rl-lunarlander"), values);
    expect(status).toBe(0);
    expect(out).toMatch(/^output +float32 \[1, 4\] +-?\d/);
    writeFileSync(values, "{");
    expect(await hebb("run", model("rl-lunarlander"), values)).toMatchObject({ status: 1, out: "" });
  });

  skipped("run: a picture for a model of values is refused, and writes nothing", async () => {
    const out = join(folder, "none.png");
    const ending = await hebb("run", model("rl-lunarlander"), join(media.path, "cat.jpg"), "-o", out);
    expect(ending.status).toBe(1);
    expect(ending.error).toMatch(/^run: cannot give a picture to a model of input: float32 \[1, 8\]/);
    expect(existsSync(out)).toBe(false);
    expect(readFileSync(program, "utf8").startsWith("#!/usr/bin/env node")).toBe(true);
  });
});
