import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { FormatError, UnsupportedError } from "../../ts/core/errors.ts";
import { readIdx } from "../../ts/data/idx.ts";
import { damage, uniform } from "../fuzz.ts";
import { sharedData } from "../shared-data.ts";

function idx(type: number, dims: number[], payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * dims.length + payload.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0, 0, type, dims.length]);
  for (const [i, dim] of dims.entries()) view.setUint32(4 + 4 * i, dim);
  bytes.set(payload, 4 + 4 * dims.length);
  return bytes;
}

function bigEndian(
  values: number[],
  size: number,
  put: (view: DataView, at: number, value: number) => void,
): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * size));
  for (const [i, value] of values.entries()) put(view, i * size, value);
  return new Uint8Array(view.buffer);
}

const digits = idx(8, [2, 3], Uint8Array.of(1, 2, 3, 254, 255, 0));

describe("every element type", () => {
  const values = [-2, 0, 77];
  const floats = [-2.5, 0, 1.1754943508222875e-38];
  const rows = [
    ["uint8", 8, [3], Uint8Array.of(9, 0, 255), "uint8", [9, 0, 255]],
    ["int8", 9, [3], Uint8Array.of(254, 0, 77), "int32", values],
    ["int16", 11, [3], bigEndian(values, 2, (v, at, x) => v.setInt16(at, x)), "int32", values],
    ["int32", 12, [1, 3], bigEndian(values, 4, (v, at, x) => v.setInt32(at, x)), "int32", values],
    ["float32", 13, [3, 1], bigEndian(floats, 4, (v, at, x) => v.setFloat32(at, x)), "float32", floats],
  ] as const;
  test.each(rows)("%s", async (_name, type, dims, payload, dtype, expected) => {
    const plain = idx(type, [...dims], payload);
    for (const bytes of [plain, new Uint8Array(gzipSync(plain)), Buffer.from(plain)]) {
      const array = await readIdx(bytes);
      expect(array.shape).toEqual(dims);
      expect(array.dtype).toBe(dtype);
      expect([...array.data]).toEqual(expected);
      expect(Buffer.isBuffer(array.data)).toBe(false);
    }
  });

  test("float64 is refused by name", async () => {
    await expect(readIdx(idx(14, [0], new Uint8Array()))).rejects.toThrow(UnsupportedError);
    await expect(readIdx(idx(14, [0], new Uint8Array()), "x.idx")).rejects.toThrow(
      "readIdx: cannot read x.idx: its elements are float64",
    );
  });
});

test("an empty array and a scalar", async () => {
  expect((await readIdx(idx(8, [0, 28], new Uint8Array()))).data.length).toBe(0);
  expect([...(await readIdx(idx(8, [], Uint8Array.of(7)))).data]).toEqual([7]);
});

describe("malformed files name themselves, the offset and what was expected", () => {
  const rows: [string, Uint8Array, string][] = [
    ["empty", new Uint8Array(), "at byte 0 the file ends, the rest of its idx header expected"],
    ["bad magic", Uint8Array.of(0, 1, 8, 1), "at byte 1 is 0x01, two zero bytes and an idx header expected"],
    ["unknown type", Uint8Array.of(0, 0, 10, 1), "at byte 2 element type is 0x0a"],
    ["header cut", digits.slice(0, 9), "at byte 9 the file ends, the rest of its idx header expected"],
    ["data cut", digits.slice(0, 15), "at byte 12 [2, 3] of uint8 needs a file of 18 bytes, 15 bytes found"],
    ["trailing bytes", Uint8Array.of(...digits, 1), "at byte 18 more bytes follow, the end of the file expected"],
    [
      "absurd dimension",
      idx(8, [0, 2 ** 31], new Uint8Array()),
      "at byte 8 dimension 1 is 2147483648, at most 2147483647 expected",
    ],
    ["overflowing shape", idx(8, [2 ** 30, 2 ** 30, 2 ** 4], new Uint8Array()), "needs a file of"],
    ["product that wraps to 0", idx(8, Array(4).fill(2 ** 16), new Uint8Array()), "needs a file of"],
    [
      "product beyond double",
      idx(8, Array(255).fill(2 ** 31 - 1), new Uint8Array(9)),
      "needs a file of Infinity bytes",
    ],
    ["gzip cut", new Uint8Array(gzipSync(digits)).slice(0, -9), "at byte 0 the gzip stream breaks"],
    ["gzip of nothing", new Uint8Array(gzipSync(new Uint8Array())), "at byte 0 the file ends"],
    ["gzip trailing", new Uint8Array(gzipSync(Uint8Array.of(...digits, 1))), "at byte 18 more bytes follow"],
    [
      "gzip that cannot hold its shape",
      new Uint8Array(gzipSync(idx(8, [2 ** 31 - 1], new Uint8Array()))),
      "needs a file of 2147483655 bytes",
    ],
  ];
  test.each(rows)("%s", async (_name, bytes, message) => {
    const error: unknown = await readIdx(bytes, "digits.idx").catch((e) => e);
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).toContain("readIdx: cannot read digits.idx: ");
    expect((error as Error).message).toContain(message);
  });
});

test("a decompression bomb is unpacked no further than its header says", async () => {
  const bomb = Buffer.concat([digits, new Uint8Array(2 ** 28)]);
  const packed = new Uint8Array(gzipSync(bomb));
  const before = process.memoryUsage().arrayBuffers;
  const started = performance.now();
  await expect(readIdx(packed)).rejects.toThrow("at byte 18 more bytes follow");
  expect(performance.now() - started).toBeLessThan(500);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 25);
});

test("hostile bytes give FormatError or UnsupportedError and nothing else", async () => {
  const random = uniform(1);
  const big = idx(
    11,
    [40, 5],
    new Uint8Array(400).map((_, i) => i),
  );
  const good = [digits, big, new Uint8Array(gzipSync(big)), new Uint8Array(gzipSync(digits))];
  let refused = 0;
  for (let i = 0; i < 4000; i++) {
    const bytes = damage(good[i % good.length] as Uint8Array, random);
    try {
      await readIdx(bytes);
    } catch (error) {
      if (!(error instanceof FormatError || error instanceof UnsupportedError)) throw error;
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(1000);
}, 30_000);

const mnist = sharedData("datasets/mnist");
test.skipIf(mnist.missing)(`reads MNIST's test set${mnist.reason}`, async () => {
  const images = await readIdx(await readFile(`${mnist.path}/t10k-images-idx3-ubyte.gz`));
  const labels = await readIdx(await readFile(`${mnist.path}/t10k-labels-idx1-ubyte.gz`));
  expect(images.shape).toEqual([10000, 28, 28]);
  expect(labels.shape).toEqual([10000]);
  expect([...labels.data.slice(0, 5)]).toEqual([7, 2, 1, 0, 4]);
  const counts = Array(10).fill(0);
  for (const label of labels.data) counts[label]++;
  expect(counts).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
});
