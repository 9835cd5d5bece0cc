// Pointwise convolution: y[n, o, p] = Σ x[n, c, p] · w[o, c] over the pixels p of a plane, then its tail (conv2d-tail.ts).
//
// A register tile is 4 channels × 8 pixels, as in gemm.ts, and its tail is applied before it is stored. Weights are panels
// [block of 4 channels][c][4] (Gemm.packA). Pixels are read where they lie, a vector pair a plane, or from a copy of a chunk of
// them, [panel of 8 pixels][c][8], where enough channels read it:
//
//   for chunks of pixels            their panels stay in the first or second-level cache
//     for blocks of 4 channels      c × 4 weights: first-level cache
//       for panels                  the tile
//
// An output is the sum over c in ascending order, starting at 0. Work is split over (image, group, chunk, block). Arguments:
//
//    0 x   2 w   4 y: slot, offset    6 epilogue block
//    7 n  groups  c / groups  o / groups  pixels
//   12 columns       pixels of a chunk, a multiple of 8
//   13 packed        1 where w is panels already, each group's by themselves
//   14 copied        1 where a chunk is copied
//   15 tail
//
// Scratch, in whole cache lines: panels of a group's weights unless packed, panels of a chunk if copied.

import { Command, Run } from "./command";
import { Tail } from "./conv2d-tail";
import { Gemm } from "./gemm";
import { Map } from "./map";
import { Simd } from "./simd";

export function conv2dPointwise(command: usize, thread: i32, threads: i32): void {
  const x = Command.pointer(command, 0);
  const w = Command.pointer(command, 2);
  const y = Command.pointer(command, 4);
  const epilogue = Command.block(command, 6);
  const n = Command.int(command, 7);
  const groups = Command.int(command, 8);
  const c = Command.int(command, 9);
  const o = Command.int(command, 10);
  const pixels = Command.int(command, 11);
  const columns = Command.int(command, 12);
  const packed = Command.int(command, 13) != 0;
  const copied = Command.int(command, 14) != 0;
  Tail.read(command, 15);

  const plane = (<usize>pixels) << 2;
  const panel = (<usize>c) << 5;
  const blocks = (o + 3) >> 2;
  const chunks = (pixels + columns - 1) / columns;
  const size = (<usize>(blocks * c)) << 4;
  const copy = packed ? Run.kernelScratch : Run.kernelScratch + ((size + 63) & ~63);
  let loaded = -1;
  let unit = Run.share(n * groups * chunks * blocks, 1, thread, threads);
  const end = Run.share(n * groups * chunks * blocks, 1, thread + 1, threads);
  while (unit < end) {
    const item = unit / blocks;
    const first = unit - item * blocks;
    const after = min(blocks, first + end - unit);
    unit += after - first;
    const image = item / chunks;
    const at = (item - image * chunks) * columns;
    const group = image % groups;
    const count = min(columns, pixels - at);
    let weights = w + <usize>group * size;
    if (!packed) {
      weights = Run.kernelScratch;
      const row = (<usize>c) << 2;
      if (group != loaded) Gemm.packA(weights, w + <usize>(group * o) * row, row, 4, o, c);
      loaded = group;
    }
    let source = x + <usize>(image * c) * plane + ((<usize>at) << 2);
    let sourceStep = plane;
    let sourcePanel: usize = 32;
    if (copied) {
      Gemm.packB(copy, source, plane, 4, c, count);
      source = copy;
      sourceStep = 32;
      sourcePanel = panel;
    }
    for (let block = first; block < after; block++) {
      const channel = group * o + (block << 2);
      const rows = min(4, o - (block << 2));
      const start = (image * o + (block << 2)) * pixels + at;
      const a = weights + <usize>block * (panel >> 1);
      let to = y + ((<usize>start) << 2);
      let b = source;
      for (let j = 0; j < count; j += 8) {
        Pointwise.tile(c, a, b, sourceStep, to, plane, rows, min(8, count - j), Tail.of(channel));
        b += sourcePanel;
        to += 32;
      }
      if (epilogue == 0) continue;
      if (count == pixels) Map.range(epilogue, start, start + rows * pixels);
      else for (let i = 0; i < rows; i++) Map.range(epilogue, start + i * pixels, start + i * pixels + count);
    }
  }
}

class Pointwise {
  /** The first `rows` ≤ 4 channels of a block at the first `columns` ≤ 8 pixels of a panel. */
  static tile(
    depth: i32,
    a: usize,
    b: usize,
    bStep: usize,
    to: usize,
    plane: usize,
    rows: i32,
    columns: i32,
    bias: usize,
  ): void {
    let c00 = f32x4.splat(0),
      c01 = f32x4.splat(0);
    let c10 = f32x4.splat(0),
      c11 = f32x4.splat(0);
    let c20 = f32x4.splat(0),
      c21 = f32x4.splat(0);
    let c30 = f32x4.splat(0),
      c31 = f32x4.splat(0);
    while (depth > 0) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      let x = v128.load_splat<f32>(a);
      c00 = Simd.madd(x, b0, c00);
      c01 = Simd.madd(x, b1, c01);
      x = v128.load_splat<f32>(a, 4);
      c10 = Simd.madd(x, b0, c10);
      c11 = Simd.madd(x, b1, c11);
      x = v128.load_splat<f32>(a, 8);
      c20 = Simd.madd(x, b0, c20);
      c21 = Simd.madd(x, b1, c21);
      x = v128.load_splat<f32>(a, 12);
      c30 = Simd.madd(x, b0, c30);
      c31 = Simd.madd(x, b1, c31);
      b += bStep;
      // A second way out, as in gemm.ts.
      if (--depth == 0) break;
      const d0 = v128.load(b);
      const d1 = v128.load(b, 16);
      let z = v128.load_splat<f32>(a, 16);
      c00 = Simd.madd(z, d0, c00);
      c01 = Simd.madd(z, d1, c01);
      z = v128.load_splat<f32>(a, 20);
      c10 = Simd.madd(z, d0, c10);
      c11 = Simd.madd(z, d1, c11);
      z = v128.load_splat<f32>(a, 24);
      c20 = Simd.madd(z, d0, c20);
      c21 = Simd.madd(z, d1, c21);
      z = v128.load_splat<f32>(a, 28);
      c30 = Simd.madd(z, d0, c30);
      c31 = Simd.madd(z, d1, c31);
      a += 32;
      b += bStep;
      depth--;
    }
    const step = Tail.step;
    Pointwise.put(to, c00, c01, columns, bias);
    if (rows == 1) return;
    Pointwise.put(to + plane, c10, c11, columns, bias + step);
    if (rows == 2) return;
    Pointwise.put(to + 2 * plane, c20, c21, columns, bias + 2 * step);
    if (rows == 3) return;
    Pointwise.put(to + 3 * plane, c30, c31, columns, bias + 3 * step);
  }

  @inline
  static put(to: usize, low: v128, high: v128, columns: i32, bias: usize): void {
    Gemm.put(to, Tail.apply(low, bias), Tail.apply(high, bias), columns, false);
  }
}
