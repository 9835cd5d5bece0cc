/**
 * Portable bit-, grey- and pixmaps: a header of words, comments behind #, then text (P1 to P3) or bytes (P4 to P6).
 * Samples are scaled to 0 … 255. Source: https://netpbm.sourceforge.net/doc/
 */
import { FormatError } from "../core/errors.ts";
import type { Picture } from "../core/picture.ts";

function refuse(at: number, state: string): FormatError {
  return new FormatError(`decodeImage: cannot read a pnm: at byte ${at}, ${state}`);
}

/** Reads the words of a header or of a text. */
class Words {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  skipSpace(): void {
    for (; this.at < this.#bytes.length; this.at++) {
      const byte = this.#bytes[this.at] as number;
      if (byte === 0x23) while (this.at < this.#bytes.length && this.#bytes[this.at] !== 10) this.at++;
      else if (byte > 32) return;
    }
  }

  /** A number of at most `digits` digits. */
  number(digits: number): number {
    this.skipSpace();
    const start = this.at;
    let value = 0;
    for (; this.at < start + digits; this.at++) {
      const digit = (this.#bytes[this.at] ?? 0) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (this.at === start) throw refuse(start, "a number expected");
    return value;
  }
}

export function decodePnm(bytes: Uint8Array): Picture {
  const kind = (bytes[1] as number) - 48;
  const words = new Words(bytes, 2);
  const [width, height] = [words.number(9), words.number(9)];
  const bitmap = kind === 1 || kind === 4;
  const largest = bitmap ? 1 : words.number(5);
  const channels = kind === 3 || kind === 6 ? 3 : 1;
  const count = width * height * channels;
  if (width === 0 || height === 0 || largest === 0 || largest > 65535) throw refuse(words.at, "sizes above 0 expected");
  const rest = bytes.length - words.at;
  if (count > rest * 8) throw refuse(words.at, `${count} samples expected`);
  const data = new Uint8Array(count);
  const put = (i: number, value: number): void => {
    if (value > largest) throw refuse(words.at, `a sample of at most ${largest} expected`);
    data[i] = Math.round((bitmap ? 1 - value : value) * (255 / largest));
  };
  if (kind <= 3) {
    for (let i = 0; i < count; i++) put(i, words.number(bitmap ? 1 : 5));
    return { width, height, channels, data };
  }
  const start = words.at + 1;
  const row = bitmap ? Math.ceil(width / 8) : width * channels * (largest > 255 ? 2 : 1);
  if (bytes.length < start + row * height) throw refuse(bytes.length, `${row * height} bytes of samples expected`);
  for (let i = 0; i < count; i++) {
    if (bitmap) {
      const x = i % width;
      put(i, ((bytes[start + Math.floor(i / width) * row + (x >> 3)] as number) >> (7 - (x & 7))) & 1);
    } else if (largest > 255) {
      put(i, (bytes[start + 2 * i] as number) * 256 + (bytes[start + 2 * i + 1] as number));
    } else {
      put(i, bytes[start + i] as number);
    }
  }
  return { width, height, channels, data };
}
