/**
 * Pictures of another size.
 *
 * Separable: first the rows, then the columns. A sample is a weighted mean of those under the filter, which spreads with
 * the factor of reduction, so that nothing falls between two samples (antialias). Weights are integers of 22 bits, with
 * which PIL computes too: results agree with it to the bit.
 *
 *     out[i] = Σ weight((j + ½ - centre) / spread) · in[j]     centre = (i + ½) · in / out,  spread = max(in / out, 1)
 */
import { ShapeError } from "../core/errors.ts";
import { checkPicture, type Picture } from "../core/picture.ts";

/** The value between pixels: of the nearest one, by lines between two, or by cubics through four (Keys 1981, a = -1/2), in each direction. */
export type Filter = "nearest" | "bilinear" | "bicubic";

/** How a picture takes another size. */
export interface ResizeOptions {
  /** How samples between pixels are made; "bilinear" by default. */
  readonly filter?: Filter;
  /** False looks at the nearest pixels alone when a picture shrinks. */
  readonly antialias?: boolean;
}

const BITS = 22;

interface Weight {
  /** Pixels to either side that count. */
  readonly support: number;
  readonly of: (x: number) => number;
}

/** Bicubic: Keys' cubic convolution with a = -½. */
const weights: { readonly [F in Exclude<Filter, "nearest">]: Weight } = {
  bilinear: { support: 1, of: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: {
    support: 2,
    of: (x) => {
      const d = Math.abs(x);
      if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
      return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
    },
  },
};

/** Which samples make one of the output, and their weights. */
interface Taps {
  readonly first: number;
  readonly weights: Int32Array;
}

/**
 * A picture of `width` by `height` pixels.
 *
 * @example
 * const picture = { width: 2, height: 1, channels: 1, data: Uint8Array.of(0, 255) };
 * resize(picture, 4, 1).data; // [0, 64, 191, 255]
 */
export function resize(picture: Picture, width: number, height: number, options: ResizeOptions = {}): Picture {
  checkPicture("resize", picture);
  checkSizes("resize", width, height);
  const { filter = "bilinear", antialias = true } = options;
  const { width: from, height: rows, channels, data } = picture;
  const [across, down] = [tapsOf(from, width, filter, antialias), tapsOf(rows, height, filter, antialias)];
  const wide = width === from ? data : alongRows(data, rows, from, channels, across);
  return {
    width,
    height,
    channels,
    data: height === rows ? wide.slice() : alongRows(wide, 1, rows, width * channels, down),
  };
}

/**
 * A picture whose shorter side has `size` pixels, in the same proportions.
 *
 * @example
 * const picture = { width: 40, height: 30, channels: 1, data: new Uint8Array(1200) };
 * resizeShorter(picture, 15).width; // 20
 */
export function resizeShorter(picture: Picture, size: number, options: ResizeOptions = {}): Picture {
  const scale = size / Math.min(picture.width, picture.height);
  const [width, height] = [picture.width, picture.height].map((side) => Math.max(1, Math.floor(side * scale)));
  return resize(picture, width as number, height as number, options);
}

/** Throws unless sizes are whole numbers above 0. */
export function checkSizes(op: string, width: number, height: number): void {
  if (Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0) return;
  throw new ShapeError(`${op}: cannot make ${width} × ${height} pixels: wanted whole numbers above 0`);
}

function tapsOf(from: number, to: number, filter: Filter, antialias: boolean): Taps[] {
  const scale = from / to;
  if (filter === "nearest") {
    return Array.from({ length: to }, (_, i) => ({
      first: Math.min(from - 1, Math.floor((i + 0.5) * scale)),
      weights: Int32Array.of(1 << BITS),
    }));
  }
  const { support, of } = weights[filter];
  const spread = antialias ? Math.max(scale, 1) : 1;
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support * spread + 0.5));
    const end = Math.min(from, Math.trunc(centre + support * spread + 0.5));
    const shares = Array.from({ length: end - first }, (_, j) => of((first + j - centre + 0.5) / spread));
    const sum = shares.reduce((a, b) => a + b, 0);
    const integers = shares.map((share) => roundAway((share / sum) * (1 << BITS)));
    return { first, weights: Int32Array.from(integers) };
  });
}

const roundAway = (x: number): number => Math.trunc(x + (x < 0 ? -0.5 : 0.5));

/** Filters an array [rows, from, inner] along its middle. */
function alongRows(data: Uint8Array, rows: number, from: number, inner: number, taps: readonly Taps[]): Uint8Array {
  const made = new Uint8ClampedArray(rows * taps.length * inner);
  let to = 0;
  for (let row = 0; row < rows; row++) {
    for (const { first, weights: share } of taps) {
      const start = (row * from + first) * inner;
      for (let k = 0; k < inner; k++) {
        let sum = 1 << (BITS - 1);
        for (let j = 0; j < share.length; j++) sum += (data[start + j * inner + k] as number) * (share[j] as number);
        made[to++] = sum >> BITS;
      }
    }
  }
  return new Uint8Array(made.buffer);
}
