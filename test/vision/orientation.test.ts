/** Photos are turned as the camera noted. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Picture } from "../../ts/core/picture.ts";
import { decodeImage } from "../../ts/vision/index.ts";
import { orientationOf, upright } from "../../ts/vision/orientation.ts";
import { sharedData } from "../shared-data.ts";

/** The start of a JPEG file with an Exif segment, behind another segment. */
function exif(value: number, little: boolean, tag = 0x0112): Uint8Array {
  const bytes = new Uint8Array(2 + 6 + 4 + 6 + 8 + 2 + 12 + 4);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xffd8);
  view.setUint16(2, 0xffe0);
  view.setUint16(4, 4);
  view.setUint16(8, 0xffe1);
  view.setUint16(10, 2 + 6 + 8 + 2 + 12 + 4);
  bytes.set(new TextEncoder().encode("Exif"), 12);
  const tiff = 18;
  view.setUint16(tiff, little ? 0x4949 : 0x4d4d);
  view.setUint16(tiff + 2, 42, little);
  view.setUint32(tiff + 4, 8, little);
  view.setUint16(tiff + 8, 1, little);
  view.setUint16(tiff + 10, tag, little);
  view.setUint16(tiff + 12, 3, little);
  view.setUint32(tiff + 14, 1, little);
  view.setUint16(tiff + 18, value, little);
  return bytes;
}

describe("the orientation of a file", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])("%s", (value) => {
    expect(orientationOf(exif(value, true))).toBe(value);
    expect(orientationOf(exif(value, false))).toBe(value);
  });

  test("is 1 where there is none, or nonsense", () => {
    expect(orientationOf(exif(9, true))).toBe(1);
    expect(orientationOf(exif(6, true, 0x0113))).toBe(1);
    expect(orientationOf(Uint8Array.of(1, 2, 3, 4, 5))).toBe(1);
    for (let size = 0; size < exif(6, true).length - 4; size++) {
      expect([1, 6]).toContain(orientationOf(exif(6, true).subarray(0, size)));
    }
  });
});

describe("a picture turned", () => {
  // a b c      The letters of the upright picture; as stored, they lie where the camera put them.
  // d e f
  const seen: Picture = { width: 3, height: 2, channels: 1, data: new TextEncoder().encode("abcdef") };
  test.each([
    [1, 3, "abcdef"],
    [2, 3, "cbafed"],
    [3, 3, "fedcba"],
    [4, 3, "defabc"],
    [5, 2, "adbecf"],
    [6, 2, "cfbead"],
    [7, 2, "fcebda"],
    [8, 2, "daebfc"],
  ])("orientation %s", (orientation, width, stored) => {
    const data = new TextEncoder().encode(stored);
    expect(upright({ width, height: 6 / width, channels: 1, data }, orientation)).toEqual(seen);
  });
});

const photo = sharedData("media/dog.jpg");
test.skipIf(photo.missing)(`files are turned when they are read${photo.reason}`, async () => {
  const plain = new Uint8Array(readFileSync(photo.path));
  const held = Uint8Array.from([...exif(6, true), ...plain.subarray(2)]);
  const [turned, stored] = [await decodeImage(held), await decodeImage(held, { upright: false })];
  expect([turned.width, turned.height]).toEqual([454, 500]);
  expect(stored).toEqual(await decodeImage(plain));
  expect([...turned.data.subarray(0, 3)]).toEqual([...stored.data.subarray(453 * 500 * 3, 453 * 500 * 3 + 3)]);
});
