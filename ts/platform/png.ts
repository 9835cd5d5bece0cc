/**
 * PNG files, for runtimes without a decoder of their own: any depth, colour type and interlacing, as 8-bit samples.
 *
 *     signature ─ chunk IHDR ─ … PLTE … tRNS … ─ IDAT … IDAT ─ … ─ IEND        chunk: length, type, data, CRC-32
 *     IDATs together: a zlib stream of rows, each a filter's number and bytes that are differences to their neighbours
 *
 *     c b      filters predict x by 0, a, b, (a + b) / 2, or whichever of a, b, c is nearest to a + b - c
 *     a x
 *
 * Inflating is the runtime's. Nothing is allocated that the file is too short to fill. Source: https://www.w3.org/TR/png-3/
 */
import { Arrival } from "../core/arrival.ts";
import { FormatError } from "../core/errors.ts";
import type { Picture } from "../core/picture.ts";

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Deflate makes at most so many bytes of one. */
const mostInflation = 1032;

/** Samples a pixel by colour type: grey, none, colours, palette, grey and alpha, none, colours and alpha. */
const samplesOf = [1, 0, 3, 1, 2, 0, 4] as const;

/** Allowed bits a sample by colour type. */
const depthsOf: readonly (readonly number[])[] = [[1, 2, 4, 8, 16], [], [8, 16], [1, 2, 4, 8], [8, 16], [], [8, 16]];

const PALETTE = 3;

/** Adam7: first column and row, and the steps between them, of every pass. */
const interlaced = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
const progressive = [[0, 0, 1, 1]] as const;

interface Header {
  readonly width: number;
  readonly height: number;
  /** Bits a sample. */
  readonly depth: number;
  readonly colour: number;
  readonly interlace: boolean;
}

function refuse(state: string, cause?: unknown): FormatError {
  return new FormatError(`decodeImage: cannot read a png: ${state}`, cause === undefined ? {} : { cause });
}

let crcTable: Int32Array | undefined;

/** CRC-32 of bytes. */
function crcOf(bytes: Uint8Array): number {
  crcTable ??= Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    return crc;
  });
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) {
    crc = (crc >>> 8) ^ (crcTable[(crc ^ (bytes[i] as number)) & 255] as number);
  }
  return ~crc >>> 0;
}

/** The chunks up to the end mark, those of one type together. */
function chunksOf(bytes: Uint8Array): Map<string, Uint8Array[]> {
  if (signature.some((byte, i) => bytes[i] !== byte)) throw refuse("it has another signature");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = new Map<string, Uint8Array[]>();
  for (let at = 8; ; ) {
    if (at + 12 > bytes.length) throw refuse(`it ends at byte ${bytes.length} without IEND, wanted a whole file`);
    const length = view.getUint32(at);
    const end = at + 8 + length;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (end + 4 > bytes.length) throw refuse(`chunk ${type} at byte ${at} needs ${length} bytes, wanted a whole file`);
    if (crcOf(bytes.subarray(at + 4, end)) !== view.getUint32(end)) {
      throw refuse(`chunk ${type} at byte ${at} has another checksum`);
    }
    if (type === "IEND") return chunks;
    const same = chunks.get(type) ?? [];
    same.push(bytes.subarray(at + 8, end));
    chunks.set(type, same);
    at = end + 4;
  }
}

function headerOf(chunk: Uint8Array | undefined): Header {
  if (chunk?.length !== 13) throw refuse("it has no IHDR of 13 bytes");
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colour, compression, filter, interlace] = chunk.subarray(8) as unknown as number[] as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (width === 0 || height === 0 || width > 0x7fffffff || height > 0x7fffffff) {
    throw refuse(`its header says ${width} × ${height} pixels`);
  }
  if (depthsOf[colour]?.includes(depth) !== true || compression !== 0 || filter !== 0 || interlace > 1) {
    throw refuse(`its header says ${depth} bits, colours ${colour}, methods ${compression}, ${filter}, ${interlace}`);
  }
  return { width, height, depth, colour, interlace: interlace === 1 };
}

/** What a stream makes of bytes, `most` at most. */
async function piped(parts: readonly Uint8Array[], through: GenericTransformStream, most: number): Promise<Uint8Array> {
  const reader = new Blob(parts as Iterable<BlobPart> as BlobPart[]).stream().pipeThrough(through).getReader();
  const arrival = new Arrival(null);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return arrival.bytes();
      arrival.append(value);
      if (arrival.size > most) throw refuse(`it holds more than ${most} bytes of pixels`);
    }
  } catch (error) {
    await reader.cancel().catch(() => {});
    throw error instanceof FormatError ? error : refuse("its pixels are no sound zlib stream", error);
  }
}

/** The bytes of a zlib stream, which are `length`. */
async function inflate(parts: readonly Uint8Array[], length: number): Promise<Uint8Array> {
  const packed = parts.reduce((sum, part) => sum + part.length, 0);
  if (length > packed * mostInflation) throw refuse(`${length} bytes of pixels cannot come from ${packed}`);
  const data = await piped(parts, new DecompressionStream("deflate"), length);
  if (data.length === length) return data;
  throw refuse(`it holds ${data.length} bytes of pixels, wanted ${length}`);
}

/** Whichever of left, above and above left is nearest to left + above - above left. */
function nearest(a: number, b: number, c: number): number {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

/** Undoes the filters of `rows` rows of `stride` bytes in place; each is preceded by its filter's number. */
function unfilter(data: Uint8Array, start: number, rows: number, stride: number, step: number): void {
  for (let y = 0; y < rows; y++) {
    const row = start + y * (stride + 1) + 1;
    const filter = data[row - 1] as number;
    if (filter > 4) throw refuse(`row ${y} has filter ${filter}, wanted 0 to 4`);
    if (filter === 0) continue;
    for (let i = 0; i < stride; i++) {
      const a = i >= step ? (data[row + i - step] as number) : 0;
      const b = y > 0 ? (data[row + i - stride - 1] as number) : 0;
      let predicted = filter === 1 ? a : filter === 2 ? b : (a + b) >> 1;
      if (filter === 4)
        predicted = nearest(a, b, y > 0 && i >= step ? (data[row + i - step - stride - 1] as number) : 0);
      data[row + i] = (data[row + i] as number) + predicted;
    }
  }
}

/** The samples of a file as they are stored, in 8 bits: grey of less is spread over 0 … 255, numbers of colours stay. */
async function samplesOfFile(header: Header, parts: readonly Uint8Array[]): Promise<Uint8Array> {
  const { width, height, depth, colour, interlace } = header;
  const samples = samplesOf[colour] as number;
  const passes = (interlace ? interlaced : progressive)
    .map(([x, y, dx, dy]) => {
      const [columns, rows] = [Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)];
      return { x, y, dx, dy, columns, rows, stride: Math.ceil((columns * samples * depth) / 8) };
    })
    .filter(({ columns, rows }) => columns > 0 && rows > 0);
  const length = passes.reduce((sum, { rows, stride }) => sum + rows * (stride + 1), 0);
  const data = await inflate(parts, length);
  const made = new Uint8Array(width * height * samples);
  const scale = colour === PALETTE || depth >= 8 ? 1 : 255 / ((1 << depth) - 1);
  let start = 0;
  for (const { x, y, dx, dy, columns, rows, stride } of passes) {
    unfilter(data, start, rows, stride, Math.max(1, (samples * depth) >> 3));
    for (let j = 0; j < rows; j++) {
      const row = start + j * (stride + 1) + 1;
      const to = ((y + j * dy) * width + x) * samples;
      if (depth === 8 && dx === 1) {
        made.set(data.subarray(row, row + stride), to);
        continue;
      }
      for (let i = 0; i < columns * samples; i++) {
        const bit = i * depth;
        const byte = data[row + (bit >> 3)] as number;
        // Of 16 bits the upper byte comes first.
        const sample = depth >= 8 ? byte : ((byte >> (8 - depth - (bit & 7))) & ((1 << depth) - 1)) * scale;
        made[to + (dx === 1 ? i : Math.floor(i / samples) * dx * samples + (i % samples))] = sample;
      }
    }
    start += rows * (stride + 1);
  }
  return made;
}

/** The colours of a palette, with alpha where the file gives any. */
function coloured(numbers: Uint8Array, palette: Uint8Array | undefined, alpha: Uint8Array | undefined): Uint8Array {
  if (palette === undefined || palette.length === 0 || palette.length % 3 !== 0)
    throw refuse("it has no whole palette");
  const channels = alpha === undefined ? 3 : 4;
  const made = new Uint8Array(numbers.length * channels);
  for (let i = 0; i < numbers.length; i++) {
    const colour = numbers[i] as number;
    if (3 * colour >= palette.length) throw refuse(`pixel ${i} has colour ${colour} of ${palette.length / 3}`);
    for (let k = 0; k < 3; k++) made[i * channels + k] = palette[3 * colour + k] as number;
    if (channels === 4) made[i * 4 + 3] = alpha?.[colour] ?? 255;
  }
  return made;
}

/** The pixels of a PNG file. Throws `FormatError` where it is broken, checksums included. */
export async function decodePng(bytes: Uint8Array): Promise<Picture> {
  const chunks = chunksOf(bytes);
  const header = headerOf(chunks.get("IHDR")?.[0]);
  const { width, height, colour } = header;
  const data = await samplesOfFile(header, chunks.get("IDAT") ?? []);
  if (colour !== PALETTE) return { width, height, channels: samplesOf[colour] as number, data };
  const alpha = chunks.get("tRNS")?.[0];
  const pixels = coloured(data, chunks.get("PLTE")?.[0], alpha);
  return { width, height, channels: alpha === undefined ? 3 : 4, data: pixels };
}

/** Length, type, data and checksum. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crcOf(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** A PNG file of a picture, its rows as differences to the row above. */
export async function encodePng({ width, height, channels, data }: Picture): Promise<Uint8Array> {
  const stride = width * channels;
  const rows = new Uint8Array(height * (stride + 1));
  for (let y = 0; y < height; y++) {
    const to = y * (stride + 1);
    rows[to] = 2;
    for (let i = 0; i < stride; i++) {
      const above = y === 0 ? 0 : (data[(y - 1) * stride + i] as number);
      rows[to + 1 + i] = (data[y * stride + i] as number) - above;
    }
  }
  const packed = await piped([rows], new CompressionStream("deflate"), Number.POSITIVE_INFINITY);
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, samplesOf.indexOf(channels as 1)], 8);
  const file = new Arrival(null);
  file.append(signature);
  for (const [type, bytes] of [
    ["IHDR", header],
    ["IDAT", packed],
    ["IEND", new Uint8Array(0)],
  ] as const) {
    file.append(chunk(type, bytes));
  }
  return file.bytes();
}
