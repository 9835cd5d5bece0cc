// What the pooling commands share: their arguments, and how windows lie on a plane.
//
// args of every kernel of this family:
//   0 epilogue, 1-2 out, 3-4 in, 5-6 second input, 7 planes, 8 h, 9 w, 10 oh, 11 ow, 12 kh, 13 kw, 14 sh, 15 sw, 16 top,
//   17 left, 18 bottom, 19 right, 20 dh, 21 dw, 22 countIncludePad (0 or 1), 23 floats of a padded row in scratch.
// (h, w) is always the size of x, (oh, ow) that of y. Scratch: a padded row, then two rows of ow rounded up to 4, plus 4.

import { Command, Run } from "./command";

/** The command's geometry. */
export class Pool {
  static h: i32 = 0;
  static w: i32 = 0;
  static oh: i32 = 0;
  static ow: i32 = 0;
  static kh: i32 = 0;
  static kw: i32 = 0;
  static sh: i32 = 0;
  static sw: i32 = 0;
  static top: i32 = 0;
  static left: i32 = 0;
  static bottom: i32 = 0;
  static right: i32 = 0;
  static dh: i32 = 0;
  static dw: i32 = 0;
  static countPad: bool = false;
  static width: i32 = 0;
  /** The padded row. */
  static row: usize = 0;
  /** Two rows of ow elements. */
  static first: usize = 0;
  static second: usize = 0;

  static load(command: usize): void {
    Pool.h = Command.int(command, 8);
    Pool.w = Command.int(command, 9);
    Pool.oh = Command.int(command, 10);
    Pool.ow = Command.int(command, 11);
    Pool.kh = Command.int(command, 12);
    Pool.kw = Command.int(command, 13);
    Pool.sh = Command.int(command, 14);
    Pool.sw = Command.int(command, 15);
    Pool.top = Command.int(command, 16);
    Pool.left = Command.int(command, 17);
    Pool.bottom = Command.int(command, 18);
    Pool.right = Command.int(command, 19);
    Pool.dh = Command.int(command, 20);
    Pool.dw = Command.int(command, 21);
    Pool.countPad = Command.int(command, 22) != 0;
    Pool.width = Command.int(command, 23);
    Pool.row = Run.kernelScratch;
    Pool.first = Pool.row + ((<usize>Pool.width) << 2);
    Pool.second = Pool.first + ((<usize>(((Pool.ow + 3) & ~3) + 4)) << 2);
  }

  /** Whether windows are 3 × 3 at stride 2 and each holds an element of x: see pool2d-three.ts. */
  static three(): bool {
    return (
      Pool.kh == 3 &&
      Pool.kw == 3 &&
      Pool.sh == 2 &&
      Pool.sw == 2 &&
      Pool.dh == 1 &&
      Pool.dw == 1 &&
      Pool.top < 2 &&
      Pool.left < 2 &&
      (Pool.oh - 1) * 2 - Pool.top < Pool.h &&
      (Pool.ow - 1) * 2 - Pool.left < Pool.w
    );
  }

  /** Whether every window is 2 × 2, lies inside x and touches no other. */
  @inline
  static two(): bool {
    return (
      Pool.kh == 2 &&
      Pool.kw == 2 &&
      Pool.sh == 2 &&
      Pool.sw == 2 &&
      Pool.dh == 1 &&
      Pool.dw == 1 &&
      (Pool.top | Pool.left) == 0 &&
      Pool.oh * 2 <= Pool.h &&
      Pool.ow * 2 <= Pool.w
    );
  }

  /** First tap of a window that begins at `start` (maybe negative) and lies in 0 … size - 1. */
  @inline
  static firstTap(start: i32, dilation: i32): i32 {
    return start < 0 ? (dilation - 1 - start) / dilation : 0;
  }

  /** One past the last such tap, of `taps`. */
  @inline
  static lastTap(start: i32, taps: i32, dilation: i32, size: i32): i32 {
    return start >= size ? 0 : min(taps, (size - 1 - start) / dilation + 1);
  }

  /** How many elements a window that begins at `start` counts along one axis, of size `size` with `after` padding behind. */
  static count(start: i32, taps: i32, dilation: i32, size: i32, before: i32, after: i32): i32 {
    const pad = Pool.countPad;
    const first = Pool.firstTap(pad ? start + before : start, dilation);
    const last = Pool.lastTap(pad ? start + before : start, taps, dilation, pad ? size + before + after : size);
    return max(0, last - first);
  }

  /** Counts of the windows of one row, as floats in `second`. */
  static countColumns(): void {
    for (let ox = 0; ox < Pool.ow; ox++) {
      const n = Pool.count(ox * Pool.sw - Pool.left, Pool.kw, Pool.dw, Pool.w, Pool.left, Pool.right);
      store<f32>(Pool.second + ((<usize>ox) << 2), <f32>max(1, n));
    }
  }

  /** The factor that the rows of output row `oy` contribute to its windows' counts. */
  static countRows(oy: i32): f32 {
    const n = Pool.count(oy * Pool.sh - Pool.top, Pool.kh, Pool.dh, Pool.h, Pool.top, Pool.bottom);
    return <f32>max(1, n);
  }

  /** Four elements, `stride` apart. */
  @inline
  static four(p: usize, stride: i32): v128 {
    if (stride == 1) return v128.load(p);
    if (stride == 2) return v128.shuffle<f32>(v128.load(p), v128.load(p, 16), 0, 2, 4, 6);
    const s = (<usize>stride) << 2;
    let v = v128.load32_zero(p);
    v = v128.load32_lane(p + s, v, 1);
    v = v128.load32_lane(p + 2 * s, v, 2);
    return v128.load32_lane(p + 3 * s, v, 3);
  }

  /** Stores the first n lanes, n < 4. */
  @inline
  static part(p: usize, v: v128, n: i32): void {
    if (n > 0) v128.store32_lane(p, v, 0);
    if (n > 1) v128.store32_lane(p, v, 1, 4);
    if (n > 2) v128.store32_lane(p, v, 2, 8);
  }

  /** Fills a row of scratch. */
  static clear(row: usize, value: f32, count: i32): void {
    for (let i = 0; i < count; i++) store<f32>(row + ((<usize>i) << 2), value);
  }
}
