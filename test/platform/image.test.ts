/** Image files in Node: pixels as PIL reads them, and errors for what is no image. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { FormatError, UnsupportedError } from "../../ts/core/errors.ts";
import { withChannels } from "../../ts/core/picture.ts";
import { tensorProto } from "../../ts/formats/onnx/proto/schema.ts";
import { readMessage } from "../../ts/formats/onnx/proto/wire.ts";
import { decodeImage, encodePng } from "../../ts/platform/node.ts";
import { sharedData } from "../shared-data.ts";

const suite = sharedData("onnx/node");
const cases = suite.missing ? [] : readdirSync(suite.path).filter((name) => name.startsWith("test_image_decoder"));

function raw(path: string): Uint8Array {
  return readMessage(new Uint8Array(readFileSync(path)), tensorProto, path).raw as Uint8Array;
}

describe(`image files of the ONNX suite${suite.reason}`, () => {
  test.each(cases)("%s", async (name) => {
    const file = raw(`${suite.path}/${name}/test_data_set_0/input_0.pb`);
    const pixels = raw(`${suite.path}/${name}/test_data_set_0/output_0.pb`);
    const picture = withChannels(await decodeImage(file), name.includes("grayscale") ? 1 : 3);
    expect([picture.width, picture.height]).toEqual([32, 32]);
    const bgr = name.endsWith("bgr");
    expect(picture.data.map((_, i) => picture.data[bgr ? i + 2 - 2 * (i % 3) : i] as number)).toEqual(pixels);
  });

  test.each(cases)("%s: a part of the file is refused, or read as far as it goes", async (name) => {
    const file = raw(`${suite.path}/${name}/test_data_set_0/input_0.pb`);
    for (const size of [2, 13, 40, file.length >> 2, file.length >> 1]) {
      const work = decodeImage(file.slice(0, size));
      await work.then(
        ({ width, height, channels, data }) => expect(data).toHaveLength(width * height * channels),
        (error) => expect(error).toBeInstanceOf(FormatError),
      );
    }
    // The codecs go on working after they failed.
    expect((await decodeImage(file)).width).toBe(32);
  });
});

describe("png", () => {
  test.each([1, 2, 3, 4])("%s channels come back", async (channels) => {
    const data = Uint8Array.from({ length: 7 * 5 * channels }, (_, i) => i * 37);
    const file = await encodePng({ width: 7, height: 5, channels, data });
    expect(await decodeImage(file)).toEqual({ width: 7, height: 5, channels, data });
  });

  const photo = sharedData("media/mnist_28.png");
  test.skipIf(photo.missing)(`grey${photo.reason}`, async () => {
    expect(await decodeImage(readFileSync(photo.path))).toMatchObject({ width: 28, height: 28, channels: 1 });
  });
});

/** A bitmap: the header's fields that differ, and what follows it. */
function bitmap(width: number, height: number, bits: number, rest: readonly number[], start = 54): Uint8Array {
  const file = new Uint8Array(54 + rest.length);
  const view = new DataView(file.buffer);
  file.set([0x42, 0x4d]);
  view.setUint32(10, start, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(28, bits, true);
  file.set(rest, 54);
  return file;
}

describe("bmp", () => {
  test("rows go up, or down where the height is below 0; blue comes first", async () => {
    const rows = [1, 2, 3, 0, 4, 5, 6, 0];
    expect((await decodeImage(bitmap(1, 2, 24, rows))).data).toEqual(Uint8Array.of(6, 5, 4, 3, 2, 1));
    expect((await decodeImage(bitmap(1, -2, 24, rows))).data).toEqual(Uint8Array.of(3, 2, 1, 6, 5, 4));
  });

  test("palettes, and 16 bits by masks", async () => {
    const palette = [10, 20, 30, 0, 40, 50, 60, 0];
    const file = bitmap(3, 1, 1, [...palette, 0b0100_0000, 0, 0, 0], 62);
    expect((await decodeImage(file)).data).toEqual(Uint8Array.of(30, 20, 10, 60, 50, 40, 30, 20, 10));
    expect((await decodeImage(bitmap(1, 1, 16, [0xe0, 0x7f, 0, 0]))).data).toEqual(Uint8Array.of(255, 255, 0));
  });

  test.each([
    [bitmap(1000, 1000, 24, [0])],
    [bitmap(-1, 1, 24, [0, 0, 0, 0])],
    [bitmap(1, 0, 24, [0, 0, 0, 0])],
    [bitmap(1, 1, 24, [0, 0, 0, 0], 2 ** 32 - 1)],
  ])("sizes that its bytes do not hold are refused", async (file) => {
    await expect(decodeImage(file)).rejects.toThrow(FormatError);
  });

  test("compressed ones are not supported", async () => {
    const file = bitmap(1, 1, 8, [0, 0, 0, 0]);
    file[30] = 1;
    await expect(decodeImage(file)).rejects.toThrow(UnsupportedError);
  });
});

describe("pnm", () => {
  const text = (pnm: string, ...bytes: number[]): Uint8Array =>
    Uint8Array.of(...new TextEncoder().encode(pnm), ...bytes);
  test.each([
    ["P1", text("P1 3 1\n1 0 1"), 1, [0, 255, 0]],
    ["P2", text("P2 # grey\n2 1 4\n0 4"), 1, [0, 255]],
    ["P3", text("P3 1 1 255 1 2 3"), 3, [1, 2, 3]],
    ["P4", text("P4 9 1\n", 0b1000_0000, 0b1000_0000), 1, [0, 255, 255, 255, 255, 255, 255, 255, 0]],
    ["P5 of 16 bits", text("P5 2 1 65535\n", 255, 255, 0, 128), 1, [255, 0]],
    ["P6", text("P6\n1 1\n255\n", 9, 8, 7), 3, [9, 8, 7]],
  ] as const)("%s", async (_, file, channels, data) => {
    expect(await decodeImage(file)).toMatchObject({ channels, data: Uint8Array.from(data) });
  });

  test.each(["P6 9999 9999 255\n", "P6 0 1 255\n", "P5 1 1 70000\n1", "P2 2 1 4\n0", "P2 1 1 4\n5", "P6 1"])(
    "%j is refused",
    async (file) => {
      await expect(decodeImage(text(file))).rejects.toThrow(FormatError);
    },
  );
});

test("what is no image is refused, what nothing reads is not supported", async () => {
  await expect(decodeImage(new Uint8Array(0))).rejects.toThrow(FormatError);
  await expect(decodeImage(Uint8Array.of(1, 2, 3))).rejects.toThrow(/wanted bmp, gif/);
  await expect(decodeImage(new TextEncoder().encode("GIF89a"))).rejects.toThrow(UnsupportedError);
});

test("a JPEG of four inks is not supported", async () => {
  // An application segment, then a frame header: 8 bits, 16 × 16, four components.
  const file = Uint8Array.of(0xff, 0xd8, 0xff, 0xee, 0, 4, 1, 2, 0xff, 0xc0, 0, 20, 8, 0, 16, 0, 16, 4, 1, 0x11, 0, 2);
  await expect(decodeImage(file)).rejects.toThrow(UnsupportedError);
  await expect(decodeImage(file)).rejects.toThrow(/four inks/);
});
