import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { FormatError, UnsupportedError } from "../../ts/core/errors.ts";
import { parse, type StoredTensor, serialize } from "../../ts/formats/safetensors-bytes.ts";
import { damage, uniform } from "../fuzz.ts";
import { sharedData } from "../shared-data.ts";

/** A file of this header text (or fields) and data. */
function file(header: unknown, data: Uint8Array | number = 0): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const payload = typeof data === "number" ? new Uint8Array(data) : data;
  const bytes = new Uint8Array(8 + text.length + payload.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 8);
  bytes.set(payload, 8 + text.length);
  return bytes;
}

function one(dtype: unknown, shape: unknown, end: unknown, data: Uint8Array | number): Uint8Array {
  return file({ w: { dtype, shape, data_offsets: [0, end] } }, data);
}

const sample: [string, StoredTensor][] = [
  ["flag", { dtype: "bool", shape: [3], data: Uint8Array.of(1, 0, 1) }],
  ["pixels", { dtype: "uint8", shape: [1, 2], data: Uint8Array.of(7, 255) }],
  ["weight", { dtype: "float32", shape: [2, 2], data: Float32Array.of(1.5, -0, Number.NaN, 3e38) }],
  ["steps", { dtype: "int32", shape: [], data: Int32Array.of(-5) }],
  ["none", { dtype: "float32", shape: [0, 4], data: new Float32Array(0) }],
  ["2", { dtype: "float32", shape: [1], data: Float32Array.of(2) }],
  ["1", { dtype: "float32", shape: [1], data: Float32Array.of(1) }],
  ["__proto__", { dtype: "int32", shape: [1], data: Int32Array.of(4) }],
  ['ä"\\\ud800', { dtype: "int32", shape: [1], data: Int32Array.of(6) }],
];

describe("writing", () => {
  test("gives back what was written", () => {
    const { tensors, metadata } = parse(serialize(sample, { format: "pt", b: "ü" }));
    expect(tensors.size).toBe(sample.length);
    for (const [name, tensor] of sample) expect(tensors.get(name)).toEqual(tensor);
    expect(metadata).toEqual({ format: "pt", b: "ü" });
  });

  test("gives the same bytes in any order, with aligned data", () => {
    const bytes = serialize(sample, { a: "1", b: "2" });
    expect(serialize([...sample].reverse(), { b: "2", a: "1" })).toEqual(bytes);
    const length = new DataView(bytes.buffer).getUint32(0, true);
    expect(length % 8).toBe(0);
    for (const { data } of parse(bytes).tensors.values()) expect(data.buffer).toBe(bytes.buffer);
  });

  test("an empty file", () => {
    expect(parse(serialize([])).tensors.size).toBe(0);
  });

  test("refuses values that do not fit their shape and dtype", () => {
    const short: StoredTensor = { dtype: "float32", shape: [3], data: new Float32Array(2) };
    expect(() => serialize([["w", short]])).toThrow(
      'safetensors: cannot write "w": it has 2 values, 3 of float32 wanted',
    );
    const ints: StoredTensor = { dtype: "float32", shape: [2], data: new Int32Array(2) };
    expect(() => serialize([["w", ints]])).toThrow(FormatError);
    expect(() => serialize([["__metadata__", short]])).toThrow("the name is taken");
  });
});

describe("reading", () => {
  test("copies where the data is not aligned, also from a Buffer", () => {
    const values = new Uint8Array(Float32Array.of(1, 2).buffer);
    for (const padding of ["", " ", "  ", "   "]) {
      const bytes = file(`{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}${padding}`, values);
      for (const source of [bytes, Buffer.from(bytes), Buffer.concat([Uint8Array.of(0), bytes]).subarray(1)]) {
        const { data } = parse(source).tensors.get("w") as StoredTensor;
        expect(data).toEqual(Float32Array.of(1, 2));
      }
    }
  });

  test("float16 widens to float32", () => {
    const half = Uint16Array.of(0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x83ff, 0x0400, 0x7c00, 0xfc00, 0x7e00);
    const { data, dtype } = parse(one("F16", [11], 22, new Uint8Array(half.buffer))).tensors.get("w") as StoredTensor;
    expect(dtype).toBe("float32");
    const expected = [0, -0, 1, -2, 65504, 2 ** -24, -1023 * 2 ** -24, 2 ** -14, Infinity, -Infinity, NaN];
    expect([...data]).toEqual(expected);
  });

  test("bfloat16 widens to float32", () => {
    const bits = Uint16Array.of(0x3f80, 0xc0a0, 0x7f80, 0x8000, 0x0001);
    const { data } = parse(one("BF16", [5], 10, new Uint8Array(bits.buffer))).tensors.get("w") as StoredTensor;
    expect([...data]).toEqual([1, -5, Infinity, -0, 2 ** -133]);
  });

  test("int64 narrows to int32 where every value fits", () => {
    const fit = BigInt64Array.of(0n, -1n, 2147483647n, -2147483648n);
    const tensor = parse(one("I64", [4], 32, new Uint8Array(fit.buffer))).tensors.get("w") as StoredTensor;
    expect(tensor.dtype).toBe("int32");
    expect([...tensor.data]).toEqual([0, -1, 2147483647, -2147483648]);
    for (const value of [2147483648n, -2147483649n, 2n ** 62n]) {
      const wide = one("I64", [2], 16, new Uint8Array(BigInt64Array.of(1n, value).buffer));
      expect(() => parse(wide)).toThrow(UnsupportedError);
      expect(() => parse(wide)).toThrow(`tensor "w": element 1 of its int64 is ${value}, values that fit int32 wanted`);
    }
  });

  test("types without tensors are refused together, by name", () => {
    const header = {
      a: { dtype: "C64", shape: [1], data_offsets: [0, 8] },
      b: { dtype: "F4", shape: [4], data_offsets: [8, 10] },
    };
    expect(() => parse(file(header, 10))).toThrow(UnsupportedError);
    expect(() => parse(file(header, 10), "m.safetensors")).toThrow(
      'cannot read m.safetensors: element types of "a" (C64), "b" (F4) have no tensors',
    );
  });
});

describe("malformed files name themselves, the offset and what was expected", () => {
  const f32 = (begin: number, end: number, shape: number[]) => ({ dtype: "F32", shape, data_offsets: [begin, end] });
  const longHeader = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0x80);
  const cut = serialize(sample).slice(0, -1);
  const rows: [string, Uint8Array, string][] = [
    ["empty", new Uint8Array(), "at byte 0 the file ends, 8 bytes of header length expected"],
    ["seven bytes", new Uint8Array(7), "at byte 7 the file ends"],
    [
      "header beyond the file",
      Uint8Array.of(99, 0, 0, 0, 0, 0, 0, 0, 0x7b),
      "at byte 0 header length is 99, at most the file's remaining 1 bytes",
    ],
    [
      "header over 100 MB",
      Uint8Array.of(1, 0xe1, 0xf5, 5, 0, 0, 0, 0),
      "header length is 100000001, at most 100000000 expected",
    ],
    ["header of 2^63 bytes", longHeader, "header length is 9223372036854776000"],
    ["no header", new Uint8Array(8), "at byte 8 the header does not begin with {"],
    ["not JSON", file("{oops}"), "at byte 8 the header is not JSON"],
    ["not UTF-8", file("{}").map((b, i) => (i === 9 ? 0xff : b)), "at byte 8 the header is not JSON"],
    ["not an object", file("[1]"), "at byte 8 the header does not begin with {"],
    ["deeply nested", file(`{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`), "at byte 8"],
    ["name given twice", file('{"a":{},"a":{}}'), 'the header names "a" twice'],
    ["name given twice, escaped", file('{"a":{} , "\\u0061" :{}}'), 'the header names "a" twice'],
    [
      "shape given twice",
      file('{"a":{"dtype":"F32","shape":[9],"shape":[],"data_offsets":[0,4]}}', 4),
      'the header names "shape" twice',
    ],
    ["metadata of numbers", file({ __metadata__: { a: 1 } }), "__metadata__ holds more than strings"],
    ["metadata of null", file({ __metadata__: null }), "__metadata__ holds more than strings"],
    ["tensor of null", file({ w: null }), 'tensor "w" is not described by an object'],
    ["no dtype", one(undefined, [1], 4, 4), 'tensor "w" has dtype none'],
    ["unknown dtype", one("F31", [1], 4, 4), 'tensor "w" has dtype "F31", one of F32'],
    ["dtype from a prototype", one("constructor", [1], 4, 4), 'has dtype "constructor"'],
    ["negative dimension", one("F32", [-1, -1], 4, 4), 'tensor "w" has shape [-1,-1], an array of whole numbers'],
    ["fractional dimension", one("F32", [0.5, 2], 4, 4), "has shape [0.5,2]"],
    ["text dimension", one("F32", ["1"], 4, 4), 'has shape ["1"]'],
    ["no shape", one("F32", undefined, 4, 4), "has shape none"],
    ["absurd dimension", one("F32", [2 ** 31, 0], 0, 0), "has shape [2147483648,0]"],
    ["overflowing shape", one("F32", [2 ** 30, 2 ** 30, 2 ** 4], 0, 0), 'tensor "w" has 0 bytes'],
    ["shape that does not fit", one("F32", [3], 8, 8), 'tensor "w" has 8 bytes, 12 for [3] of F32 expected'],
    ["offsets beyond the file", one("F32", [4], 16, 8), "has data_offsets [0,16], begin ≤ end ≤ 8"],
    ["offsets backwards", file({ w: f32(8, 4, []) }, 8), "has data_offsets [8,4]"],
    ["offset negative", file({ w: f32(-4, 0, [1]) }, 8), "has data_offsets [-4,0], [begin, end] expected"],
    [
      "offset beyond integers",
      file(`{"w":{"dtype":"F32","shape":[1],"data_offsets":[1e300,1e300]}}`),
      "[begin, end] expected",
    ],
    ["three offsets", file({ w: { ...f32(0, 4, [1]), data_offsets: [0, 4, 4] } }, 4), "[begin, end] expected"],
    [
      "overlap",
      file({ a: f32(0, 8, [2]), b: f32(4, 12, [2]) }, 12),
      'tensor "b" overlaps the tensor before it, data_offsets from 8',
    ],
    [
      "the same bytes twice",
      file({ a: f32(0, 4, [1]), b: f32(0, 4, [1]) }, 4),
      'tensor "b" overlaps the tensor before it',
    ],
    ["hole", file({ a: f32(0, 4, [1]), b: f32(8, 12, [1]) }, 12), 'tensor "b" leaves a hole before it'],
    ["hole at the front", file({ a: f32(4, 8, [1]) }, 8), 'tensor "a" leaves a hole before it'],
    ["trailing bytes", one("F32", [1], 4, 6), "2 bytes follow that belong to no tensor"],
    ["truncated", cut, "begin ≤ end ≤"],
    ["bool of 2", one("BOOL", [2], 2, Uint8Array.of(1, 2)), 'tensor "w": element 1 is 2, 0 or 1 expected'],
  ];
  test.each(rows)("%s", (_name, bytes, message) => {
    let error: unknown;
    try {
      parse(bytes, "m.safetensors");
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).toContain("safetensors: cannot read m.safetensors: at byte ");
    expect((error as Error).message).toContain(message);
    expect((error as Error).message.length).toBeLessThan(400);
  });

  test("a header of one long name and a long message", () => {
    const header = `{"${"\\\\".repeat(3_000_000)}":{}}`;
    expect(() => parse(file(header))).toThrow(/^.{0,400}$/);
  });
});

test("hostile bytes give FormatError or UnsupportedError and nothing else", () => {
  const random = uniform(2);
  const wide = file(
    {
      i: { dtype: "I64", shape: [2], data_offsets: [0, 16] },
      h: { dtype: "F16", shape: [2, 1], data_offsets: [16, 20] },
    },
    20,
  );
  const good = [serialize(sample), serialize(sample.slice(0, 3), { format: "pt" }), wide];
  let refused = 0;
  for (let i = 0; i < 6000; i++) {
    const bytes = damage(good[i % good.length] as Uint8Array, random);
    // Half of the damage keeps the header's length, so that it reaches what stands behind it.
    if (i % 2 && bytes.length > 8) bytes.set((good[i % good.length] as Uint8Array).subarray(0, 8));
    try {
      for (const { shape, data } of parse(bytes).tensors.values()) {
        expect(data.length).toBe(shape.reduce((product, dim) => product * dim, 1));
      }
    } catch (error) {
      if (!(error instanceof FormatError || error instanceof UnsupportedError)) throw error;
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(3000);
});

describe("files of other writers", () => {
  const folder = sharedData("checkpoints");
  const rows: [string, Record<string, [string, number[]]>][] = [
    [
      "safetensors/burn-mnist",
      { "norm1.num_batches_tracked": ["int32", []], "conv1.weight": ["float32", [8, 1, 3, 3]] },
    ],
    ["safetensors/jfk-codes", { codes: ["int32", [1, 2, 828]] }],
    ["safetensors/silero_vad_16k", { "stft_conv.weight": ["float32", [258, 1, 256]] }],
    ["safetensors/voices", { tokens: ["int32", [1, 982, 33]], mask: ["uint8", [1, 982, 33]] }],
    ["pytorch/reader-cases/burn/multi_layer/multi_layer", { "conv1.weight": ["float32", [4, 3, 3, 3]] }],
  ];
  test.skipIf(folder.missing).each(rows)(`%s${folder.reason}`, async (name, expected) => {
    const { tensors } = parse(await readFile(`${folder.path}/${name}.safetensors`));
    for (const [key, [dtype, shape]] of Object.entries(expected))
      expect(tensors.get(key)).toMatchObject({ dtype, shape });
    for (const { data } of tensors.values())
      for (const value of data) if (!Number.isFinite(value)) expect(value).toBe(0);
    const again = parse(serialize(tensors)).tensors;
    expect(again.size).toBe(tensors.size);
    for (const [key, { data }] of tensors) expect(again.get(key)?.data).toEqual(data);
  });
});
