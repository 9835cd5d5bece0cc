/** Image files by packages, for the runtimes that have no decoder of their own: Node, Deno and Bun. */
import { UnsupportedError } from "../core/errors.ts";
import type { Picture } from "../core/picture.ts";
import { type Decoders, decodeBy } from "./image-decoders.ts";
import { plainDecoders } from "./image-plain.ts";
import { isFrame } from "./image-size.ts";

const decoders: Decoders = {
  ...plainDecoders,
  jpeg: decodeJpeg,
  jpeg2000: decodeJpeg2000,
  tiff: decodeTiff,
  webp: decodeWebp,
};

export const decodeImage = (bytes: Uint8Array): Promise<Picture> => decodeBy(decoders, bytes);

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
    if (isFrame(marker)) return bytes[at + 9] as number;
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
