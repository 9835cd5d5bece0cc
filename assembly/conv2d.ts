// Convolution, the direct way: y[n, o, r, q] = Σ x[n, c, r·sh + ky·dh − top, q·sw + kx·dw − left] · w[o, c, ky, kx].
//
// Work is split over (group, image, block of output channels). For every band of output rows the image is staged
// (conv2d-shape.ts), unless it has neither stride nor padding, and each block of channels runs over the band: 4 channels ×
// vectors of a row (conv2d-tile.ts), or 8 channels × 4 points (conv2d-points.ts). A band is `rows` output rows; arguments
// as in conv2d-shape.ts.
//
// Scratch, in whole cache lines: taps table (c / groups · kh · kw words); for points their offsets (a word each, and 64
// bytes); the packed weights of a group unless they are given; the stage of one band.

import { Command, Run } from "./command";
import { Points } from "./conv2d-points";
import { Reach } from "./conv2d-reach";
import { Conv, Stage } from "./conv2d-shape";
import { Tail } from "./conv2d-tail";
import { Tile } from "./conv2d-tile";
import { Gemm } from "./gemm";
import { Map } from "./map";

export function conv2d(command: usize, thread: i32, threads: i32): void {
  Conv.read(command);
  Tail.read(command, 25);
  const x = Command.pointer(command, 0);
  const weights = Command.pointer(command, 2);
  const y = Command.pointer(command, 4);
  const n = Conv.n,
    h = Conv.h,
    w = Conv.w,
    kh = Conv.kh,
    kw = Conv.kw,
    oh = Conv.oh,
    ow = Conv.ow;
  const sh = Conv.sh,
    sw = Conv.sw,
    dh = Conv.dh,
    dw = Conv.dw,
    groups = Conv.groups;
  const cg = Conv.c / groups;
  const og = Conv.o / groups;
  const taps = cg * kh * kw;
  const plane = oh * ow;
  // The last rows and columns that a tap may read, without padding and stride, must be pixels.
  const bare =
    sh == 1 && sw == 1 && Conv.top == 0 && Conv.left == 0 && oh - 1 + (kh - 1) * dh < h && ow - 1 + (kw - 1) * dw < w;

  const table = Run.kernelScratch;
  let stage = table + Conv.line(taps << 2);
  if (bare) {
    Stage.hq = h;
    Stage.wq = w;
  } else {
    Stage.hq = Conv.rows + ((kh - 1) * dh) / sh;
    Stage.wq = ow + ((kw - 1) * dw) / sw;
  }
  Stage.table<f32>(table, cg);
  Reach.taps = taps;
  Reach.table = table;
  const row = (<usize>taps) << 2;
  Reach.plane = (<usize>plane) << 2;
  Tile.step = 4;

  // Weights are packed by blocks of channels: 8 for tiles of points, else 4.
  const points = (Conv.choice & 1) != 0;
  const given = (Conv.choice & 2) != 0;
  const size = points ? 8 : 4;
  const blocks = (og + size - 1) / size;
  const units = n * groups * blocks;
  let unit = Run.share(units, 1, thread, threads);
  const end = Run.share(units, 1, thread + 1, threads);
  if (points) {
    Points.table = stage;
    Points.offsets(Conv.rows, ow, Stage.wq);
    stage += Conv.line((Conv.rows * ow) << 2) + 64;
  }
  let packed = stage;
  if (!given) stage += Conv.line((blocks * size * taps) << 2);
  let loaded = -1;
  while (unit < end) {
    const item = unit / blocks;
    const group = item / n;
    const image = (item - group * n) * groups + group;
    const first = unit - item * blocks;
    const after = min(blocks, first + end - unit);
    unit += after - first;
    if (given) packed = weights + <usize>(group * blocks * size) * row;
    else if (group != loaded) {
      // Only the blocks of this share, where it has but one image of the group.
      const only = unit == end || unit == (group + 1) * n * blocks;
      const b0 = only ? first * size : 0;
      const b1 = min(og, only ? after * size : og);
      const at = weights + <usize>(group * og + b0) * row;
      if (points) Gemm.packB(packed + <usize>b0 * row, at, 4, row, taps, b1 - b0);
      else Gemm.packA(packed + <usize>b0 * row, at, row, 4, b1 - b0, taps);
      loaded = group;
    }
    const from = x + ((<usize>(image * cg * h * w)) << 2);
    for (let r = 0; r < oh; r += Conv.rows) {
      const rows = min(Conv.rows, oh - r);
      const count = rows * ow;
      let source = from + ((<usize>(r * w)) << 2);
      if (!bare) {
        source = stage;
        Stage.fill<f32>(stage, from, cg, h, w, r * sh - Conv.top, Conv.left, sh, sw, kh, kw, dh, dw);
      }
      for (let block = first; block < after; block++) {
        const o = block * size;
        const channels = min(og - o, size);
        const start = (image * og + o) * plane + r * ow;
        const to = y + ((<usize>start) << 2);
        const at = packed + <usize>o * row;
        Reach.bias = Tail.of(group * og + o);
        if (points) Points.run(channels, at, source, to, count);
        else Tile.run(channels, at, source, (<usize>Stage.wq) << 2, to, (<usize>ow) << 2, rows, ow);
        if (Conv.epilogue == 0) continue;
        if (count == plane) Map.range(Conv.epilogue, start, start + channels * plane);
        else for (let i = 0; i < channels; i++) Map.range(Conv.epilogue, start + i * plane, start + i * plane + count);
      }
    }
  }
}
