// What the convolution commands share: their arguments and the padded copy ("stage") of a band of an image.
//
// Arguments of CONV2D, CONV2D_INPUT and CONV2D_WEIGHT:
//
//    0  first input    x           dy          x           slot, offset
//    2  second input   w           w           dy          slot, offset
//    4  output         y           dx          dw          slot, offset
//    6  epilogue block
//    7  n  c  h  w          x is [n, c, h, w]
//   11  o  kh kw            w is [o, c / groups, kh, kw]
//   14  oh ow               y is [n, o, oh, ow]
//   16  stride sh sw, padding top left, dilation dh dw, groups
//   23  rows                the band of output rows worked on at a time (see each kernel)
//   24  choice              CONV2D: 1 for tiles of points, + 2 for packed weights (conv2d-pack.ts); CONV2D_INPUT: blocks of channels whose
//                           weights are packed at a time; CONV2D_WEIGHT: images worked on at a time
//   25  tail                (conv2d-tail.ts); CONV2D_WEIGHT has none
//
// The stage makes every convolution one of stride 1 without padding: a plane is cut into the sh · sw phases of its pixels,
// padding is real zeros, and the tap (ky, kx) of the outputs (r, q … q + 3) is one vector:
//
//   [channel][phase row][phase column][hq][wq]      tap → phase (ky·dh mod sh, kx·dw mod sw)
//                                                         row r + ky·dh div sh, column q + kx·dw div sw

import { Command } from "./command";

export class Conv {
  static n: i32 = 0;
  static c: i32 = 0;
  static h: i32 = 0;
  static w: i32 = 0;
  static o: i32 = 0;
  static kh: i32 = 0;
  static kw: i32 = 0;
  static oh: i32 = 0;
  static ow: i32 = 0;
  static sh: i32 = 0;
  static sw: i32 = 0;
  static top: i32 = 0;
  static left: i32 = 0;
  static dh: i32 = 0;
  static dw: i32 = 0;
  static groups: i32 = 0;
  static rows: i32 = 0;
  static choice: i32 = 0;
  static epilogue: usize = 0;

  static read(command: usize): void {
    Conv.epilogue = Command.block(command, 6);
    Conv.n = Command.int(command, 7);
    Conv.c = Command.int(command, 8);
    Conv.h = Command.int(command, 9);
    Conv.w = Command.int(command, 10);
    Conv.o = Command.int(command, 11);
    Conv.kh = Command.int(command, 12);
    Conv.kw = Command.int(command, 13);
    Conv.oh = Command.int(command, 14);
    Conv.ow = Command.int(command, 15);
    Conv.sh = Command.int(command, 16);
    Conv.sw = Command.int(command, 17);
    Conv.top = Command.int(command, 18);
    Conv.left = Command.int(command, 19);
    Conv.dh = Command.int(command, 20);
    Conv.dw = Command.int(command, 21);
    Conv.groups = Command.int(command, 22);
    Conv.rows = Command.int(command, 23);
    Conv.choice = Command.int(command, 24);
  }

  /** Rounds bytes up to whole cache lines. */
  @inline
  static line(bytes: i32): usize {
    return <usize>((bytes + 63) & ~63);
  }
}

export class Stage {
  /** Rows and columns of a staged phase plane. */
  static hq: i32 = 0;
  static wq: i32 = 0;

  /**
   * Copies `channels` planes of h × w (`from` on) to `to`, cut into phases. Staged row 0, column 0 of phase (0, 0) is
   * pixel (first, 0) of the padded plane. Phases that no tap needs (`kh`, `kw` taps, `dh`, `dw` apart) are skipped. Pixels
   * are floats, padded with 0, or bytes, padded with `pad`.
   */
  static fill<T>(
    to: usize,
    from: usize,
    channels: i32,
    h: i32,
    w: i32,
    first: i32,
    left: i32,
    sh: i32,
    sw: i32,
    kh: i32,
    kw: i32,
    dh: i32,
    dw: i32,
    pad: i32 = 0,
  ): void {
    const shift = <usize>alignof<T>();
    const hq = Stage.hq;
    const wq = Stage.wq;
    const phase = (<usize>(hq * wq)) << shift;
    for (let channel = 0; channel < channels; channel++) {
      for (let ry = 0; ry < sh; ry++) {
        const rowUsed = Stage.used(ry, sh, kh, dh);
        for (let rx = 0; rx < sw; rx++) {
          if (!rowUsed || !Stage.used(rx, sw, kw, dw)) {
            to += phase;
            continue;
          }
          // Columns [from0, from1) of the phase hold pixels, the others padding.
          const from0 = min(wq, rx >= left ? 0 : (left - rx + sw - 1) / sw);
          const from1 = max(from0, min(wq, w + left - rx <= 0 ? 0 : (w - 1 + left - rx) / sw + 1));
          const column = from + ((<usize>(from0 * sw + rx - left)) << shift);
          for (let q = 0; q < hq; q++, to += (<usize>wq) << shift) {
            const y = first + q * sh + ry;
            if (<u32>y >= <u32>h) {
              Stage.blank<T>(to, wq, pad);
              continue;
            }
            Stage.blank<T>(to, from0, pad);
            Stage.copy<T>(to + ((<usize>from0) << shift), column + ((<usize>(y * w)) << shift), from1 - from0, sw);
            Stage.blank<T>(to + ((<usize>from1) << shift), wq - from1, pad);
          }
        }
      }
      from += (<usize>(h * w)) << shift;
    }
  }

  /** Byte offsets of the taps (c, ky, kx) in a stage of Stage.hq × Stage.wq. */
  static table<T>(table: usize, channels: i32): void {
    const sh = Conv.sh,
      sw = Conv.sw;
    const phase = Stage.hq * Stage.wq;
    let t = table;
    for (let ky = 0; ky < Conv.kh; ky++) {
      const y = ky * Conv.dh;
      for (let kx = 0; kx < Conv.kw; kx++, t += 4) {
        const x = kx * Conv.dw;
        store<i32>(t, (((y % sh) * sw + (x % sw)) * phase + (y / sh) * Stage.wq + x / sw) << alignof<T>());
      }
    }
    // A channel's taps lie where those of the one before do, a plane on.
    const plane = (sh * sw * phase) << alignof<T>();
    for (const end = table + ((<usize>(channels * Conv.kh * Conv.kw)) << 2); t < end; t += 4, table += 4)
      store<i32>(t, load<i32>(table) + plane);
  }

  /** Does one of `k` taps, `d` apart, fall on this phase of stride `s`? */
  static used(phase: i32, s: i32, k: i32, d: i32): bool {
    if (d == 1) return phase < k;
    for (let i = 0; i < k; i++) if ((i * d) % s == phase) return true;
    return false;
  }

  /** Padding; may write up to 15 bytes more, which the next row or the slack after the stage takes. */
  @inline
  static blank<T>(to: usize, count: i32, pad: i32): void {
    const x = i8x16.splat(<i8>pad);
    for (const end = to + ((<usize>count) << alignof<T>()); to < end; to += 16) v128.store(to, x);
  }

  /** Every `step`-th of the pixels from `from`; may write up to 15 bytes more. */
  @inline
  static copy<T>(to: usize, from: usize, count: i32, step: i32): void {
    const end = to + ((<usize>count) << alignof<T>());
    if (step == 1) {
      for (; to < end; to += 16, from += 16) v128.store(to, v128.load(from));
    } else if (isFloat<T>() && step == 2) {
      for (; to < end; to += 16, from += 32)
        v128.store(to, v128.shuffle<f32>(v128.load(from), v128.load(from, 16), 0, 2, 4, 6));
    } else {
      for (; to < end; to += sizeof<T>(), from += (<usize>step) << alignof<T>()) store<T>(to, load<T>(from));
    }
  }
}
