/** What edge workers are asked: 784 bytes of pixels. */

export const INPUTS = 784;

/** As numbers from 0 to 1. */
export function scaled(pixels: Uint8Array): Float32Array {
  const values = new Float32Array(pixels.length);
  for (let i = 0; i < values.length; i++) values[i] = (pixels[i] as number) / 255;
  return values;
}
