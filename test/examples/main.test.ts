/** The main job on a few hundred digits: in a process of its own, as a user runs it. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Digits, drawDigits } from "../../examples/digits/draw.ts";
import { packages } from "../../scripts/entries.mjs";
import { load } from "../../ts/formats/safetensors.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "hebb-digits-"));
// Two folders down, as the sources are: that is where the kernels are looked for from.
const program = join(root, "build/programs/digits-test.mjs");

/** MNIST's files, of our own digits. The images are gzipped, the labels not. */
function writeSet(to: string, prefix: string, { images, labels }: Digits, size = 28): void {
  const header = (type: number, dims: number[]): Buffer => {
    const bytes = Buffer.alloc(4 + 4 * dims.length);
    bytes.set([0, 0, type, dims.length]);
    for (const [i, dim] of dims.entries()) bytes.writeUInt32BE(dim, 4 + 4 * i);
    return bytes;
  };
  mkdirSync(to, { recursive: true });
  const count = labels.length;
  const pictures = Buffer.concat([header(8, [(count * 784) / size ** 2, size, size]), images]);
  writeFileSync(join(to, `${prefix}-images-idx3-ubyte.gz`), gzipSync(pictures));
  writeFileSync(join(to, `${prefix}-labels-idx1-ubyte`), Buffer.concat([header(8, [count]), labels]));
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function run(args: string[], started?: (child: ChildProcess, out: string) => void): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.on("data", (text) => {
    out += text;
    started?.(child, out);
  });
  child.stderr.on("data", (text) => {
    err += text;
  });
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, out, err })));
}

beforeAll(async () => {
  await build({
    absWorkingDir: root,
    entryPoints: ["examples/digits/main.ts"],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: packages,
    alias: {
      "#platform": "./ts/platform/node.ts",
      hebb: "./ts/index.ts",
      "hebb/safetensors": "./ts/formats/safetensors.ts",
    },
    loader: { ".wgsl": "text" },
    logLevel: "silent",
  });
  writeSet(join(folder, "mnist"), "train", drawDigits(1200, 1));
  writeSet(join(folder, "mnist"), "t10k", drawDigits(200, 2));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("trains, tests, saves a checkpoint and a report, and reads digits", async () => {
  const args = ["--data", "mnist", "--epochs", "2", "--batch", "20", "--seed", "3"];
  const { code, out, err } = await run([...args, "--out", "first"]);
  expect(err).toBe("");
  expect(code).toBe(0);
  expect(out).toContain("LeNet-5 on MNIST: 1,100 to train, 100 to validate, 200 to test");
  expect(out).toMatch(/epoch 2\/2 .* validate 0\.\d{4} \d\d\.\d\d %/);
  expect(out).toContain("▀");
  const accuracy = Number(/^test accuracy (\d+\.\d\d) %$/m.exec(out)?.[1]);
  expect(accuracy).toBeGreaterThan(60);
  expect(readFileSync(join(folder, "first/report.html"), "utf8")).toContain(`${accuracy.toFixed(2)} %`);
  const tensors = await load(join(folder, "first/lenet5.safetensors"));
  expect(Object.keys(tensors)).toHaveLength(10);
  expect(tensors["3.weight"]?.shape).toEqual([16, 6, 5, 5]);

  // The same seed gives the same weights, bit for bit.
  await run([...args, "--out", "second"]);
  const [first, second] = ["first", "second"].map((out) => readFileSync(join(folder, out, "lenet5.safetensors")));
  expect(second?.equals(first as Buffer)).toBe(true);
});

test("an interrupt ends it between two steps and leaves the files of the run before", async () => {
  const out = join(folder, "interrupted");
  mkdirSync(out);
  writeFileSync(join(out, "lenet5.safetensors"), "the run before");
  const args = ["--data", "mnist", "--epochs", "1000", "--out", out];
  const ended = await run(args, (child, text) => {
    if (text.includes("epoch 1/1000")) child.kill("SIGINT");
  });
  expect(ended.err).toBe("\nstopped: nothing was saved\n");
  expect(ended.code).toBe(130);
  expect(readdirSync(out)).toEqual(["lenet5.safetensors"]);
  expect(readFileSync(join(out, "lenet5.safetensors"), "utf8")).toBe("the run before");
});

describe("says what is wrong", () => {
  const damaged = (name: string, change: (to: string) => void): string => {
    const to = join(folder, name);
    writeSet(to, "train", drawDigits(60, 1));
    writeSet(to, "t10k", drawDigits(20, 2));
    change(to);
    return to;
  };
  const rows: [string, () => string[], string][] = [
    ["a number that is none", () => ["--epochs", "many"], "digits: cannot take --epochs many: a whole number"],
    ["an unknown option", () => ["--what"], "digits: cannot read the command line: Unknown option '--what'"],
    [
      "no such folder",
      () => ["--data", "nowhere"],
      "digits: cannot read nowhere: train-images-idx3-ubyte is not there",
    ],
    [
      "a batch beyond the data",
      () => ["--data", "mnist", "--batch", "2000"],
      "digits: cannot take --batch 2000: there are 1100 training digits",
    ],
    [
      "a file cut short",
      () => [
        "--data",
        damaged("cut", (to) => writeFileSync(join(to, "t10k-labels-idx1-ubyte"), Buffer.of(0, 0, 8, 1, 0, 0, 0, 9))),
      ],
      "readIdx: cannot read t10k-labels-idx1-ubyte: at byte 8 [9] of uint8 needs a file of 17 bytes, 8 bytes found",
    ],
    [
      "fewer labels than pictures",
      () => [
        "--data",
        damaged("fewer", (to) =>
          writeFileSync(join(to, "train-labels-idx1-ubyte"), Buffer.of(0, 0, 8, 1, 0, 0, 0, 1, 5)),
        ),
      ],
      "digits: cannot read train-labels-idx1-ubyte: it holds uint8 [1], uint8 [60], one a picture, wanted",
    ],
    [
      "a label above 9",
      () => [
        "--data",
        damaged("label", (to) =>
          writeSet(to, "t10k", { images: drawDigits(2, 1).images, labels: Uint8Array.of(3, 10) }),
        ),
      ],
      "digits: cannot read t10k-labels-idx1-ubyte: label 1 is 10, 0 to 9 wanted",
    ],
    [
      "pictures of another size",
      () => ["--data", damaged("size", (to) => writeSet(to, "train", drawDigits(60, 1), 14))],
      "digits: cannot read train-images-idx3-ubyte.gz: it holds uint8 [240, 14, 14], uint8 [n, 28, 28] wanted",
    ],
    [
      "no pictures at all",
      () => [
        "--data",
        damaged("empty", (to) => writeSet(to, "t10k", { images: new Uint8Array(), labels: new Uint8Array() })),
      ],
      "digits: cannot read t10k-images-idx3-ubyte.gz: it holds uint8 [0, 28, 28], uint8 [n, 28, 28] wanted",
    ],
  ];
  test.each(rows)("%s", async (_name, args, message) => {
    const out = join(folder, "refused");
    const { code, err } = await run([...args(), "--out", out]);
    expect(err).toContain(message);
    expect(err.trim().split("\n")).toHaveLength(1);
    expect(code).toBe(1);
    expect(existsSync(join(out, "lenet5.safetensors"))).toBe(false);
  });
});
