/** Pictures of digits as the networks take them: with values about 0 rather than from 0 to 255. */
import { type Tensor, tensor } from "hebb";

/** Pixels along a side. */
export const SIZE = 28;

/** Of MNIST's pixels, 1 being ink; those of drawn digits are near. */
const [MEAN, DEVIATION] = [0.1307, 0.3081];

/** Pixels [n · 28 · 28] as an input [n, 1, 28, 28] of mean 0 and deviation 1. */
export function normalised(pixels: Uint8Array): Tensor {
  const x = tensor(pixels, { shape: [pixels.length / SIZE ** 2, 1, SIZE, SIZE] });
  return x
    .to("float32")
    .mul(1 / 255 / DEVIATION)
    .sub(MEAN / DEVIATION);
}
