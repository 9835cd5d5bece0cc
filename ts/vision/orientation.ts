/**
 * How a camera was held, as JPEG files note it: the tag 0x0112 of the first directory in the Exif segment.
 *
 *     FF D8 · FF E1 length "Exif" 0 0 · TIFF: "II" or "MM", 42, offset · count · entries of tag, type, count, value
 *
 * Source: CIPA DC-008, "Exchangeable image file format for digital still cameras"
 */
import type { Picture } from "../core/picture.ts";

const EXIF = 0x45786966;
const ORIENTATION = 0x0112;

/** 1 to 8 as Exif counts them; 1, upright, where nothing is noted. */
export function orientationOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0xffd8) return 1;
  for (let at = 2; at + 10 <= bytes.length && bytes[at] === 0xff; at += 2 + view.getUint16(at + 2)) {
    if (bytes[at + 1] !== 0xe1 || view.getUint32(at + 4) !== EXIF) continue;
    return readDirectory(new DataView(view.buffer, view.byteOffset + at + 10, bytes.length - at - 10));
  }
  return 1;
}

function readDirectory(tiff: DataView): number {
  if (tiff.byteLength < 8) return 1;
  const little = tiff.getUint16(0) === 0x4949;
  const start = tiff.getUint32(4, little);
  if (start + 2 > tiff.byteLength) return 1;
  const count = tiff.getUint16(start, little);
  for (let at = start + 2, i = 0; i < count && at + 12 <= tiff.byteLength; at += 12, i++) {
    if (tiff.getUint16(at, little) !== ORIENTATION) continue;
    const value = tiff.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

type Place = readonly [x: number, y: number];

/** Where the pixel at (x, y) of an upright picture lies in the stored one of w × h, by orientation less 1. */
const places: readonly ((x: number, y: number, w: number, h: number) => Place)[] = [
  (x, y) => [x, y],
  (x, y, w) => [w - 1 - x, y],
  (x, y, w, h) => [w - 1 - x, h - 1 - y],
  (x, y, _w, h) => [x, h - 1 - y],
  (x, y) => [y, x],
  (x, y, _w, h) => [y, h - 1 - x],
  (x, y, w, h) => [w - 1 - y, h - 1 - x],
  (x, y, w) => [w - 1 - y, x],
];

/** A stored picture as it was seen. */
export function upright(picture: Picture, orientation: number): Picture {
  const place = places[orientation - 1];
  if (orientation === 1 || place === undefined) return picture;
  const { width: w, height: h, channels, data } = picture;
  const [width, height] = orientation >= 5 ? [h, w] : [w, h];
  const made = new Uint8Array(data.length);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += channels) {
      const [sx, sy] = place(x, y, w, h);
      const from = (sy * w + sx) * channels;
      for (let c = 0; c < channels; c++) made[to + c] = data[from + c] as number;
    }
  }
  return { width, height, channels, data: made };
}
