/** How many pixels an image file says that it has, by its first bytes. */
import { imageFormat } from "./image-format.ts";

/** Width and height; null for formats that say so further down, and for files that end before. */
export function imageSize(bytes: Uint8Array): readonly [width: number, height: number] | null {
  const format = imageFormat(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (format === "jpeg") return jpegSize(view);
  if (bytes.length < 30) return null;
  switch (format) {
    case "png":
      return [view.getUint32(16), view.getUint32(20)];
    case "bmp":
      return [Math.abs(view.getInt32(18, true)), Math.abs(view.getInt32(22, true))];
    case "gif":
      return [view.getUint16(6, true), view.getUint16(8, true)];
    case "webp":
      return webpSize(view);
    default:
      return null;
  }
}

/** The frame header of a JPEG stands before its first scan, behind segments that say how long they are. */
function jpegSize(view: DataView): [number, number] | null {
  for (let at = 2; at + 9 < view.byteLength && view.getUint8(at) === 0xff; at += 2 + view.getUint16(at + 2)) {
    if (isFrame(view.getUint8(at + 1))) return [view.getUint16(at + 7), view.getUint16(at + 5)];
  }
  return null;
}

/** Markers of frame headers; 0xc4, 0xc8 and 0xcc are tables and a reserve. */
export function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && (marker % 4 !== 0 || marker === 0xc0);
}

/** Source: RFC 9649. The first chunk is of lossy, lossless or extended files. */
function webpSize(view: DataView): [number, number] | null {
  const kind = view.getUint8(15);
  if (kind === 0x20) return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff];
  const word = view.getUint32(kind === 0x4c ? 21 : 24, true);
  if (kind === 0x4c) return [(word & 0x3fff) + 1, ((word >>> 14) & 0x3fff) + 1];
  return [(word & 0xffffff) + 1, (view.getUint32(26, true) >>> 8) + 1];
}
