/** What edge workers are asked: 784 bytes of pixels. */
export const INPUTS = 784;
