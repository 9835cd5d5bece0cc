/** Numbers as pictures, a pixel each, in the colours of the theme. */
import { channels } from "./theme.ts";

type Colour = readonly [r: number, g: number, b: number];

/** Paints w × h values: `low` and below as one colour, `high` and above as the other. */
export function paintGrey(
  canvas: HTMLCanvasElement,
  values: ArrayLike<number>,
  width: number,
  high: number,
  low = 0,
): void {
  const [paper, ink] = [channels("paper"), channels("ink")];
  const range = high - low || 1;
  paint(canvas, values, width, (value) => [paper, ink, (value - low) / range]);
}

/** Paints w × h values about 0: negative ones in one colour, positive ones in another, the stronger the further away. */
export function paintSigned(canvas: HTMLCanvasElement, values: ArrayLike<number>, width: number, reach: number): void {
  const [paper, positive, negative] = [channels("paper"), channels("blue"), channels("orange")];
  paint(canvas, values, width, (value) => [paper, value < 0 ? negative : positive, Math.abs(value) / (reach || 1)]);
}

function paint(
  canvas: HTMLCanvasElement,
  values: ArrayLike<number>,
  width: number,
  mix: (value: number) => readonly [from: Colour, to: Colour, share: number],
): void {
  const height = values.length / width;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const image = new ImageData(width, height);
  for (let i = 0; i < values.length; i++) {
    const [from, to, share] = mix(values[i] as number);
    const t = Math.min(Math.max(share, 0), 1);
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = (from[c] as number) * (1 - t) + (to[c] as number) * t;
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}

/** The greatest distance from 0. */
export function reachOf(values: ArrayLike<number>): number {
  let reach = 0;
  for (let i = 0; i < values.length; i++) reach = Math.max(reach, Math.abs(values[i] as number));
  return reach;
}
