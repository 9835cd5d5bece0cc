/**
 * MNIST's idx files, plain or gzipped: one array of numbers in big-endian order.
 *
 *     byte 0 1   2      3      4 …                 4 + 4·rank …
 *     0    0     type   rank   rank × uint32 dims  elements, row-major
 *
 * Source: http://yann.lecun.com/exdb/mnist (section "the IDX file format").
 *
 * A file is untrusted: its numbers are checked against its length before anything is allocated from them, and a gzipped
 * one is unpacked no further than its own header says.
 */
import type { DType, TypedArray } from "../core/dtype.ts";
import { FormatError, UnsupportedError } from "../core/errors.ts";

/** An array as an idx file holds it. */
export interface IdxArray {
  /** Sizes, outermost first. */
  readonly shape: readonly number[];
  /** Element type. */
  readonly dtype: DType;
  /** Values in row-major order. */
  readonly data: TypedArray;
}

interface ElementType {
  readonly name: string;
  readonly bytes: number;
  readonly dtype: DType;
  readonly read: (view: DataView, offset: number) => number;
}

/** Element types by the third byte. 16-bit and signed 8-bit integers widen to int32. */
const elementTypes: { readonly [code: number]: ElementType } = {
  8: { name: "uint8", bytes: 1, dtype: "uint8", read: (view, at) => view.getUint8(at) },
  9: { name: "int8", bytes: 1, dtype: "int32", read: (view, at) => view.getInt8(at) },
  11: { name: "int16", bytes: 2, dtype: "int32", read: (view, at) => view.getInt16(at) },
  12: { name: "int32", bytes: 4, dtype: "int32", read: (view, at) => view.getInt32(at) },
  13: { name: "float32", bytes: 4, dtype: "float32", read: (view, at) => view.getFloat32(at) },
};

const FLOAT64 = 14;

/** What tensors can address along one dimension. */
const LARGEST_DIM = 2 ** 31 - 1;

/** Deflate spends at least 2 bits on 258 bytes, so no gzip file unpacks to more than this many times its size. */
const DEFLATE_RATIO = 1032;

interface Header {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Bytes before the elements. */
  readonly start: number;
  /** Bytes of the whole file. */
  readonly size: number;
}

/** The header at the start of `bytes`, or null while more bytes are needed to tell. */
function readHeader(bytes: Uint8Array, name: string): Header | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < 2 && i < bytes.length; i++) {
    if (bytes[i] !== 0) throw refuse(name, i, `is ${hex(bytes[i])}`, "two zero bytes and an idx header expected");
  }
  if (bytes.length < 4) return null;
  const code = view.getUint8(2);
  if (code === FLOAT64) {
    throw new UnsupportedError(
      `readIdx: cannot read ${name}: its elements are float64, uint8 to int32 or float32 wanted`,
    );
  }
  const type = elementTypes[code];
  if (!type) {
    throw refuse(name, 2, `element type is ${hex(code)}`, "0x08, 0x09, 0x0b, 0x0c, 0x0d or 0x0e expected");
  }
  const rank = view.getUint8(3);
  const start = 4 + 4 * rank;
  const shape: number[] = [];
  for (let i = 0; i < rank; i++) {
    const at = 4 + 4 * i;
    if (at + 4 > bytes.length) return null;
    const dim = view.getUint32(at);
    if (dim > LARGEST_DIM) throw refuse(name, at, `dimension ${i} is ${dim}`, `at most ${LARGEST_DIM} expected`);
    shape.push(dim);
  }
  // Doubles round above 2^53 but never down to a file's length, so an overflowing product cannot pass for a good one.
  const count = shape.includes(0) ? 0 : shape.reduce((product, dim) => product * dim, 1);
  return { type, shape, start, size: start + count * type.bytes };
}

function refuse(name: string, offset: number, state: string, wanted: string): FormatError {
  return new FormatError(`readIdx: cannot read ${name}: at byte ${offset} ${state}, ${wanted}`);
}

function hex(byte: number | undefined): string {
  return `0x${(byte ?? 0).toString(16).padStart(2, "0")}`;
}

/** Unpacks a gzipped idx file up to the size that its header names. */
async function unpack(packed: Uint8Array, name: string): Promise<Uint8Array> {
  const stream = new Blob([packed as BlobPart]).stream().pipeThrough(new DecompressionStream("gzip"));
  const reader = stream.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const chunks: Uint8Array[] = [];
  let length = 0;
  let header: Header | null = null;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      length += value.length;
      header ??= readHeader(chunks.length === 1 ? value : concatenate(chunks, length), name);
      if (!header) continue;
      if (header.size > packed.length * DEFLATE_RATIO) throw missing(header, name, `${packed.length} gzipped bytes`);
      if (length > header.size) throw refuse(name, header.size, "more bytes follow", "the end of the file expected");
    }
  } catch (error) {
    await reader.cancel().catch(() => {});
    if (error instanceof FormatError || error instanceof UnsupportedError) throw error;
    throw refuse(name, 0, `the gzip stream breaks after ${length} unpacked bytes`, "whole gzip data expected");
  }
  return concatenate(chunks, length);
}

function concatenate(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function missing(header: Header, name: string, got: string): FormatError {
  const shape = `[${header.shape.join(", ")}] of ${header.type.name}`;
  return refuse(name, header.start, `${shape} needs a file of ${header.size} bytes`, `${got} found`);
}

/**
 * Reads an idx file, gzipped or not. uint8 elements of a plain file are a view on `bytes`, everything else a copy.
 *
 * `name` stands for the file in errors. Throws {@link FormatError} on malformed bytes and {@link UnsupportedError} on
 * float64 elements.
 *
 * @example
 * const file = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 3, 7, 8, 9);
 * const { shape, data: pixels } = await data.readIdx(file, "three pixels");
 * shape; // [1, 3]
 * pixels; // [7, 8, 9]
 */
export async function readIdx(bytes: Uint8Array, name = "the idx file"): Promise<IdxArray> {
  const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const file = gzipped ? await unpack(bytes, name) : bytes;
  const header = readHeader(file, name);
  if (!header) throw refuse(name, file.length, "the file ends", "the rest of its idx header expected");
  const { type, shape, start, size } = header;
  if (file.length < size) throw missing(header, name, `${file.length} bytes`);
  if (file.length > size) throw refuse(name, size, "more bytes follow", "the end of the file expected");
  const { dtype } = type;
  if (dtype === "uint8")
    return { shape, dtype, data: new Uint8Array(file.buffer, file.byteOffset + start, size - start) };
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const count = (size - start) / type.bytes;
  const data = dtype === "float32" ? new Float32Array(count) : new Int32Array(count);
  for (let i = 0; i < count; i++) data[i] = type.read(view, start + i * type.bytes);
  return { shape, dtype, data };
}
