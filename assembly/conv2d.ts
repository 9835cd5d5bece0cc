// Convolution, the direct way: y[n, o, r, q] = Σ x[n, c, r·sh + ky·dh − top, q·sw + kx·dw − left] · w[o, c, ky, kx].
//
// Work is split over (image, group, block of up to 4 output channels). For every band of output rows the image is staged
// (conv2d-shape.ts), unless it has neither stride nor padding, and each block of channels runs over the band (conv2d-tile.ts).
// A band is `rows` output rows, or `columns` columns where the output is one row; arguments as in conv2d-shape.ts.
//
// Scratch: taps table (c / groups · kh · kw words), then the stage of one band, both in whole cache lines.

import { Command, Run } from "./command";
import { Conv, Stage } from "./conv2d-shape";
import { Tile } from "./conv2d-tile";
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
  const stage = table + Conv.line(taps << 2);
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

  const blocks = (og + 3) >> 2;
  const units = n * groups * blocks;
  let unit = Run.share(units, 1, thread, threads);
  const end = Run.share(units, 1, thread + 1, threads);
  while (unit < end) {
    const image = unit / blocks;
    const first = unit - image * blocks;
    const after = min(blocks, first + end - unit);
    unit += after - first;
    const group = image % groups;
    const from = x + ((<usize>(image * cg * h * w)) << 2);
    for (let r = 0; r < oh; r += Conv.rows) {
      const rows = min(Conv.rows, oh - r);
      let source = from + ((<usize>(r * w)) << 2);
      if (!bare) {
        source = stage;
        Stage.fill(stage, from, cg, h, w, r * sh - Conv.top, Conv.left, sh, sw, kh, kw, dh, dw);
      }
      for (let q = 0; q < ow; q += Conv.columns) {
        const columns = min(Conv.columns, ow - q);
        for (let block = first; block < after; block++) {
          const o = block << 2;
          const channels = min(og - o, 4);
          const start = (image * og + o) * plane + r * ow + q;
          Tile.run(
            channels,
            weights + <usize>(group * og + o) * Tile.pitch,
            source + ((<usize>q) << 2),
            (<usize>Stage.wq) << 2,
            y + ((<usize>start) << 2),
            (<usize>ow) << 2,
            rows,
            columns,
          );
          if (Conv.epilogue == 0) continue;
          const count = (rows - 1) * ow + columns;
          if (count == plane) Map.range(Conv.epilogue, start, start + channels * plane);
          else
            for (let i = 0; i < channels; i++) Map.range(Conv.epilogue, start + i * plane, start + i * plane + count);
        }
      }
    }
  }
}
