// Neighbouring points of a staged image as a panel's columns: see conv2d-integer.ts.

import { Stage } from "./conv2d-shape";
import { Panels } from "./integer-panels";

/** How eight neighbouring points are read from a row of the stage. */
export class Points {
  static flip: v128 = i8x16.splat(0);
  static zero: i32 = 0;
  static taps: i32 = 0;
  static table: usize = 0;
  /** Where the first points and, less the number of these, the rest lie; `first` is how many are the first. */
  static near: usize = 0;
  static far: usize = 0;
  static mask: v128 = i8x16.splat(0);
  static across: bool = false;
  /** Rows too short for two loads: the points' own places. */
  static gathered: bool = false;
  static places: usize = 0;

  /** Finds the eight points from number `p` of the band's `count` on; what stands for those past its end does not matter. */
  static locate(source: usize, p: i32, count: i32, ow: i32): void {
    const row = p / ow;
    const column = p - row * ow;
    Points.near = source + <usize>(row * Stage.wq + column);
    const first = ow - column;
    Points.across = first < 8 && p + first < count;
    Points.gathered = false;
    if (!Points.across) return;
    if (ow >= 7) {
      Points.far = source + <usize>((row + 1) * Stage.wq) - first;
      const ramp = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
      Points.mask = i8x16.lt_s(ramp, i8x16.splat(<i8>first));
      return;
    }
    Points.gathered = true;
    for (let i = 0; i < 8; i++) {
      const at = min(p + i, count - 1);
      store<u32>(Points.places + ((<usize>i) << 2), source + <usize>((at / ow) * Stage.wq + (at % ow)));
    }
  }

  /** Eight bytes at an offset from the points. */
  @inline
  static load(offset: usize): v128 {
    if (!Points.across) return v128.load64_zero(Points.near + offset);
    if (Points.gathered) return Points.gather(offset);
    return v128.bitselect(v128.load64_zero(Points.near + offset), v128.load64_zero(Points.far + offset), Points.mask);
  }

  static gather(offset: usize): v128 {
    const at = Points.places + 32;
    for (let i: usize = 0; i < 8; i++) store<u8>(at + i, load<u8>(load<u32>(Points.places + (i << 2)) + offset));
    return v128.load64_zero(at);
  }

  /** Eight values of tap k as int8; zeros past the last tap. */
  @inline
  static narrow(k: i32): v128 {
    if (k >= Points.taps) return i8x16.splat(0);
    return v128.xor(Points.load(load<u32>(Points.table + ((<usize>k) << 2))), Points.flip);
  }

  /** Eight values of tap k as int16, less the zero point. */
  @inline
  static wide(k: i32, z: v128): v128 {
    const x = v128.xor(Points.load(load<u32>(Points.table + ((<usize>k) << 2))), Points.flip);
    return i16x8.sub(i16x8.extend_low_i8x16_s(x), z);
  }

  /** Packs groups [g, g + count) of the located points. */
  static pack(to: usize, g: i32, count: i32, narrow: bool): void {
    if (ASC_FEATURE_RELAXED_SIMD && narrow) {
      for (let k = g << 2, end = (g + count) << 2; k < end; k += 4) {
        Panels.quads(to, Points.narrow(k), Points.narrow(k + 1), Points.narrow(k + 2), Points.narrow(k + 3));
        to += 32;
      }
      return;
    }
    const z = i16x8.splat(<i16>Points.zero);
    const taps = Points.taps;
    for (let k = g << 1, end = (g + count) << 1; k < end; k += 2) {
      Panels.pairs(to, Points.wide(k, z), k + 1 < taps ? Points.wide(k + 1, z) : i16x8.splat(0));
      to += 32;
    }
  }
}
