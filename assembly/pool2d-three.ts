// Rows of the most common pooling of networks: the greatest of 3 × 3 windows at stride 2.
//
// The three rows of a window are combined first, four columns at a time; even and odd columns are then picked apart, and four
// outputs are the greatest of three vectors:
//
//   left 0    v0 v1 v2 v3 v4 v5 v6 v7 v8      even: v0 v2 v4 v6   odd: v1 v3 v5 v7   v2 v4 v6 v8
//   left 1    … v7 | v0 v1 v2 v3 v4 v5 v6 v7                                         v7 v1 v3 v5 (v7 of the group before)
//
// Nothing is copied: a row of padding is left out by reading a neighbouring row twice, columns of padding are masked. A NaN
// among what is read makes the sum of all NaN (infinities of both signs too, which costs only time); its row is then done
// again with care.

import { Pool } from "./pool2d-shape";

export class Three {
  /** Row `oy` of y from the plane x. Returns whether a NaN may have been seen. */
  static row(x: usize, y: usize, oy: i32): bool {
    const w = Pool.w,
      ow = Pool.ow,
      last = Pool.h - 1;
    const start = (oy << 1) - Pool.top;
    const pitch = (<usize>w) << 2;
    const r0 = x + <usize>max(start, 0) * pitch;
    const r1 = x + <usize>min(start + 1, last) * pitch;
    const r2 = x + <usize>min(start + 2, last) * pitch;
    const shifted = Pool.left == 1;
    let sum = f32x4.splat(0);
    let before = f32x4.splat(-Infinity);
    for (let ox = 0; ox < ow; ox += 4, y += 16) {
      const column = ox << 1;
      const at = (<usize>column) << 2;
      let v0: v128, v1: v128, v2: v128;
      if (column + 12 <= w) {
        const a0 = v128.load(r0 + at),
          a1 = v128.load(r1 + at),
          a2 = v128.load(r2 + at);
        const b0 = v128.load(r0 + at, 16),
          b1 = v128.load(r1 + at, 16),
          b2 = v128.load(r2 + at, 16);
        sum = f32x4.add(sum, f32x4.add(f32x4.add(f32x4.add(a0, b0), f32x4.add(a1, b1)), f32x4.add(a2, b2)));
        v0 = f32x4.pmax(f32x4.pmax(a0, a1), a2);
        v1 = f32x4.pmax(f32x4.pmax(b0, b1), b2);
        v2 = v0;
        if (!shifted) {
          const c0 = v128.load(r0 + at, 32),
            c1 = v128.load(r1 + at, 32),
            c2 = v128.load(r2 + at, 32);
          sum = f32x4.add(sum, f32x4.add(f32x4.add(c0, c1), c2));
          v2 = f32x4.pmax(f32x4.pmax(c0, c1), c2);
        }
      } else {
        v128.store(Pool.first, sum);
        v0 = Three.edge(r0, r1, r2, column);
        v1 = Three.edge(r0, r1, r2, column + 4);
        v2 = Three.edge(r0, r1, r2, column + 8);
        sum = v128.load(Pool.first);
      }
      const even = v128.shuffle<f32>(v0, v1, 0, 2, 4, 6);
      const odd = v128.shuffle<f32>(v0, v1, 1, 3, 5, 7);
      const third = shifted ? v128.shuffle<f32>(before, odd, 3, 4, 5, 6) : v128.shuffle<f32>(even, v2, 1, 2, 3, 4);
      before = odd;
      const best = f32x4.pmax(f32x4.pmax(even, odd), third);
      if (ox + 4 <= ow) v128.store(y, best);
      else Pool.part(y, best, ow - ox);
    }
    return v128.any_true(f32x4.ne(sum, sum));
  }

  /** The greatest of four columns, −∞ behind the end of the rows; adds them to the sum at Pool.first. */
  static edge(r0: usize, r1: usize, r2: usize, column: i32): v128 {
    const inside = i32x4.gt_s(i32x4.splat(Pool.w - column), i32x4(0, 1, 2, 3));
    if (!v128.any_true(inside)) return f32x4.splat(-Infinity);
    const at = (<usize>column) << 2;
    const a = v128.load(r0 + at),
      b = v128.load(r1 + at),
      c = v128.load(r2 + at);
    const sum = v128.and(f32x4.add(f32x4.add(a, b), c), inside);
    v128.store(Pool.first, f32x4.add(v128.load(Pool.first), sum));
    return v128.bitselect(f32x4.pmax(f32x4.pmax(a, b), c), f32x4.splat(-Infinity), inside);
  }
}
