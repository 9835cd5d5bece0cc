/**
 * PNG files by fast-png, for runtimes without a decoder of their own: any depth and colour type as 8-bit samples; interlaced
 * ones of 8 and 16 bits.
 */
import { convertIndexedToRgb, decode, encode } from "fast-png";
import { FormatError, UnsupportedError } from "../core/errors.ts";
import type { Picture } from "../core/picture.ts";

/** Deflate makes at most so many bytes of one. */
const mostInflation = 1032;

/** The bits of a pixel are one sample's at least. */
function checkHeader(bytes: Uint8Array): { readonly indexed: boolean } {
  if (bytes.length < 33) throw new FormatError("decodeImage: cannot read a png: it ends within its header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height, depth] = [view.getUint32(16), view.getUint32(20), view.getUint8(24)];
  if (height * Math.ceil((width * depth) / 8) > mostInflation * bytes.length) {
    throw new FormatError(
      `decodeImage: cannot read a png: ${width} × ${height} pixels cannot come from ${bytes.length} bytes`,
    );
  }
  if (depth < 8 && view.getUint8(28) !== 0) {
    throw new UnsupportedError(`decodeImage: cannot read an interlaced png of ${depth} bits: wanted 8 or 16 bits`);
  }
  return { indexed: view.getUint8(25) === 3 };
}

export function decodePng(bytes: Uint8Array): Picture {
  const { indexed } = checkHeader(bytes);
  const png = decode(bytes, { checkCrc: true });
  const { width, height, channels, depth, data, palette } = png;
  if (indexed && palette === undefined) throw new FormatError("decodeImage: cannot read a png: it lacks its palette");
  if (palette !== undefined) {
    return { width, height, channels: palette[0]?.length ?? 3, data: convertIndexedToRgb(png) };
  }
  if (depth === 16) return { width, height, channels, data: Uint8Array.from(data, (sample) => sample >> 8) };
  if (depth === 8) return { width, height, channels, data: Uint8Array.from(data) };
  return { width, height, channels, data: unpack(data, width, height, depth) };
}

export function encodePng({ width, height, channels, data }: Picture): Uint8Array {
  return encode({ width, height, channels, data, depth: 8 });
}

/** Grey of 1, 2 or 4 bits, rows of whole bytes, as 0 … 255. */
function unpack(packed: ArrayLike<number>, width: number, height: number, bits: number): Uint8Array {
  const data = new Uint8Array(width * height);
  const row = Math.ceil((width * bits) / 8);
  const largest = (1 << bits) - 1;
  for (let i = 0; i < data.length; i++) {
    const bit = (i % width) * bits;
    const byte = packed[Math.floor(i / width) * row + (bit >> 3)] as number;
    data[i] = ((byte >> (8 - bits - (bit & 7))) & largest) * (255 / largest);
  }
  return data;
}
