// Convolution of 8-bit integers with one input channel a group: no panels, since nothing of them would be read twice.
//
// The stage's bytes (conv2d-shape.ts) are widened to int16 less the zero point. Eight outputs of a row are sums over pairs of
// taps, two vectors of the stage woven together, by pairs of weights as they are packed (pack-integer.ts):
//
//   tap 2g        x0 x1 x2 x3 …  ┐
//   tap 2g + 1    y0 y1 y2 y3 …  ┘→  x0 y0 │ x1 y1 │ x2 y2 │ x3 y3   ·   w[2g] w[2g + 1], repeated
//
// A row's last vector overlaps the one before it.

import { Panels } from "./integer-panels";
import { IntegerTile } from "./integer-tile";

export class Depthwise {
  /** `count` bytes as int16 less `zero`; writes up to 14 bytes more. */
  static widen(to: usize, from: usize, count: i32, flip: v128, zero: i32): void {
    const z = i16x8.splat(<i16>zero);
    for (const end = from + <usize>count; from < end; from += 8, to += 16) v128.store(to, Panels.wide(from, flip, z));
  }

  /**
   * `rows` × `ow` outputs of one channel from the widened stage, whose rows have `pitch` numbers. `table` holds the taps'
   * places in numbers, one more than there are where they are odd. `weights` are groups of pairs, 16 bytes apart.
   */
  static run(weights: usize, groups: i32, table: usize, stage: usize, pitch: i32, to: usize, rows: i32, ow: i32): void {
    const columns = min(ow, 8);
    for (let r = 0; r < rows; r++) {
      for (let q = 0; q < ow; q += 8) {
        const at = <usize>min(q, ow - columns);
        Depthwise.eight(weights, groups, table, stage + (at << 1), to + (at << 2), columns);
      }
      stage += (<usize>pitch) << 1;
      to += (<usize>ow) << 2;
    }
  }

  @inline
  static eight(weights: usize, groups: i32, table: usize, from: usize, to: usize, columns: i32): void {
    let low = i32x4.splat(0),
      high = i32x4.splat(0);
    for (; groups > 0; groups--) {
      const x = v128.load(from + ((<usize>load<u32>(table)) << 1));
      const y = v128.load(from + ((<usize>load<u32>(table, 4)) << 1));
      const w = v128.load32_splat(weights);
      low = i32x4.add(low, i32x4.dot_i16x8_s(v128.shuffle<i16>(x, y, 0, 8, 1, 9, 2, 10, 3, 11), w));
      high = i32x4.add(high, i32x4.dot_i16x8_s(v128.shuffle<i16>(x, y, 4, 12, 5, 13, 6, 14, 7, 15), w));
      table += 8;
      weights += 16;
    }
    IntegerTile.put(to, low, high, columns, false);
  }
}
