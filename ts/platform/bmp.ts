/**
 * Windows bitmaps without compression: 1, 4, 8 bits by a palette, 16, 24 and 32 bits by masks.
 *
 *     0   "BM"          10  offset of the pixels
 *     14  header size   18  width   22  height (below 0: rows go down)   28  bits   30  compression   46  colours used
 *     54  masks of red, green, blue where the compression is 3; the palette follows the header, blue first
 *
 * Rows fill multiples of 4 bytes. Source: https://learn.microsoft.com/windows/win32/gdi/bitmap-storage
 */
import { FormatError, UnsupportedError } from "../core/errors.ts";
import type { Picture } from "../core/picture.ts";

const MASKS: { readonly [bits: number]: readonly number[] } = {
  16: [0x7c00, 0x3e0, 0x1f],
  24: [0xff0000, 0xff00, 0xff],
  32: [0xff0000, 0xff00, 0xff],
};

export function decodeBmp(bytes: Uint8Array): Picture {
  if (bytes.length < 54) throw refuse("54 bytes of headers expected");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = view.getUint32(10, true);
  const header = view.getUint32(14, true);
  const [width, rows] = [view.getInt32(18, true), view.getInt32(22, true)];
  const [bits, compression] = [view.getUint16(28, true), view.getUint32(30, true)];
  const height = Math.abs(rows);
  if (header < 40 || ![1, 4, 8, 16, 24, 32].includes(bits) || (compression !== 0 && compression !== 3)) {
    throw new UnsupportedError(
      `decodeImage: cannot read a bmp of ${bits} bits with compression ${compression}: wanted pixels that are not compressed`,
    );
  }
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (width <= 0 || height === 0 || start + stride * height > bytes.length) {
    throw refuse(`${width} × ${height} pixels from byte ${start} expected`);
  }
  const colour =
    bits <= 8
      ? paletteOf(bytes, 14 + header, Math.min(view.getUint32(46, true) || 1 << bits, 1 << bits))
      : channelsOf(compression === 3 ? [54, 58, 62].map((at) => view.getUint32(at, true)) : (MASKS[bits] ?? []));
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const row = start + stride * (rows > 0 ? height - 1 - y : y);
    for (let x = 0; x < width; x++) {
      data.set(colour(pixelAt(view, row, x, bits)), (y * width + x) * 3);
    }
  }
  return { width, height, channels: 3, data };
}

function refuse(state: string): FormatError {
  return new FormatError(`decodeImage: cannot read a bmp: it is too short, ${state}`);
}

function pixelAt(view: DataView, row: number, x: number, bits: number): number {
  if (bits === 32) return view.getUint32(row + 4 * x, true);
  if (bits === 24) return view.getUint16(row + 3 * x, true) | (view.getUint8(row + 3 * x + 2) << 16);
  if (bits === 16) return view.getUint16(row + 2 * x, true);
  const bit = x * bits;
  return (view.getUint8(row + (bit >> 3)) >> (8 - bits - (bit & 7))) & ((1 << bits) - 1);
}

function paletteOf(bytes: Uint8Array, start: number, count: number): (index: number) => number[] {
  if (start + 4 * count > bytes.length) throw refuse(`a palette of ${count} colours expected`);
  return (index) => {
    const at = start + 4 * Math.min(index, count - 1);
    return [bytes[at + 2] as number, bytes[at + 1] as number, bytes[at] as number];
  };
}

function channelsOf(masks: readonly number[]): (pixel: number) => number[] {
  const parts = masks.map((mask) => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
    return { mask, shift, scale: mask === 0 ? 0 : 255 / (mask >>> shift) };
  });
  return (pixel) => parts.map(({ mask, shift, scale }) => Math.floor(((pixel & mask) >>> shift) * scale));
}
