// Packed operands of integer products: lines (rows of one side, columns of the other) of 8-bit numbers along the depth.
//
// A panel is `width` lines side by side, cut along the depth into groups of one word a line:
//
//   panel p, group g:   line p·width │ line p·width + 1 │ … │ line p·width + width − 1      4 bytes each
//
//   wide     a word is two int16, the values less their zero point: −255 … 255. A dot of int16 adds two products of at
//            most 255² in int32: nothing saturates, and a sum of up to 33,025 products cannot wrap.
//   narrow   a word is four int8. One side is the values as int8, −128 … 127, the other is less its line's least value and
//            then in 0 … 127. So the relaxed dot of int8 by 7 bits has one meaning on every machine: a pair of products is
//            at most 2 · 128 · 127 < 2¹⁵, so no machine saturates it. Zero points are put right afterwards:
//
//              Σ (x − p)(w − q) = Σ x w − p Σ w − q (Σ x − depth p)
//
// Unsigned bytes become signed by flipping the highest bit; their zero points are 128 less, so nothing else changes.
// What a panel holds past its last line does not matter. Past the depth it holds zeros.

import { Simd } from "./simd";

export class Panels {
  /** Elements of a line in one group. */
  @inline
  static per(narrow: bool): i32 {
    return narrow ? 4 : 2;
  }

  /** Groups of a depth. */
  @inline
  static groups(depth: i32, narrow: bool): i32 {
    return narrow ? (depth + 3) >> 2 : (depth + 1) >> 1;
  }

  /**
   * Packs one panel of `width` lines (4 or 8, `lines` of which exist). Element (i, d) is the byte at from + i·line + d·step,
   * its highest bit flipped by `flip` (0x80 or 0), less the int32 at less + 4·i.
   */
  static pack(
    to: usize,
    width: i32,
    from: usize,
    line: isize,
    step: isize,
    lines: i32,
    depth: i32,
    narrow: bool,
    flip: i32,
    less: usize,
  ): void {
    if (line == 1 && width == 8) {
      Panels.across(to, from, step, depth, narrow, flip, less);
      return;
    }
    for (let i = 0; i < width && i < lines; i += 4) {
      const base = from + i * line;
      const at = to + ((<usize>i) << 2);
      const done =
        step == 1
          ? Panels.along(at, width << 2, base, line, lines - i, depth, narrow, flip, less + ((<usize>i) << 2))
          : 0;
      Panels.each(at, width << 2, base, line, step, lines - i, done, depth, narrow, flip, less + ((<usize>i) << 2));
    }
  }

  /** Four lines that are contiguous along the depth; returns how deep it went. */
  static along(
    to: usize,
    toStep: usize,
    from: usize,
    line: isize,
    lines: i32,
    depth: i32,
    narrow: bool,
    flip: i32,
    less: usize,
  ): i32 {
    const f = i8x16.splat(<i8>flip);
    let r0 = from;
    let r1 = lines > 1 ? r0 + line : r0;
    let r2 = lines > 2 ? r1 + line : r0;
    let r3 = lines > 3 ? r2 + line : r0;
    const l0 = load<i32>(less),
      l1 = load<i32>(less, 4),
      l2 = load<i32>(less, 8),
      l3 = load<i32>(less, 12);
    let d = 0;
    if (narrow) {
      const z0 = i8x16.splat(<i8>l0),
        z1 = i8x16.splat(<i8>l1),
        z2 = i8x16.splat(<i8>l2),
        z3 = i8x16.splat(<i8>l3);
      for (; d + 16 <= depth; d += 16) {
        Panels.interleave(
          to,
          toStep,
          i8x16.sub(v128.xor(v128.load(r0), f), z0),
          i8x16.sub(v128.xor(v128.load(r1), f), z1),
          i8x16.sub(v128.xor(v128.load(r2), f), z2),
          i8x16.sub(v128.xor(v128.load(r3), f), z3),
        );
        to += toStep << 2;
        r0 += 16;
        r1 += 16;
        r2 += 16;
        r3 += 16;
      }
      return d;
    }
    const z0 = i16x8.splat(<i16>l0),
      z1 = i16x8.splat(<i16>l1),
      z2 = i16x8.splat(<i16>l2),
      z3 = i16x8.splat(<i16>l3);
    for (; d + 8 <= depth; d += 8) {
      Panels.interleave(
        to,
        toStep,
        Panels.wide(r0, f, z0),
        Panels.wide(r1, f, z1),
        Panels.wide(r2, f, z2),
        Panels.wide(r3, f, z3),
      );
      to += toStep << 2;
      r0 += 8;
      r1 += 8;
      r2 += 8;
      r3 += 8;
    }
    return d;
  }

  /** Eight lines side by side in memory. */
  static across(to: usize, from: usize, step: isize, depth: i32, narrow: bool, flip: i32, less: usize): void {
    const f = i8x16.splat(<i8>flip);
    const z = i16x8.narrow_i32x4_s(v128.load(less), v128.load(less, 16));
    if (narrow) {
      const z8 = i8x16.narrow_i16x8_s(z, z);
      for (; depth >= 4; depth -= 4) {
        Panels.quads(
          to,
          Panels.near(from, f, z8),
          Panels.near(from + step, f, z8),
          Panels.near(from + 2 * step, f, z8),
          Panels.near(from + 3 * step, f, z8),
        );
        from += 4 * step;
        to += 32;
      }
      if (depth > 0) {
        const none = i8x16.splat(0);
        const second = depth > 1 ? Panels.near(from + step, f, z8) : none;
        const third = depth > 2 ? Panels.near(from + 2 * step, f, z8) : none;
        Panels.quads(to, Panels.near(from, f, z8), second, third, none);
      }
      return;
    }
    for (; depth >= 2; depth -= 2) {
      Panels.pairs(to, Panels.wide(from, f, z), Panels.wide(from + step, f, z));
      from += 2 * step;
      to += 32;
    }
    if (depth > 0) Panels.pairs(to, Panels.wide(from, f, z), i16x8.splat(0));
  }

  /** Up to four lines from depth `done` on, element by element, and the zeros that fill the last group. */
  static each(
    to: usize,
    toStep: usize,
    from: usize,
    line: isize,
    step: isize,
    lines: i32,
    done: i32,
    depth: i32,
    narrow: bool,
    flip: i32,
    less: usize,
  ): void {
    const per = Panels.per(narrow);
    for (let d = done; d < depth; d += per) {
      const group = to + <usize>(d / per) * toStep;
      for (let i = 0; i < 4 && i < lines; i++) {
        const at = group + ((<usize>i) << 2);
        store<i32>(at, 0);
        for (let e = 0; e < per && d + e < depth; e++) {
          const byte = load<u8>(from + i * line + (d + e) * step) ^ flip;
          const value = <i32>(<i8>byte) - load<i32>(less + ((<usize>i) << 2));
          if (narrow) store<i8>(at + e, <i8>value);
          else store<i16>(at + (e << 1), <i16>value);
        }
      }
    }
  }

  /** Adds each line's values of a narrow panel to the int32 at to + 4·line. */
  static sums(to: usize, panel: usize, width: i32, groups: i32): void {
    const one = i8x16.splat(1);
    for (let half: usize = 0; half < (<usize>width) << 2; half += 16) {
      let sum = v128.load(to + half);
      let at = panel + half;
      for (let g = 0; g < groups; g++) {
        sum = Simd.dot7(v128.load(at), one, sum);
        at += (<usize>width) << 2;
      }
      v128.store(to + half, sum);
    }
  }

  /** Eight bytes, made signed, as int16 less z. */
  @inline
  static wide(from: usize, flip: v128, z: v128): v128 {
    return i16x8.sub(i16x8.extend_low_i8x16_s(v128.xor(v128.load64_zero(from), flip)), z);
  }

  /** Eight bytes, made signed, less z. */
  @inline
  static near(from: usize, flip: v128, z: v128): v128 {
    return i8x16.sub(v128.xor(v128.load64_zero(from), flip), z);
  }

  /** A group of eight lines from two rows of int16. */
  @inline
  static pairs(to: usize, x: v128, y: v128): void {
    v128.store(to, v128.shuffle<i16>(x, y, 0, 8, 1, 9, 2, 10, 3, 11));
    v128.store(to, v128.shuffle<i16>(x, y, 4, 12, 5, 13, 6, 14, 7, 15), 16);
  }

  /** A group of eight lines from four rows of int8. */
  @inline
  static quads(to: usize, x0: v128, x1: v128, x2: v128, x3: v128): void {
    const t0 = v128.shuffle<i8>(x0, x1, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const t1 = v128.shuffle<i8>(x2, x3, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    Panels.pairs(to, t0, t1);
  }

  /** Four groups of four lines from the lines. */
  @inline
  static interleave(to: usize, step: usize, x0: v128, x1: v128, x2: v128, x3: v128): void {
    const t0 = v128.shuffle<i32>(x0, x1, 0, 4, 1, 5);
    const t1 = v128.shuffle<i32>(x2, x3, 0, 4, 1, 5);
    const t2 = v128.shuffle<i32>(x0, x1, 2, 6, 3, 7);
    const t3 = v128.shuffle<i32>(x2, x3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<i32>(t0, t1, 0, 1, 4, 5));
    to += step;
    v128.store(to, v128.shuffle<i32>(t0, t1, 2, 3, 6, 7));
    to += step;
    v128.store(to, v128.shuffle<i32>(t2, t3, 0, 1, 4, 5));
    to += step;
    v128.store(to, v128.shuffle<i32>(t2, t3, 2, 3, 6, 7));
  }
}
