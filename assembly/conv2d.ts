// Convolution, the direct way: y[n, o, r, q] = Σ x[n, c, r·sh + ky·dh − top, q·sw + kx·dw − left] · w[o, c, ky, kx].
//
// Work is split over (image, group, block of output channels). For every band of output rows the image is staged
// (conv2d-shape.ts), unless it has neither stride nor padding, and each block of channels runs over the band: 4 channels ×
// vectors of a row (conv2d-tile.ts), or 8 channels × 4 points (conv2d-points.ts). A band is `rows` output rows; arguments
// as in conv2d-shape.ts.
//
// Scratch, in whole cache lines: taps table (c / groups · kh · kw words); for points their offsets (a word each, and 64
// bytes) and the packed weights; the stage of one band.

import { Command, Run } from "./command";
import { Points } from "./conv2d-points";
import { Conv, Stage } from "./conv2d-shape";
import { Tile } from "./conv2d-tile";
import { Gemm } from "./gemm";
import { Map } from "./map";

export function conv2d(command: usize, thread: i32, threads: i32): void {
  Conv.read(command);
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
  Stage.table(table, cg);
  Tile.taps = taps;
  Tile.table = table;
  Tile.pitch = (<usize>taps) << 2;
  Tile.plane = (<usize>plane) << 2;
  Tile.step = 4;

  // Tiles of points: 8 channels a block, their weights in panels; else 4 channels, their weights as they lie.
  const points = Conv.choice == 1;
  const size = points ? 8 : 4;
  const blocks = (og + size - 1) / size;
  const units = n * groups * blocks;
  let unit = Run.share(units, 1, thread, threads);
  const end = Run.share(units, 1, thread + 1, threads);
  let packed: usize = 0;
  if (points) {
    Points.table = stage;
    packed = stage + Conv.line((Conv.rows * ow) << 2) + 64;
    stage = packed + Conv.line((blocks * taps) << 5);
    Points.offsets(Conv.rows, ow, Stage.wq);
    // The blocks of this share: all of them where it spans images.
    const b0 = end - unit < blocks && unit % blocks < end % blocks ? unit % blocks : 0;
    const count = end - unit < blocks && unit % blocks < end % blocks ? end - unit : blocks;
    const skip = <usize>b0 * 8 * Tile.pitch;
    if (end > unit) Gemm.packB(packed + skip, weights + skip, 4, Tile.pitch, taps, min(og - (b0 << 3), count << 3));
  }
  while (unit < end) {
    const image = unit / blocks;
    const first = unit - image * blocks;
    const after = min(blocks, first + end - unit);
    unit += after - first;
    const group = image % groups;
    const from = x + ((<usize>(image * cg * h * w)) << 2);
    for (let r = 0; r < oh; r += Conv.rows) {
      const rows = min(Conv.rows, oh - r);
      const count = rows * ow;
      let source = from + ((<usize>(r * w)) << 2);
      if (!bare) {
        source = stage;
        Stage.fill(stage, from, cg, h, w, r * sh - Conv.top, Conv.left, sh, sw, kh, kw, dh, dw);
      }
      for (let block = first; block < after; block++) {
        const o = block * size;
        const channels = min(og - o, size);
        const start = (image * og + o) * plane + r * ow;
        const to = y + ((<usize>start) << 2);
        if (points) Points.run(channels, packed + <usize>o * Tile.pitch, source, to, count);
        else {
          const at = weights + <usize>(group * og + o) * Tile.pitch;
          Tile.run(channels, at, source, (<usize>Stage.wq) << 2, to, (<usize>ow) << 2, rows, ow);
        }
        if (Conv.epilogue == 0) continue;
        if (count == plane) Map.range(Conv.epilogue, start, start + channels * plane);
        else for (let i = 0; i < channels; i++) Map.range(Conv.epilogue, start + i * plane, start + i * plane + count);
      }
    }
  }
}
