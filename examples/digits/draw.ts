/**
 * Draws handwritten digits, 28 × 28 grey pixels each, 0 paper and 255 ink, for when no data set is at hand.
 *
 *     style → wobble its points → smooth curve → bend (elastic) → slant, turn, scale (affine)
 *           → fit into 20 × 20, centre, shift → ink with a changing pen width → soften → grain
 *
 * Only + − × ÷ √ are used, so the same seed draws the same digits in every engine.
 */
import { SIZE } from "./input.ts";
import { type Style, styles } from "./strokes.ts";

export { SIZE };

export interface Digits {
  /** count × 28 × 28 */
  readonly images: Uint8Array;
  /** count, each 0 … 9 */
  readonly labels: Uint8Array;
}

/** Seeded random numbers (sfc32). */
export class Random {
  private a: number;
  private b = 0x9e3779b9;
  private c = 0x243f6a88;
  private d = 1;

  constructor(seed: number) {
    this.a = seed | 0;
    for (let i = 0; i < 16; i++) this.uniform();
  }

  /** In [0, 1). */
  uniform(): number {
    const sum = (this.a + this.b + this.d) | 0;
    this.d = (this.d + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** About normal, mean 0 and deviation 1, never beyond ±3.5: a sum of four uniforms. */
  normal(): number {
    return (this.uniform() + this.uniform() + this.uniform() + this.uniform() - 2) * 1.7320508075688772;
  }
}

/** Points of a pen's way: x, y and the half-width of the ink there. */
interface Ink {
  readonly x: number;
  readonly y: number;
  readonly r: number;
}

function pick(choices: readonly Style[], random: Random): Style {
  let left = random.uniform() * choices.reduce((sum, { weight }) => sum + weight, 0);
  for (const style of choices) {
    left -= style.weight;
    if (left < 0) return style;
  }
  return choices[0] as Style;
}

/** A Catmull-Rom curve through the points of a stroke, `steps` pieces between neighbours. */
function curve(points: readonly number[], steps: number): number[] {
  const last = points.length / 2 - 1;
  const at = (i: number, axis: number): number => points[2 * Math.min(Math.max(i, 0), last) + axis] as number;
  const out: number[] = [at(0, 0), at(0, 1)];
  for (let i = 0; i < last; i++) {
    for (let step = 1; step <= steps; step++) {
      const t = step / steps;
      for (let axis = 0; axis < 2; axis++) {
        const [a, b, c, d] = [at(i - 1, axis), at(i, axis), at(i + 1, axis), at(i + 2, axis)];
        out.push(b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))));
      }
    }
  }
  return out;
}

/** A smooth random displacement of the unit box: bilinear between the knots of a coarse grid. */
function bend(random: Random, strength: number): (x: number, y: number, axis: number) => number {
  const side = 4;
  const knots = Float64Array.from({ length: side * side * 2 }, () => random.normal() * strength);
  const knot = (i: number, j: number, axis: number): number => knots[(i * side + j) * 2 + axis] as number;
  const smooth = (t: number): number => t * t * (3 - 2 * t);
  return (x, y, axis) => {
    const u = Math.min(Math.max(x, 0), 0.999) * (side - 1);
    const v = Math.min(Math.max(y, 0), 0.999) * (side - 1);
    const [i, j] = [Math.floor(v), Math.floor(u)];
    const [s, t] = [smooth(u - j), smooth(v - i)];
    const upper = knot(i, j, axis) * (1 - s) + knot(i, j + 1, axis) * s;
    const lower = knot(i + 1, j, axis) * (1 - s) + knot(i + 1, j + 1, axis) * s;
    return upper * (1 - t) + lower * t;
  };
}

/** The strokes of one digit in pixels. */
function write(digit: number, random: Random): Ink[][] {
  const style = pick(styles[digit] as readonly Style[], random);
  const wobble = random.between(0.008, 0.04);
  const displace = bend(random, random.between(0.015, 0.066));
  const slant = random.normal() * 0.19 + 0.12;
  const turn = random.normal() * 0.14;
  const width = digit === 1 ? 1 : random.between(0.54, 0.95);
  const cos = 1 / Math.sqrt(1 + turn * turn);
  const sin = turn * cos;
  const strokes = style.strokes.map((stroke) => {
    const [dx, dy] = [random.normal() * 0.012, random.normal() * 0.012];
    const points = stroke.slice();
    for (let i = 0; i < points.length; i += 2) {
      // A doubled point is a corner and stays one.
      const corner = i > 0 && stroke[i] === stroke[i - 2] && stroke[i + 1] === stroke[i - 1];
      points[i] = corner ? (points[i - 2] as number) : (stroke[i] as number) + dx + random.normal() * wobble;
      points[i + 1] = corner ? (points[i - 1] as number) : (stroke[i + 1] as number) + dy + random.normal() * wobble;
    }
    const way = curve(points, 5);
    for (let i = 0; i < way.length; i += 2) {
      const [px, py] = [way[i] as number, way[i + 1] as number];
      const x = (px + displace(px, py, 0) - 0.5) * width;
      const y = py + displace(px, py, 1) - 0.5;
      way[i] = (x - slant * y) * cos - y * sin;
      way[i + 1] = (x - slant * y) * sin + y * cos;
    }
    return way;
  });

  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const way of strokes) {
    for (let i = 0; i < way.length; i += 2) {
      left = Math.min(left, way[i] as number);
      right = Math.max(right, way[i] as number);
      top = Math.min(top, way[i + 1] as number);
      bottom = Math.max(bottom, way[i + 1] as number);
    }
  }
  const scale = random.between(15.5, 19.5) / Math.max(right - left, bottom - top);
  const x0 = SIZE / 2 - (scale * (left + right)) / 2 + random.normal() * 0.9;
  const y0 = SIZE / 2 - (scale * (top + bottom)) / 2 + random.normal() * 0.9;
  const pen = random.between(0.65, 1.75);
  const pressure = random.between(0, 0.3);
  return strokes.map((way) => {
    const count = way.length / 2;
    const [begin, end] = [random.between(-1, 1), random.between(-1, 1)];
    return Array.from({ length: count }, (_, i) => {
      const t = i / (count - 1);
      return {
        x: x0 + scale * (way[2 * i] as number),
        y: y0 + scale * (way[2 * i + 1] as number),
        r: pen * (1 + pressure * (begin * (1 - t) + end * t)),
      };
    });
  });
}

/** Covers the pixels near a piece of a stroke; a pixel half a unit inside the edge is full. */
function ink(canvas: Float64Array, a: Ink, b: Ink): void {
  const reach = Math.max(a.r, b.r) + 0.5;
  const [x0, x1] = [
    Math.max(0, Math.floor(Math.min(a.x, b.x) - reach)),
    Math.min(SIZE - 1, Math.ceil(Math.max(a.x, b.x) + reach)),
  ];
  const [y0, y1] = [
    Math.max(0, Math.floor(Math.min(a.y, b.y) - reach)),
    Math.min(SIZE - 1, Math.ceil(Math.max(a.y, b.y) + reach)),
  ];
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = dx * dx + dy * dy || 1;
  for (let y = y0; y <= y1; y++) {
    for (let x = x0; x <= x1; x++) {
      const t = Math.min(Math.max(((x - a.x) * dx + (y - a.y) * dy) / length, 0), 1);
      const [ex, ey] = [x - a.x - t * dx, y - a.y - t * dy];
      const cover = Math.min(a.r + t * (b.r - a.r) + 0.5 - Math.sqrt(ex * ex + ey * ey), 1);
      const at = y * SIZE + x;
      if (cover > (canvas[at] as number)) canvas[at] = cover;
    }
  }
}

/** Mixes every pixel with its four neighbours. */
function soften(canvas: Float64Array, share: number): Float64Array {
  return canvas.map((value, at) => {
    const x = at % SIZE;
    const around =
      (x > 0 ? (canvas[at - 1] as number) : 0) +
      (x < SIZE - 1 ? (canvas[at + 1] as number) : 0) +
      (canvas[at - SIZE] ?? 0) +
      (canvas[at + SIZE] ?? 0);
    return value * (1 - share) + (around / 4) * share;
  });
}

/** Draws one digit into 28 × 28 pixels. */
function draw(digit: number, random: Random, pixels: Uint8Array): void {
  let canvas: Float64Array = new Float64Array(SIZE * SIZE);
  for (const stroke of write(digit, random)) {
    for (let i = 1; i < stroke.length; i++) ink(canvas, stroke[i - 1] as Ink, stroke[i] as Ink);
  }
  canvas = soften(canvas, random.between(0.05, 0.45));
  const [dark, grain] = [random.between(225, 275), random.between(0, 0.12)];
  for (let i = 0; i < pixels.length; i++) {
    const value = canvas[i] as number;
    pixels[i] = value > 0.02 ? Math.min(255, Math.max(0, value * dark * (1 - grain * random.uniform()))) : 0;
  }
}

/** Draws `count` digits, as many of each class as fit, in random order. The same seed draws the same digits. */
export function drawDigits(count: number, seed: number): Digits {
  const random = new Random(seed);
  const images = new Uint8Array(count * SIZE * SIZE);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1));
    [labels[i], labels[j]] = [labels[j] as number, labels[i] as number];
  }
  for (let i = 0; i < count; i++) {
    draw(labels[i] as number, random, images.subarray(i * SIZE * SIZE, (i + 1) * SIZE * SIZE));
  }
  return { images, labels };
}
