// Gradient of convolution with respect to its input (a transposed convolution):
// dx[n, c, y, x] = Σ dy[n, o, r, q] · w[o, c, ky, kx] over all o and all taps with r·sh + ky·dh = y + top, q·sw + kx·dw = x + left.
//
// The pixels of one phase ((y + top) mod sh, (x + left) mod sw) meet the same taps, and for them the sum is a convolution of
// stride 1 over dy: with y + top = sh·p + phase, tap ky reads row p − (ky·dh − phase) / sh. So every phase runs the tiles of
// the forward direction (conv2d-tile.ts) over a stage of dy with zeros around it, and writes every sw-th pixel. A phase that
// no tap reaches gets zeros.
//
// Work is split over (group, chunk of channel blocks, image, block of up to 4 channels). The weights of a chunk are copied
// once to [channel][phase][o][ky][kx], the order of the taps. A band is `rows` values of p; a chunk is `chunk` blocks.
//
// Scratch: table (o / groups · kh · kw words), packed weights (4 · chunk channels of as many), the stage of one band of dy.

import { Command, Run } from "./command";
import { Conv, Stage } from "./conv2d-shape";
import { Tile } from "./conv2d-tile";
import { Map } from "./map";

export function conv2dInput(command: usize, thread: i32, threads: i32): void {
  Conv.read(command);
  const dy = Command.pointer(command, 0);
  const weights = Command.pointer(command, 2);
  const dx = Command.pointer(command, 4);
  const n = Conv.n,
    h = Conv.h,
    w = Conv.w,
    kh = Conv.kh,
    kw = Conv.kw,
    oh = Conv.oh,
    ow = Conv.ow;
  const sh = Conv.sh,
    top = Conv.top,
    groups = Conv.groups;
  const cg = Conv.c / groups;
  const og = Conv.o / groups;
  const taps = og * kh * kw;

  // Rows and columns of zeros before dy; the number of values of p.
  const before = ((kh - 1) * Conv.dh) / sh;
  const beside = ((kw - 1) * Conv.dw) / Conv.sw;
  const bands = (h - 1 + top) / sh + 1;
  Stage.hq = Conv.rows + before;
  Stage.wq = (w - 1 + Conv.left) / Conv.sw + 1 + beside;
  const table = Run.kernelScratch;
  const packed = table + Conv.line(taps << 2);
  const stage = packed + Conv.line((Conv.chunk * taps) << 4);
  InputTaps.table(table, og, before, beside);
  Tile.pitch = (<usize>taps) << 2;
  Tile.plane = (<usize>(h * w)) << 2;
  Tile.step = (<usize>Conv.sw) << 2;

  const blocks = (cg + 3) >> 2;
  const units = groups * n * blocks;
  const begin = Run.share(units, 1, thread, threads);
  const end = Run.share(units, 1, thread + 1, threads);
  let unit = 0;
  for (let group = 0; group < groups; group++) {
    for (let chunk = 0; chunk < blocks; chunk += Conv.chunk) {
      const size = min(Conv.chunk, blocks - chunk);
      const channel = chunk << 2;
      let empty = true;
      for (let image = 0; image < n; image++, unit += size) {
        const first = max(begin - unit, 0);
        const after = min(end - unit, size);
        if (first >= after) continue;
        if (empty) InputTaps.pack(packed, weights, group * og, og, cg, channel, min(size << 2, cg - channel));
        empty = false;
        const from = dy + ((<usize>((image * groups + group) * og * oh * ow)) << 2);
        for (let p = 0; p < bands; p += Conv.rows) {
          Stage.fill(stage, from, og, oh, ow, p - before, beside, 1, 1, 1, 1, 1, 1);
          for (let block = chunk + first; block < chunk + after; block++) {
            const c = block << 2;
            const plane = ((image * groups + group) * cg + c) * h * w;
            const channels = min(cg - c, 4);
            InputTaps.band(
              channels,
              packed + <usize>(c - channel) * Tile.pitch,
              table,
              og,
              stage,
              dx + ((<usize>plane) << 2),
              p,
            );
            if (Conv.epilogue == 0) continue;
            const y0 = max(p * sh - top, 0);
            const y1 = min((p + Conv.rows) * sh - top, h);
            if (y1 - y0 == h) Map.range(Conv.epilogue, plane, plane + channels * h * w);
            else if (y1 > y0) {
              for (let i = 0; i < channels; i++)
                Map.range(Conv.epilogue, plane + (i * h + y0) * w, plane + (i * h + y1) * w);
            }
          }
        }
      }
    }
  }
}

class InputTaps {
  /** One block's pixels of band p: all phases, one after another. */
  static band(channels: i32, packed: usize, table: usize, og: i32, stage: usize, dx: usize, p: i32): void {
    const sh = Conv.sh,
      sw = Conv.sw,
      h = Conv.h,
      w = Conv.w,
      top = Conv.top,
      left = Conv.left;
    for (let ry = 0; ry < sh; ry++) {
      const ny = InputTaps.count(ry, sh, Conv.kh, Conv.dh);
      // Values of p with a pixel sh·p + ry − top inside the plane.
      const p0 = max(p, top > ry ? (top - ry + sh - 1) / sh : 0);
      const p1 = min(p + Conv.rows, h - 1 + top < ry ? 0 : (h - 1 + top - ry) / sh + 1);
      for (let rx = 0; rx < sw; rx++) {
        const taps = og * ny * InputTaps.count(rx, sw, Conv.kw, Conv.dw);
        const q0 = left > rx ? (left - rx + sw - 1) / sw : 0;
        const q1 = w - 1 + left < rx ? 0 : (w - 1 + left - rx) / sw + 1;
        Tile.taps = taps;
        Tile.table = table;
        if (p1 > p0 && q1 > q0) {
          const source = stage + ((<usize>((p0 - p) * Stage.wq + q0)) << 2);
          const to = dx + ((<usize>((p0 * sh + ry - top) * w + q0 * sw + rx - left)) << 2);
          Tile.run(channels, packed, source, (<usize>Stage.wq) << 2, to, (<usize>(sh * w)) << 2, p1 - p0, q1 - q0);
        }
        packed += (<usize>taps) << 2;
        table += (<usize>taps) << 2;
      }
    }
  }

  /** How many of `k` taps, `d` apart, fall on the phase. */
  static count(phase: i32, s: i32, k: i32, d: i32): i32 {
    let count = 0;
    for (let i = 0; i < k; i++) if ((i * d) % s == phase) count++;
    return count;
  }

  /** Byte offsets of the taps in the stage, phase by phase. */
  static table(table: usize, og: i32, before: i32, beside: i32): void {
    const sh = Conv.sh,
      sw = Conv.sw;
    for (let ry = 0; ry < sh; ry++) {
      for (let rx = 0; rx < sw; rx++) {
        for (let o = 0; o < og; o++) {
          for (let ky = 0; ky < Conv.kh; ky++) {
            const y = ky * Conv.dh;
            if (y % sh != ry) continue;
            for (let kx = 0; kx < Conv.kw; kx++) {
              const x = kx * Conv.dw;
              if (x % sw != rx) continue;
              store<i32>(table, ((o * Stage.hq + before - y / sh) * Stage.wq + beside - x / sw) << 2);
              table += 4;
            }
          }
        }
      }
    }
  }

  /** Copies the weights of `channels` channels of a group, whose first output is o0, in the order of the table. */
  static pack(packed: usize, weights: usize, o0: i32, og: i32, cg: i32, channel: i32, channels: i32): void {
    const kh = Conv.kh,
      kw = Conv.kw,
      sh = Conv.sh,
      sw = Conv.sw;
    const row = (<usize>(cg * kh * kw)) << 2;
    for (let c = channel; c < channel + channels; c++) {
      const from = weights + <usize>o0 * row + ((<usize>(c * kh * kw)) << 2);
      for (let ry = 0; ry < sh; ry++) {
        for (let rx = 0; rx < sw; rx++) {
          for (let o = 0; o < og; o++) {
            for (let ky = 0; ky < kh; ky++) {
              if ((ky * Conv.dh) % sh != ry) continue;
              for (let kx = 0; kx < kw; kx++) {
                if ((kx * Conv.dw) % sw != rx) continue;
                store<f32>(packed, load<f32>(from + <usize>o * row + ((<usize>(ky * kw + kx)) << 2)));
                packed += 4;
              }
            }
          }
        }
      }
    }
  }
}
