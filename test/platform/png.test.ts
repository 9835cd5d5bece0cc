/** PNG files of every depth, colour type, filter and interlacing, written by another hand than reads them. */
import { crc32, deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { FormatError, UnsupportedError } from "../../ts/core/errors.ts";
import { decodeImage } from "../../ts/platform/image-plain.ts";

const [width, height] = [11, 9];
const samplesOf: { readonly [colour: number]: number } = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

interface Kind {
  readonly depth: number;
  readonly colour: number;
  readonly interlace?: boolean;
  /** The filter of a row; by turns without. */
  readonly filter?: number;
}

/** Sample k of pixel (x, y), as many bits as the depth says. */
const sampleAt = ({ depth }: Kind, x: number, y: number, k: number): number =>
  (x * 2654435761 + y * 40503 + k * 97 + x * y * 31) % 2 ** depth;

/** The rows of a sub-picture as bits, each behind its filter's number. */
function rowsOf(kind: Kind, [x0, y0, dx, dy]: readonly number[] = [0, 0, 1, 1]): Buffer {
  const samples = samplesOf[kind.colour] as number;
  const step = Math.max(1, (samples * kind.depth) / 8);
  const rows: number[][] = [];
  for (let y = y0 as number; y < height; y += dy as number) {
    let bits = "";
    for (let x = x0 as number; x < width; x += dx as number) {
      for (let k = 0; k < samples; k++) bits += sampleAt(kind, x, y, k).toString(2).padStart(kind.depth, "0");
    }
    if (bits !== "") rows.push((bits.match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt(byte.padEnd(8, "0"), 2)));
  }
  const filtered = rows.map((row, y) => {
    const filter = kind.filter ?? y % 5;
    const bytes = row.map((value, i) => {
      const a = row[i - step] ?? 0;
      const b = rows[y - 1]?.[i] ?? 0;
      const c = rows[y - 1]?.[i - step] ?? 0;
      const p = a + b - c;
      const [pa, pb, pc] = [a, b, c].map((other) => Math.abs(p - other)) as [number, number, number];
      const paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
      return (value - ([0, a, b, Math.floor((a + b) / 2), paeth][filter] as number)) & 255;
    });
    return Buffer.from([filter, ...bytes]);
  });
  return Buffer.concat(filtered);
}

const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

function headerOf({ depth, colour, interlace = false }: Kind, w = width, h = height): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(w);
  header.writeUInt32BE(h, 4);
  header.set([depth, colour, 0, 0, interlace ? 1 : 0], 8);
  return header;
}

const signature = Buffer.from("89504e470d0a1a0a", "hex");

function png(kind: Kind, between: readonly Buffer[] = []): Buffer {
  const rows = kind.interlace === true ? Buffer.concat(adam7.map((pass) => rowsOf(kind, pass))) : rowsOf(kind);
  const packed = deflateSync(rows);
  const half = packed.length >> 1;
  const parts = [packed.subarray(0, half), packed.subarray(half)].map((part) => chunk("IDAT", part));
  return Buffer.concat([
    signature,
    chunk("IHDR", headerOf(kind)),
    ...between,
    ...parts,
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

const palette = (depth: number): Buffer =>
  Buffer.from(Array.from({ length: 3 * 2 ** depth }, (_, i) => (i * 89) & 255));

const kinds = [
  ...[1, 2, 4, 8, 16].map((depth) => ({ depth, colour: 0 })),
  ...[2, 4, 6].flatMap((colour) => [8, 16].map((depth) => ({ depth, colour }))),
  ...[1, 2, 4, 8].map((depth) => ({ depth, colour: 3 })),
].flatMap((kind): Kind[] => (kind.depth < 8 ? [kind] : [kind, { ...kind, interlace: true }]));

describe("a png", () => {
  test.each(kinds)("of $depth bits, colours $colour, interlaced $interlace", async (kind) => {
    const { depth, colour } = kind;
    const colours = palette(depth);
    const { channels, data } = await decodeImage(png(kind, colour === 3 ? [chunk("PLTE", colours)] : []));
    const samples = colour === 3 ? 3 : (samplesOf[colour] as number);
    const expected: number[] = [];
    for (let i = 0; i < width * height * samples; i++) {
      const [k, pixel] = [i % samples, Math.floor(i / samples)];
      const stored = sampleAt(kind, pixel % width, Math.floor(pixel / width), colour === 3 ? 0 : k);
      if (colour === 3) expected.push(colours[3 * stored + k] as number);
      else expected.push(depth === 16 ? stored >> 8 : (stored * 255) / (2 ** depth - 1));
    }
    expect(channels).toBe(samples);
    expect([...data]).toEqual(expected);
  });

  test.each([0, 1, 2, 3, 4])("of filter %s alone", async (filter) => {
    const kind = { depth: 8, colour: 2 };
    const { data } = await decodeImage(png({ ...kind, filter }));
    expect(data).toEqual((await decodeImage(png(kind))).data);
  });

  test("whose palette has alpha", async () => {
    const alpha = chunk("tRNS", Buffer.from([9, 8]));
    const { channels, data } = await decodeImage(png({ depth: 2, colour: 3 }, [chunk("PLTE", palette(2)), alpha]));
    expect(channels).toBe(4);
    expect(new Set(data.filter((_, i) => i % 4 === 3))).toEqual(new Set([9, 8, 255]));
  });
});

test("an interlaced png of a few bits is named as not read", async () => {
  const error = await decodeImage(png({ depth: 2, colour: 0, interlace: true })).catch((reason: Error) => reason);
  expect(error).toBeInstanceOf(UnsupportedError);
});

describe("what is no sound png is refused", () => {
  const whole = png({ depth: 8, colour: 0 });
  const changed = (at: number, value: number): Buffer => {
    const file = Buffer.from(whole);
    file[at] = value;
    return file;
  };
  const made = (header: Buffer, ...rest: readonly Buffer[]): Buffer =>
    Buffer.concat([signature, chunk("IHDR", header), ...rest, chunk("IEND", Buffer.alloc(0))]);
  const data = (bytes: Buffer): Buffer => chunk("IDAT", bytes);
  const grey = { depth: 8, colour: 0 };

  test.each([
    ["cut", whole.subarray(0, whole.length - 30), "wanted a whole file"],
    ["without its end", whole.subarray(0, whole.length - 12), "wanted a whole file"],
    ["with a changed byte", changed(60, 1), "wanted a whole file"],
    ["of no pixels", made(headerOf(grey, 0)), "wanted a whole file"],
    ["of 3 bits", made(headerOf({ depth: 3, colour: 0 })), "bit depth"],
    ["without pixels", made(headerOf(grey)), "wanted a whole file"],
    [
      "that claims 2^31 pixels a side",
      made(headerOf(grey, 2 ** 31 - 1, 2 ** 31 - 1), data(deflateSync(whole))),
      "cannot come from",
    ],
    ["of too few rows", made(headerOf(grey), data(deflateSync(Buffer.alloc(50)))), "wanted a whole file"],
    ["of no zlib stream", made(headerOf(grey), data(Buffer.alloc(40, 7))), "wanted a whole file"],
    ["of an unknown filter", unknownFilter(), "ilter"],
    ["without its palette", png({ depth: 8, colour: 3 }), "palette"],
    ["with a colour beyond its palette", png({ depth: 8, colour: 3 }, [chunk("PLTE", palette(1))]), "palette"],
  ] as [string, Buffer, string][])("%s", async (_, file, reason) => {
    const error = await decodeImage(file).then(
      () => null,
      (reason: Error) => reason,
    );
    expect(error).toBeInstanceOf(FormatError);
    expect(error?.message).toContain(reason);
  });

  function unknownFilter(): Buffer {
    return made(headerOf(grey), data(deflateSync(Buffer.alloc(height * (width + 1), 9))));
  }
});
