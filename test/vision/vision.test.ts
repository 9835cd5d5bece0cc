/** Pictures: sizes, parts, tensors, boxes. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { FormatError, ShapeError } from "../../ts/core/errors.ts";
import { type Picture, withChannels } from "../../ts/core/picture.ts";
import { tensor } from "../../ts/tensor/tensor.ts";
import * as vision from "../../ts/vision/index.ts";
import { sharedData } from "../shared-data.ts";

const row = (...data: number[]): Picture => ({
  width: data.length,
  height: 1,
  channels: 1,
  data: Uint8Array.from(data),
});

/** Bilinear with antialias as the integral says, in floating point and without separating rows from columns. */
function slowResize({ width, height, data }: Picture, w: number, h: number): number[] {
  const tent = (from: number, to: number, i: number): number[] => {
    const [scale, spread] = [from / to, Math.max(1, from / to)];
    const shares = Array.from({ length: from }, (_, j) =>
      Math.max(0, 1 - Math.abs((j + 0.5 - (i + 0.5) * scale) / spread)),
    );
    const sum = shares.reduce((a, b) => a + b);
    return shares.map((share) => share / sum);
  };
  return Array.from({ length: w * h }, (_, at) => {
    const [across, down] = [tent(width, w, at % w), tent(height, h, Math.floor(at / w))];
    return data.reduce((sum, value, i) => sum + value * across[i % width]! * down[Math.floor(i / width)]!, 0);
  });
}

describe("resize", () => {
  const picture: Picture = {
    width: 13,
    height: 11,
    channels: 1,
    data: Uint8Array.from({ length: 143 }, (_, i) => (i * 7919) % 251),
  };
  test.each([
    [5, 4],
    [13, 3],
    [7, 11],
    [29, 23],
    [1, 1],
    [6, 30],
  ])("to %s × %s is the weighted mean under a tent", (w, h) => {
    const made = vision.resize(picture, w, h);
    expect([made.width, made.height]).toEqual([w, h]);
    const wanted = slowResize(picture, w, h);
    // Each of the two passes rounds once.
    for (const [i, value] of made.data.entries()) expect(Math.abs(value - wanted[i]!)).toBeLessThan(1.01);
  });

  test("channels do not mix", () => {
    const colours: Picture = { ...withChannels(picture, 3), data: withChannels(picture, 3).data.slice() };
    for (let i = 0; i < 143; i++) colours.data.set([colours.data[3 * i]!, 0, 255], 3 * i);
    const made = vision.resize(colours, 6, 5);
    expect(made.data.filter((_, i) => i % 3 === 0)).toEqual(vision.resize(picture, 6, 5).data);
    expect(new Set(made.data.filter((_, i) => i % 3 === 1))).toEqual(new Set([0]));
    expect(new Set(made.data.filter((_, i) => i % 3 === 2))).toEqual(new Set([255]));
  });

  test("other filters", () => {
    expect([...vision.resize(row(0, 100), 4, 1, { filter: "nearest" }).data]).toEqual([0, 0, 100, 100]);
    // Keys' cubic at ¼ between the two middle values of 0 0 100 100, and beyond: it overshoots and is cut.
    expect([...vision.resize(row(0, 0, 100, 100), 8, 1, { filter: "bicubic" }).data]).toEqual([
      0, 0, 0, 20, 80, 107, 102, 100,
    ]);
    expect([...vision.resize(row(0, 0, 0, 100, 0, 0, 0, 0), 2, 1, { antialias: false }).data]).toEqual([0, 0]);
    expect(vision.resize(row(0, 0, 0, 100, 0, 0, 0, 0), 2, 1).data[0]).toBeGreaterThan(10);
  });

  test("wrong sizes are refused", () => {
    expect(() => vision.resize(row(1), 0, 1)).toThrow(ShapeError);
    expect(() => vision.resize(row(1), 1.5, 1)).toThrow(ShapeError);
    expect(() => vision.resize({ ...row(1), width: 2 }, 1, 1)).toThrow(ShapeError);
  });
});

describe("crop", () => {
  test("takes the middle", () => {
    const made = vision.centerCrop(
      { width: 4, height: 3, channels: 1, data: Uint8Array.from({ length: 12 }, (_, i) => i) },
      2,
      1,
    );
    expect([...made.data]).toEqual([5, 6]);
  });

  test("refuses what lies outside", () => {
    expect(() => vision.crop(row(1, 2), 1, 0, 2, 1)).toThrow(ShapeError);
    expect(() => vision.centerCrop(row(1, 2), 3, 1)).toThrow(ShapeError);
  });
});

describe("tensors", () => {
  const picture: Picture = { width: 2, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  test("layouts, order, scale, mean and std", async () => {
    const plain = { scale: 1 } as const;
    expect(await vision.toTensor(picture, plain).array()).toEqual([[[[1, 4]], [[2, 5]], [[3, 6]]]]);
    expect(await vision.toTensor(picture, { ...plain, layout: "nhwc" }).array()).toEqual([
      [
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
      ],
    ]);
    expect(await vision.toTensor(picture, { ...plain, layout: "hwc", order: "bgr" }).array()).toEqual([
      [
        [3, 2, 1],
        [6, 5, 4],
      ],
    ]);
    const made = vision.toTensor(picture, { scale: 2, mean: [1, 2, 3], std: 0.5 });
    expect(await made.array()).toEqual([[[[2, 14]], [[4, 16]], [[6, 18]]]]);
    const bytes = vision.toTensor(picture, { dtype: "uint8", channels: 1 });
    expect([bytes.dtype, bytes.shape]).toEqual(["uint8", [1, 1, 1, 2]]);
    expect(() => vision.toTensor(picture, { mean: [1, 2] })).toThrow(ShapeError);
  });

  test("and back", async () => {
    for (const layout of ["nchw", "nhwc"] as const) {
      for (const order of ["rgb", "bgr"] as const) {
        const there = vision.toTensor(picture, { layout, order });
        expect(await vision.fromTensor(there, { layout, order })).toEqual(picture);
      }
    }
    expect([...(await vision.fromTensor(tensor([[-1, 0.5, 9]]))).data]).toEqual([0, 128, 255]);
    await expect(vision.fromTensor(tensor([1, 2]))).rejects.toThrow(ShapeError);
  });
});

describe("boxes", () => {
  test("the better of two that overlap stays, unless its class is another", async () => {
    const at = (x: number, score: number, index = 0): vision.Detection => ({ box: [x, 0, x + 10, 10], score, index });
    const kept = await vision.nonMaxSuppression([at(0, 0.5), at(1, 0.9), at(2, 0.6, 1), at(30, 0.1)]);
    expect(kept.map(({ score }) => score)).toEqual([0.9, 0.6, 0.1]);
    expect(await vision.nonMaxSuppression([])).toEqual([]);
  });

  test("are drawn within the picture, and leave the original as it was", () => {
    const picture: Picture = { width: 60, height: 40, channels: 1, data: new Uint8Array(2400) };
    const drawn = vision.drawBoxes(picture, [{ box: [-5, 20, 90, 45], score: 0.5, index: 0, label: "cat" }]);
    expect(drawn.channels).toBe(3);
    expect([...drawn.data.subarray((20 * 60 + 30) * 3, (20 * 60 + 30) * 3 + 3)]).toEqual([255, 214, 10]);
    expect(new Set(picture.data)).toEqual(new Set([0]));
  });
});

test("the best classes", () => {
  expect(vision.topK([1, 3, 3, 2], 3).map(({ index }) => index)).toEqual([1, 2, 3]);
  expect([...vision.probabilities([1000, 1000, -1000])]).toEqual([0.5, 0.5, 0]);
});

describe("photos", () => {
  const photo = sharedData("media/dog.jpg");
  test.skipIf(photo.missing)(`from file to tensor${photo.reason}`, async () => {
    const picture = await vision.decodeImage(photo.path);
    expect(picture).toMatchObject({ width: 500, height: 454, channels: 3 });
    const ready = vision.centerCrop(vision.resizeShorter(picture, 256), 224, 224);
    expect(vision.toTensor(ready, vision.imagenet).shape).toEqual([1, 3, 224, 224]);
    expect(await vision.decodeImage(new Blob([readFileSync(photo.path)]), { channels: 1 })).toMatchObject({
      channels: 1,
    });
    expect(await vision.decodeImage(await vision.encodePng(picture))).toEqual(picture);
  });
});

describe("decodeImage", () => {
  test("refuses more pixels than are wanted, before it unpacks them", async () => {
    const file = await vision.encodePng({ width: 40, height: 30, channels: 1, data: new Uint8Array(1200) });
    expect((await vision.decodeImage(file, { maxPixels: 1200 })).width).toBe(40);
    const work = vision.decodeImage(file, { maxPixels: 1199 });
    await expect(work).rejects.toBeInstanceOf(ShapeError);
    await expect(work).rejects.toThrow("cannot read 40 × 30 pixels: maxPixels is 1199");
    // The header alone is enough, also where what follows is broken.
    await expect(vision.decodeImage(file.subarray(0, 30), { maxPixels: 1199 })).rejects.toBeInstanceOf(ShapeError);
  });

  test("takes a decoder that is handed in", async () => {
    const gif = Uint8Array.from([...text("GIF89a"), 2, 0, 1, 0, ...zeros(30)]);
    const decoders = { gif: (bytes: Uint8Array): Picture => row(bytes[6] as number, 7) };
    expect(await vision.decodeImage(gif, { decoders, channels: 1 })).toEqual(row(2, 7));
    // Not asked for other formats, nor before the size is known to be wanted.
    expect((await vision.decodeImage(await vision.encodePng(row(5)), { decoders })).width).toBe(1);
    await expect(vision.decodeImage(gif, { decoders, maxPixels: 1 })).rejects.toBeInstanceOf(ShapeError);
    const broken = vision.decodeImage(gif, {
      decoders: {
        gif: () => {
          throw new Error("it ends in the middle");
        },
      },
    });
    await expect(broken).rejects.toBeInstanceOf(FormatError);
    await expect(broken).rejects.toThrow("cannot read a gif: it ends in the middle");
  });

  test.each([
    ["bmp", [0x42, 0x4d, ...zeros(16), 44, 1, 0, 0, 0xd4, 0xfe, 0xff, 0xff, ...zeros(30)]],
    ["gif", [...text("GIF89a"), 44, 1, 44, 1, ...zeros(30)]],
    ["jpeg", [0xff, 0xd8, 0xff, 0xe0, 0, 4, 7, 7, 0xff, 0xc2, 0, 11, 8, 1, 44, 1, 44, 3, ...zeros(30)]],
    ["lossy webp", [...text("RIFF____WEBPVP8 "), ...zeros(10), 44, 1, 44, 1, ...zeros(9)]],
    ["lossless webp", [...text("RIFF____WEBPVP8L"), ...zeros(5), 0x2b, 0xc1, 0x4a, 0, ...zeros(9)]],
    ["extended webp", [...text("RIFF____WEBPVP8X"), ...zeros(8), 43, 1, 0, 43, 1, 0, ...zeros(9)]],
  ])("finds the size of a %s", async (_, bytes) => {
    const work = vision.decodeImage(Uint8Array.from(bytes as number[]), { maxPixels: 300 * 300 - 1 });
    await expect(work).rejects.toThrow("cannot read 300 × 300 pixels");
  });
});

function zeros(length: number): number[] {
  return new Array<number>(length).fill(0);
}

function text(value: string): number[] {
  return [...new TextEncoder().encode(value)];
}
