/** What edge workers are asked: 784 bytes of pixels. */

export const INPUTS = 784;

/** As numbers from 0 to 1. */
export const scaled = (pixels: Uint8Array): Float32Array => Float32Array.from(pixels, (pixel) => pixel / 255);
