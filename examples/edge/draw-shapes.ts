/**
 * Draws shapes in colour, 32 × 32 pixels: one light shape of any size and turn on something darker, with grain. What a picture
 * classifier can learn from where no photos are at hand.
 */
import type { Picture } from "hebb/vision";
import type { Random } from "../digits/draw.ts";
import { shapes } from "./shapes.ts";

/** Pixels along a side. */
export const SIDE = 32;

/** Points across a pixel that are asked, for soft edges. */
const POINTS = 2;

/** Whether a point lies in each shape, which reaches from -1 to 1. */
const inside: { readonly [S in (typeof shapes)[number]]: (x: number, y: number) => boolean } = {
  circle: (x, y) => x * x + y * y < 0.8,
  ring: (x, y) => x * x + y * y < 1 && x * x + y * y > 0.35,
  square: (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.8,
  triangle: (x, y) => y > -0.6 && y < 1 - Math.sqrt(3) * Math.abs(x),
  cross: (x, y) => Math.min(Math.abs(x), Math.abs(y)) < 0.28 && Math.max(Math.abs(x), Math.abs(y)) < 1,
  star: (x, y) => {
    // Five points: a fifth of the way around, the edge runs straight from the radius 1 to 0.4.
    const turn = (Math.atan2(x, y) / (2 * Math.PI) + 1) * 5;
    const off = Math.abs(turn - Math.round(turn)) * 2;
    return Math.hypot(x, y) < 0.4 / (off + 0.4 * (1 - off));
  },
};

export interface Drawn {
  readonly picture: Picture;
  /** Its place in the list of shapes. */
  readonly label: number;
}

/** A shape of class `label`, or of any. */
export function drawShape(random: Random, label: number = Math.floor(random.uniform() * shapes.length)): Drawn {
  const [paper, ink] = twoColours(random);
  const size = random.between(8, 14);
  const [cx, cy] = [random.between(size, SIDE - size), random.between(size, SIDE - size)];
  const angle = random.between(-Math.PI, Math.PI);
  const [cos, sin] = [Math.cos(angle) / size, Math.sin(angle) / size];
  const hit = inside[shapes[label] as (typeof shapes)[number]];
  const data = new Uint8Array(SIDE * SIDE * 3);
  for (let i = 0; i < SIDE * SIDE; i++) {
    let count = 0;
    for (let point = 0; point < POINTS * POINTS; point++) {
      const dx = (i % SIDE) + ((point % POINTS) + 0.5) / POINTS - cx;
      const dy = Math.floor(i / SIDE) + (Math.floor(point / POINTS) + 0.5) / POINTS - cy;
      if (hit(dx * cos - dy * sin, dx * sin + dy * cos)) count++;
    }
    const share = count / (POINTS * POINTS);
    for (let k = 0; k < 3; k++) {
      const value = (ink[k] as number) * share + (paper[k] as number) * (1 - share) + 8 * random.normal();
      data[i * 3 + k] = Math.max(0, Math.min(255, value));
    }
  }
  return { picture: { width: SIDE, height: SIDE, channels: 3, data }, label };
}

/** A dark colour and a light one, which is lighter in every channel. */
function twoColours(random: Random): [number[], number[]] {
  const dark = [0, 1, 2].map(() => random.between(0, 120));
  return [dark, dark.map((value) => random.between(value + 70, 250))];
}
