// Where the taps of a direct convolution reach, and where its outputs go: set for a row, read by every tile of it.

export class Reach {
  /** Taps of an output, and their byte offsets. */
  static taps: i32 = 0;
  static table: usize = 0;
  /** Bytes from one output channel's plane to the next. */
  static plane: usize = 0;
  /** Address of the first output channel's bias (conv2d-tail.ts). */
  static bias: usize = 0;
}
