/** Image files by packages, for the runtimes that have no decoder of their own: Node, Deno and Bun. */
import { FormatError, UnsupportedError } from "../core/errors.ts";
import type { Picture } from "../core/picture.ts";
import { decodeBmp } from "./bmp.ts";
import { type ImageFormat, imageFormat } from "./image-format.ts";
import { decodePnm } from "./pnm.ts";

const decoders: { readonly [F in ImageFormat]: ((bytes: Uint8Array) => Promise<Picture> | Picture) | null } = {
  bmp: decodeBmp,
  gif: null,
  jpeg: decodeJpeg,
  jpeg2000: decodeJpeg2000,
  png: decodePng,
  pnm: decodePnm,
  tiff: decodeTiff,
  webp: decodeWebp,
};

/** The pixels of an image file as they are stored: neither turned nor converted to another colour space. */
export async function decodeImage(bytes: Uint8Array): Promise<Picture> {
  const format = imageFormat(bytes);
  const decode = decoders[format];
  if (decode === null) {
    throw new UnsupportedError(`decodeImage: cannot read a ${format}: there is no decoder here, wanted another format`);
  }
  try {
    return await decode(bytes);
  } catch (error) {
    if (error instanceof FormatError || error instanceof UnsupportedError) throw error;
    // The codecs in WebAssembly throw the address of an exception.
    const reason = error instanceof Error ? error.message : "the codec stopped";
    throw new FormatError(`decodeImage: cannot read a ${format}: ${reason}, wanted a whole file`, { cause: error });
  }
}

/** A PNG file. */
export async function encodePng({ width, height, channels, data }: Picture): Promise<Uint8Array> {
  const { encode } = await import("fast-png");
  return encode({ width, height, channels, data, depth: 8 });
}

/** What the Emscripten modules of @cornerstonejs have in common. */
export interface Codec {
  getEncodedBuffer(bytes: number): Uint8Array;
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): { width: number; height: number; bitsPerSample: number; componentCount: number };
  decode(): void;
  delete(): void;
}

interface CodecOptions {
  locateFile(): string;
  print(): void;
  printErr(): void;
}

type CodecModule<Name extends string> = { readonly [N in Name]: new () => Codec };

/** Makes a module of @cornerstonejs. */
export type CodecFactory<Name extends string> = (options: CodecOptions) => Promise<CodecModule<Name>>;

async function start<Name extends string>(factory: CodecFactory<Name>, wasm: string): Promise<CodecModule<Name>> {
  const { createRequire } = await import("node:module");
  const path = createRequire(import.meta.url).resolve(wasm);
  return factory({ locateFile: () => path, print: () => {}, printErr: () => {} });
}

let jpegModule: Promise<CodecModule<"JPEGDecoder">> | undefined;
let jpeg2000Module: Promise<CodecModule<"J2KDecoder">> | undefined;

async function decodeJpeg(bytes: Uint8Array): Promise<Picture> {
  if (componentsOf(bytes) === 4) {
    throw new UnsupportedError("decodeImage: cannot read a jpeg of four inks (CMYK): wanted grey or colours of light");
  }
  const { default: factory } = await import("@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs");
  jpegModule ??= start(factory, "@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm");
  return runCodec(new (await jpegModule).JPEGDecoder(), bytes);
}

/** What the frame header of a JPEG says; 0 where there is none before the first scan. */
function componentsOf(bytes: Uint8Array): number {
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1] as number;
    // Frame headers; 0xc4, 0xc8 and 0xcc are tables and a reserve.
    if (marker === 0xc0 || (marker > 0xc0 && marker <= 0xcf && marker % 4 !== 0)) return bytes[at + 9] as number;
    at += 2 + 256 * (bytes[at + 2] as number) + (bytes[at + 3] as number);
  }
  return 0;
}

async function decodeJpeg2000(bytes: Uint8Array): Promise<Picture> {
  const { default: factory } = await import("@cornerstonejs/codec-openjpeg/decodewasmjs");
  jpeg2000Module ??= start(factory, "@cornerstonejs/codec-openjpeg/decodewasm");
  return runCodec(new (await jpeg2000Module).J2KDecoder(), bytes);
}

function runCodec(codec: Codec, bytes: Uint8Array): Picture {
  try {
    codec.getEncodedBuffer(bytes.length).set(bytes);
    codec.decode();
    const { width, height, bitsPerSample, componentCount: channels } = codec.getFrameInfo();
    const decoded = codec.getDecodedBuffer();
    const count = width * height * channels;
    if (count === 0 || decoded.length !== count * Math.ceil(bitsPerSample / 8)) throw new Error("it broke off");
    // The codec's memory is used again.
    const copy = new Uint8Array(decoded);
    if (bitsPerSample <= 8) return { width, height, channels, data: copy };
    const samples = new Uint16Array(copy.buffer);
    return { width, height, channels, data: Uint8Array.from(samples, (sample) => sample >> (bitsPerSample - 8)) };
  } finally {
    codec.delete();
  }
}

async function decodeWebp(bytes: Uint8Array): Promise<Picture> {
  const { decode } = await import("@cwasm/webp");
  const { width, height, data } = decode(bytes);
  return { width, height, channels: 4, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

async function decodePng(bytes: Uint8Array): Promise<Picture> {
  const { convertIndexedToRgb, decode } = await import("fast-png");
  const png = decode(bytes);
  const { width, height, channels, depth, data, palette } = png;
  if (palette !== undefined) {
    return { width, height, channels: palette[0]?.length ?? 3, data: convertIndexedToRgb(png) };
  }
  if (depth === 16) return { width, height, channels, data: Uint8Array.from(data, (sample) => sample >> 8) };
  if (depth === 8) return { width, height, channels, data: Uint8Array.from(data) };
  return { width, height, channels, data: unpack(data, width, height, depth) };
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

async function decodeTiff(bytes: Uint8Array): Promise<Picture> {
  const { decode } = await import("tiff");
  const [page] = decode(bytes, { pages: [0] });
  if (page === undefined) throw new Error("it has no page");
  const { width, height, samplesPerPixel, bitsPerSample, type: colours, palette, data } = page;
  if (colours > 3 || bitsPerSample > 16 || (bitsPerSample < 8 && colours !== 0 && colours !== 1)) {
    throw new UnsupportedError(
      `decodeImage: cannot read a tiff of ${bitsPerSample} bits with colours ${colours}: wanted grey, RGB or a palette, up to 16 bits`,
    );
  }
  if (palette !== undefined) {
    const samples = Array.from(data, (index) => palette[index]?.map((value) => value >> 8) ?? [0, 0, 0]).flat();
    return { width, height, channels: 3, data: Uint8Array.from(samples) };
  }
  const shift = bitsPerSample > 8 ? bitsPerSample - 8 : 0;
  return { width, height, channels: samplesPerPixel, data: Uint8Array.from(data, (sample) => sample >> shift) };
}
