/** Files beside a model: parts of them, and nothing outside the folder. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { FormatError } from "../../ts/core/errors.ts";
import { externalReader } from "../../ts/files/external.ts";
import { serveFlaky } from "../runtime/flaky-server.ts";

const folder = mkdtempSync(join(tmpdir(), "hebb-external-"));
afterAll(() => rmSync(folder, { recursive: true }));

const bytes = Uint8Array.from({ length: 200_000 }, (_, i) => i % 251);
mkdirSync(join(folder, "models/weights"), { recursive: true });
writeFileSync(join(folder, "models/weights/all.bin"), bytes);
writeFileSync(join(folder, "secret"), "secret");
symlinkSync("../secret", join(folder, "models/link"));
symlinkSync("weights/all.bin", join(folder, "models/inside"));
symlinkSync("..", join(folder, "models/up"));
const model = join(folder, "models/model.onnx");

describe.each([
  ["a path", model, {}],
  ["a URL", pathToFileURL(model), {}],
  ["bytes that are given", new Uint8Array(0), { "weights/all.bin": bytes }],
  ["a Blob that is given", new Uint8Array(0), { "weights/all.bin": new Blob([bytes]) }],
] as const)("beside %s", (_, source, files) => {
  test("ranges are read", async () => {
    const reader = externalReader(source, files);
    const parts = await Promise.all([
      reader.read("weights/all.bin", 100_000, 10),
      reader.read("weights/all.bin", 0, 4),
      reader.read("weights/all.bin", 2, 4),
      reader.read("weights/all.bin", 199_990, null),
      reader.read("weights/all.bin", 200_000, 0),
    ]);
    expect(parts.map((part) => [...part])).toEqual(
      [bytes.subarray(100_000, 100_010), bytes.subarray(0, 4), bytes.subarray(2, 6), bytes.subarray(199_990), []].map(
        (part) => [...part],
      ),
    );
  });

  test.each([
    [199_999, 2],
    [200_001, 0],
    [200_001, null],
    [-1, 4],
    [0, -1],
    [0.5, 1],
    [2 ** 53, 1],
    [0, 2 ** 60],
    [Number.NaN, 1],
  ])("a range of %s, %s is refused", async (offset, length) => {
    await expect(externalReader(source, files).read("weights/all.bin", offset, length)).rejects.toThrow(FormatError);
  });
});

describe("refuses", () => {
  test.each([
    "",
    ".",
    "..",
    "../secret",
    "weights/../../secret",
    "/etc/hostname",
    "./weights/all.bin",
    "weights//all.bin",
    "weights/",
    "C:/secret",
    "..\\secret",
    "file:///etc/hostname",
    "https://example.com/weights",
    "//example.com/weights",
    "weights/all.bin\0",
  ])("%j", async (location) => {
    await expect(externalReader(model).read(location, 0, null)).rejects.toThrow(
      /externalData: cannot read .* wanted a relative path/,
    );
  });

  test("links that leave the folder, but not those inside", async () => {
    await expect(externalReader(model).read("link", 0, null)).rejects.toThrow(/a link leads to/);
    await expect(externalReader(model).read("up/secret", 0, null)).rejects.toThrow(FormatError);
    expect(await externalReader(model).read("inside", 0, 2)).toEqual(bytes.subarray(0, 2));
  });

  test("a file that is not there", async () => {
    await expect(externalReader(model).read("none", 0, null)).rejects.toThrow(/cannot read none beside .*ENOENT/);
  });

  test("anything beside a model without a place", async () => {
    await expect(externalReader(new Uint8Array(0)).read("weights", 0, 1)).rejects.toThrow(/externalData/);
  });
});

describe("beside a URL", () => {
  test("ranges are asked for, near ones together, and go on where they broke off", async () => {
    const server = await serveFlaky({ bytes: () => bytes, version: () => ({ etag: '"1"' }), cuts: [10] });
    try {
      const reader = externalReader(server.url);
      const parts = await Promise.all([
        reader.read("a b%2e#?.bin", 0, 100),
        reader.read("a b%2e#?.bin", 100, 100),
        reader.read("a b%2e#?.bin", 150_000, 100),
      ]);
      expect(parts.map((part) => part.length)).toEqual([100, 100, 100]);
      expect(parts[2]).toEqual(bytes.subarray(150_000, 150_100));
      expect([...server.ranges].sort()).toEqual(["bytes=0-199", "bytes=10-199", "bytes=150000-150099"]);
      await expect(reader.read("x", 199_990, 20)).rejects.toThrow(/the file has 200000 bytes/);
      await expect(reader.read("x", 200_010, 20)).rejects.toThrow(FormatError);
    } finally {
      await server.close();
    }
  });

  test("a server without ranges is read as far as needed", async () => {
    const server = await serveFlaky({ bytes: () => bytes, ranges: false });
    try {
      expect(await externalReader(server.url).read("x", 1000, 10)).toEqual(bytes.subarray(1000, 1010));
      await expect(externalReader(server.url).read("x", 199_999, 10)).rejects.toThrow(FormatError);
    } finally {
      await server.close();
    }
  });
});
