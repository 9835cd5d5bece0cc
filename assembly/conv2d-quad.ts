// The register tile of direct convolution for one or two output channels: four neighbouring vectors of a row.
//
// One address serves all four, so a tap costs an entry of the table, a broadcast weight a channel and four loads. The order of
// summation is that of conv2d-tile.ts.

import { Reach } from "./conv2d-reach";
import { Tail } from "./conv2d-tail";
import { Simd } from "./simd";

export class Quad {
  /** Arguments as `Tile.run` takes them; width ≥ 16. A row's last tile overlaps the one before. */
  static run(
    channels: i32,
    weights: usize,
    source: usize,
    sourceRow: usize,
    to: usize,
    row: usize,
    rows: i32,
    width: i32,
  ): void {
    for (; rows > 0; rows--) {
      for (let q = 0; q < width; q += 16) {
        const column = (<usize>min(q, width - 16)) << 2;
        if (channels == 1) Quad.one(weights, source + column, to + column);
        else Quad.two(weights, source + column, to + column);
      }
      source += sourceRow;
      to += row;
    }
  }

  static one(w0: usize, s: usize, to: usize): void {
    let c0 = f32x4.splat(0),
      c1 = f32x4.splat(0),
      c2 = f32x4.splat(0),
      c3 = f32x4.splat(0);
    let t = Reach.table;
    const end = t + ((<usize>Reach.taps) << 2);
    const last = end - 4;
    while (t < end) {
      const x = s + load<u32>(t);
      const w = v128.load_splat<f32>(w0);
      c0 = Simd.madd(w, v128.load(x), c0);
      c1 = Simd.madd(w, v128.load(x, 16), c1);
      c2 = Simd.madd(w, v128.load(x, 32), c2);
      c3 = Simd.madd(w, v128.load(x, 48), c3);
      // A second way out, as in gemm.ts.
      if (t == last) break;
      const y = s + load<u32>(t, 4);
      const z = v128.load_splat<f32>(w0, 16);
      c0 = Simd.madd(z, v128.load(y), c0);
      c1 = Simd.madd(z, v128.load(y, 16), c1);
      c2 = Simd.madd(z, v128.load(y, 32), c2);
      c3 = Simd.madd(z, v128.load(y, 48), c3);
      t += 8;
      w0 += 32;
    }
    Quad.put(to, c0, c1, c2, c3, Reach.bias);
  }

  static two(w0: usize, s: usize, to: usize): void {
    let c00 = f32x4.splat(0),
      c01 = f32x4.splat(0),
      c02 = f32x4.splat(0),
      c03 = f32x4.splat(0);
    let c10 = f32x4.splat(0),
      c11 = f32x4.splat(0),
      c12 = f32x4.splat(0),
      c13 = f32x4.splat(0);
    let t = Reach.table;
    for (const end = t + ((<usize>Reach.taps) << 2); t < end; t += 4, w0 += 16) {
      const at = s + load<u32>(t);
      const a = v128.load_splat<f32>(w0);
      const b = v128.load_splat<f32>(w0, 4);
      let x = v128.load(at);
      c00 = Simd.madd(a, x, c00);
      c10 = Simd.madd(b, x, c10);
      x = v128.load(at, 16);
      c01 = Simd.madd(a, x, c01);
      c11 = Simd.madd(b, x, c11);
      x = v128.load(at, 32);
      c02 = Simd.madd(a, x, c02);
      c12 = Simd.madd(b, x, c12);
      x = v128.load(at, 48);
      c03 = Simd.madd(a, x, c03);
      c13 = Simd.madd(b, x, c13);
    }
    Quad.put(to, c00, c01, c02, c03, Reach.bias);
    Quad.put(to + Reach.plane, c10, c11, c12, c13, Reach.bias + Tail.step);
  }

  @inline
  static put(to: usize, c0: v128, c1: v128, c2: v128, c3: v128, bias: usize): void {
    v128.store(to, Tail.apply(c0, bias));
    v128.store(to, Tail.apply(c1, bias), 16);
    v128.store(to, Tail.apply(c2, bias), 32);
    v128.store(to, Tail.apply(c3, bias), 48);
  }
}
