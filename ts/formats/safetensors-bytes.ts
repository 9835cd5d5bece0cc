/**
 * The safetensors container, between bytes and named arrays.
 *
 *     0        8                 8 + n
 *     n (u64)  JSON header, n    data: every byte belongs to exactly one tensor
 *              { "name": { "dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end] }, …, "__metadata__": {…} }
 *
 * Offsets count from the start of the data. Everything is little-endian. Source: the format section of
 * https://github.com/huggingface/safetensors.
 *
 * A file is untrusted: every number is checked against the file's length before anything is allocated from it.
 */
import { type DType, dtypes, type TypedArray } from "../core/dtype.ts";
import { FormatError, UnsupportedError } from "../core/errors.ts";

/** A tensor's values outside any device. */
export interface StoredTensor {
  /** Element type. */
  readonly dtype: DType;
  /** Sizes, outermost first. */
  readonly shape: readonly number[];
  /** Values in row-major order. */
  readonly data: TypedArray;
}

/** What a safetensors file holds, in the order of its data. */
export interface StoredTensors {
  /** Tensors by name. */
  readonly tensors: Map<string, StoredTensor>;
  /** The free-form `__metadata__`. */
  readonly metadata: Record<string, string>;
}

/** The reference implementation's own limit. */
const LARGEST_HEADER = 100_000_000;

interface StoredType {
  readonly bytes: number;
  readonly dtype: DType;
  /** Values from their bytes; null where the bytes are the values. Throws where they do not fit. */
  readonly widen:
    | ((raw: Uint8Array, count: number, refuse: (state: string, wanted: string) => Error) => TypedArray)
    | null;
}

/** Types that load, by the name in the file. float16 and bfloat16 widen to float32; int64 narrows where it fits. */
const storedTypes: { readonly [name: string]: StoredType } = {
  F32: { bytes: 4, dtype: "float32", widen: null },
  F64: { bytes: 8, dtype: "float64", widen: null },
  I32: { bytes: 4, dtype: "int32", widen: null },
  U8: { bytes: 1, dtype: "uint8", widen: null },
  BOOL: { bytes: 1, dtype: "bool", widen: readBool },
  F16: { bytes: 2, dtype: "float32", widen: readFloat16 },
  BF16: { bytes: 2, dtype: "float32", widen: readBfloat16 },
  I64: { bytes: 8, dtype: "int32", widen: readInt64 },
  I16: { bytes: 2, dtype: "int16", widen: null },
  I8: { bytes: 1, dtype: "int8", widen: null },
  U64: { bytes: 8, dtype: "uint64", widen: null },
  U32: { bytes: 4, dtype: "uint32", widen: null },
  U16: { bytes: 2, dtype: "uint16", widen: null },
  F8_E4M3: { bytes: 1, dtype: "float8_e4m3fn", widen: null },
  F8_E5M2: { bytes: 1, dtype: "float8_e5m2", widen: null },
  F8_E8M0: { bytes: 1, dtype: "float8_e8m0fnu", widen: null },
};

/** Types of the format that hebb has no tensors for. */
const unsupportedTypes: readonly string[] = ["C64", "F6_E2M3", "F6_E3M2", "F4"];

/** How each dtype is written; the format has no name for the others. */
const writtenTypes: { readonly [D in DType]?: string } = {
  float64: "F64",
  float32: "F32",
  float16: "F16",
  bfloat16: "BF16",
  float8_e4m3fn: "F8_E4M3",
  float8_e5m2: "F8_E5M2",
  float8_e8m0fnu: "F8_E8M0",
  int64: "I64",
  int32: "I32",
  int16: "I16",
  int8: "I8",
  uint64: "U64",
  uint32: "U32",
  uint16: "U16",
  uint8: "U8",
  bool: "BOOL",
};

function readBool(raw: Uint8Array, _count: number, refuse: (state: string, wanted: string) => Error): Uint8Array {
  const wrong = raw.findIndex((value) => value > 1);
  if (wrong >= 0) throw refuse(`element ${wrong} is ${raw[wrong]}`, "0 or 1 expected");
  return raw;
}

function readFloat16(raw: Uint8Array, count: number): Float32Array {
  const bits = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const half = bits.getUint16(2 * i, true);
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    if (exponent === 31) out[i] = fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    else if (exponent === 0) out[i] = sign * fraction * 2 ** -24;
    else out[i] = sign * (1024 + fraction) * 2 ** (exponent - 25);
  }
  return out;
}

/** bfloat16 is the upper half of a float32. */
function readBfloat16(raw: Uint8Array, count: number): Float32Array {
  const bits = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const out = new Uint32Array(count);
  for (let i = 0; i < count; i++) out[i] = bits.getUint16(2 * i, true) << 16;
  return new Float32Array(out.buffer);
}

function readInt64(raw: Uint8Array, count: number, refuse: (state: string, wanted: string) => Error): Int32Array {
  const words = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const out = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const low = words.getInt32(8 * i, true);
    if (words.getInt32(8 * i + 4, true) !== low >> 31) {
      const value = words.getBigInt64(8 * i, true);
      throw new UnsupportedError(
        refuse(`element ${i} of its int64 is ${value}`, "values that fit int32 wanted").message,
      );
    }
    out[i] = low;
  }
  return out;
}

interface Entry {
  readonly name: string;
  readonly type: StoredType;
  readonly shape: readonly number[];
  readonly count: number;
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads a safetensors file. Values are views on `source` where their type and alignment allow, copies elsewhere.
 * F32, I32, U8 and BOOL load as they are, F16 and BF16 as float32, I64 as int32 where every value fits.
 *
 * `file` stands for the file in errors. Throws {@link FormatError} on malformed bytes and {@link UnsupportedError} on
 * element types that tensors cannot hold.
 *
 * @example
 * const entry = { dtype: "float32", shape: [2], data: Float32Array.of(1, 2) } as const;
 * parse(serialize([["x", entry]])).tensors.get("x")?.data; // [1, 2]
 */
export function parse(source: Uint8Array, file = "the safetensors file"): StoredTensors {
  // Not source.subarray: Node's Buffer would stay a Buffer, whose slice is a view.
  const bytes = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  const refuse = (offset: number, state: string, wanted: string): FormatError =>
    new FormatError(`safetensors: cannot read ${file}: at byte ${offset} ${state}, ${wanted}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8) throw refuse(bytes.length, "the file ends", "8 bytes of header length expected");
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (length > LARGEST_HEADER) throw refuse(0, `header length is ${length}`, `at most ${LARGEST_HEADER} expected`);
  const start = 8 + length;
  if (start > bytes.length) {
    throw refuse(0, `header length is ${length}`, `at most the file's remaining ${bytes.length - 8} bytes expected`);
  }
  const header = parseHeader(bytes.subarray(8, start), (state, wanted) => refuse(8, state, wanted));
  const metadata = readMetadata(header, (state, wanted) => refuse(8, state, wanted));

  const unsupported: string[] = [];
  const entries: Entry[] = [];
  for (const [name, fields] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const complain = (state: string, wanted: string): FormatError =>
      refuse(8, `tensor ${quote(name)} ${state}`, wanted);
    const entry = readEntry(name, fields, bytes.length - start, complain);
    if (typeof entry === "string") unsupported.push(`${quote(name)} (${entry})`);
    else entries.push(entry);
  }
  if (unsupported.length > 0) {
    const more = unsupported.length > 8 ? ` and ${unsupported.length - 8} more` : "";
    const list = unsupported.slice(0, 8).join(", ") + more;
    throw new UnsupportedError(
      `safetensors: cannot read ${file}: element types of ${list} have no tensors, ${Object.keys(storedTypes).join(", ")} wanted`,
    );
  }

  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== covered) {
      const state = begin < covered ? "overlaps the tensor before it" : "leaves a hole before it";
      throw refuse(start + begin, `tensor ${quote(name)} ${state}`, `data_offsets from ${covered} expected`);
    }
    covered = end;
  }
  if (covered !== bytes.length - start) {
    throw refuse(
      start + covered,
      `${bytes.length - start - covered} bytes follow that belong to no tensor`,
      "the end of the file expected",
    );
  }

  const tensors = new Map<string, StoredTensor>();
  for (const { name, type, shape, count, begin, end } of entries) {
    const at = start + begin;
    const raw = bytes.subarray(at, start + end);
    const complain = (state: string, wanted: string): FormatError =>
      refuse(at, `tensor ${quote(name)}: ${state}`, wanted);
    const data = type.widen ? type.widen(raw, count, complain) : viewOf(raw, type.dtype);
    tensors.set(name, { dtype: type.dtype, shape, data });
  }
  return { tensors, metadata };
}

type Refuse = (state: string, wanted: string) => FormatError;

function parseHeader(bytes: Uint8Array, refuse: Refuse): Record<string, unknown> {
  if (bytes[0] !== 0x7b) throw refuse("the header does not begin with {", "a JSON object expected");
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (error) {
    throw refuse(`the header is not JSON (${(error as Error).message})`, "a JSON object expected");
  }
  const twice = duplicateKey(text);
  if (twice !== null) throw refuse(`the header names ${quote(twice)} twice`, "distinct names expected");
  return header as Record<string, unknown>;
}

/** The first key that one object of a valid JSON text has twice: JSON.parse would silently keep the last. */
function duplicateKey(text: string): string | null {
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === "{") open.push(new Set());
    else if (char === "[") open.push(null);
    else if (char === "}" || char === "]") open.pop();
    else if (char === '"') {
      const begin = at++;
      while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
      const keys = open.at(-1);
      if (!keys || !isKey(text, at + 1)) continue;
      const key = JSON.parse(text.slice(begin, at + 1)) as string;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return null;
}

/** Whether the string that ends before `at` is followed by a colon. */
function isKey(text: string, at: number): boolean {
  let next = at;
  while (" \t\n\r".includes(text[next] ?? ":")) next++;
  return text[next] === ":";
}

function readMetadata(header: Record<string, unknown>, refuse: Refuse): Record<string, string> {
  const metadata = Object.hasOwn(header, "__metadata__") ? header["__metadata__"] : {};
  const strings = isObject(metadata) && Object.values(metadata).every((value) => typeof value === "string");
  if (!strings) throw refuse("__metadata__ holds more than strings", "an object of strings expected");
  return metadata as Record<string, string>;
}

/** Checks one tensor's fields; gives the type's name where it has no tensors. */
function readEntry(name: string, fields: unknown, room: number, refuse: Refuse): Entry | string {
  if (!isObject(fields)) throw refuse("is not described by an object", "dtype, shape and data_offsets expected");
  const { dtype, shape, data_offsets: offsets } = fields;
  if (!isSizes(shape))
    throw refuse(`has shape ${show(shape)}`, "an array of whole numbers from 0 to 2147483647 expected");
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every((at) => Number.isSafeInteger(at) && at >= 0)) {
    throw refuse(`has data_offsets ${show(offsets)}`, "[begin, end] expected");
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > room) {
    throw refuse(`has data_offsets ${show(offsets)}`, `begin ≤ end ≤ ${room}, the bytes of data, expected`);
  }
  if (typeof dtype !== "string") throw refuse(`has dtype ${show(dtype)}`, "a name such as F32 expected");
  if (unsupportedTypes.includes(dtype)) return dtype;
  const type = Object.hasOwn(storedTypes, dtype) ? storedTypes[dtype] : undefined;
  if (!type) throw refuse(`has dtype ${show(dtype)}`, `one of ${Object.keys(storedTypes).join(", ")} expected`);
  // An overflowing product is a double above 2^53: it cannot equal a length that fits the file.
  const count = shape.includes(0) ? 0 : shape.reduce((product, dim) => product * dim, 1);
  if (count * type.bytes !== end - begin) {
    throw refuse(`has ${end - begin} bytes`, `${count * type.bytes} for ${show(shape)} of ${dtype} expected`);
  }
  return { name, type, shape, count, begin, end };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isInteger(size) && size >= 0 && size < 2 ** 31);
}

function viewOf(raw: Uint8Array, dtype: DType): TypedArray {
  const { array, bytes } = dtypes[dtype];
  const aligned = raw.byteOffset % bytes === 0 ? raw : raw.slice();
  return new array(aligned.buffer, aligned.byteOffset, aligned.byteLength / bytes);
}

/** A hostile name or value must not make a hostile message. */
function quote(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "none";
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/**
 * Writes a safetensors file. The same tensors and metadata give the same bytes whatever their order: wide types come
 * first, so that every tensor is aligned, and names are sorted within a type; the header is padded to 8 bytes.
 *
 * @example
 * const entry = { dtype: "float32", shape: [2], data: Float32Array.of(1, 2) } as const;
 * const bytes = serialize([["x", entry]], { made: "by hand" });
 * parse(bytes).metadata["made"]; // "by hand"
 */
export function serialize(
  entries: Iterable<readonly [string, StoredTensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const sorted = [...entries].sort(
    ([a, { dtype: s }], [b, { dtype: t }]) => dtypes[t].bytes - dtypes[s].bytes || compare(s, t) || compare(a, b),
  );
  const header = new Map<string, unknown>();
  const keys = Object.keys(metadata).sort(compare);
  if (keys.length > 0) header.set("__metadata__", Object.fromEntries(keys.map((key) => [key, String(metadata[key])])));
  let size = 0;
  for (const [name, { dtype, shape, data }] of sorted) {
    if (name === "__metadata__" || header.has(name)) {
      throw new FormatError(`safetensors: cannot write ${quote(name)}: the name is taken, distinct names wanted`);
    }
    const count = shape.reduce((product, dim) => product * dim, 1);
    if (!(data instanceof dtypes[dtype].array) || data.length !== count) {
      throw new FormatError(
        `safetensors: cannot write ${quote(name)}: it has ${data.length} values, ${count} of ${dtype} wanted`,
      );
    }
    const written = writtenTypes[dtype];
    if (written === undefined) {
      throw new UnsupportedError(
        `safetensors: cannot write ${quote(name)}: the format has no ${dtype}, ${Object.keys(writtenTypes).join(", ")} wanted`,
      );
    }
    header.set(name, { dtype: written, shape, data_offsets: [size, size + data.byteLength] });
    size += data.byteLength;
  }
  // Written by hand since an object would move names that look like numbers to the front.
  const text = `{${[...header].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")}}`;
  const json = new TextEncoder().encode(text);
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + length + size);
  new DataView(bytes.buffer).setUint32(0, length, true);
  bytes.fill(0x20, 8 + json.length, 8 + length);
  bytes.set(json, 8);
  let at = 8 + length;
  for (const [, { data }] of sorted) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
