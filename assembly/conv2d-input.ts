// Gradient of convolution with respect to its input (a transposed convolution):
// dx[n, c, y, x] = Σ dy[n, o, r, q] · w[o, c, ky, kx] over all o and all taps with r·sh + ky·dh = y + top, q·sw + kx·dw = x + left.
//
// The pixels of one phase ((y + top) mod sh, (x + left) mod sw) meet the same taps, and for them the sum is a convolution of
// stride 1 over dy: with y + top = sh·p + phase, tap ky reads row p − (ky·dh − phase) / sh. So every phase runs the tiles of
// the forward direction (conv2d-tile.ts) over a stage of dy with zeros around it, and writes every sw-th pixel. A phase that
// no tap reaches gets zeros.
//
// Work is split over (group, chunk of channel blocks, image, block of up to 4 channels). The weights of a chunk are copied
// once to [block][phase][ky][o][kx][4 channels], the order of the taps: where a border cuts off rows of taps, those of one p are still
// neighbours, and only they are computed. A band is `rows` values of p; a chunk is `choice` blocks, or 0 for
// weights that lie so already (conv2d-pack.ts).
//
// Scratch: reaches (sh words a p), table (o / groups · kh · kw words), packed weights (4 · choice channels of as many), the
// stage of one band of dy.

import { Command, Run } from "./command";
import { Reach } from "./conv2d-reach";
import { Conv, Stage } from "./conv2d-shape";
import { Tail } from "./conv2d-tail";
import { Tile } from "./conv2d-tile";
import { Map } from "./map";

export function conv2dInput(command: usize, thread: i32, threads: i32): void {
  Conv.read(command);
  Tail.read(command, 25);
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
  const blocks = (cg + 3) >> 2;
  const given = Conv.choice == 0;
  const chunkBlocks = given ? blocks : Conv.choice;

  // Rows and columns of zeros before dy; the number of values of p.
  const before = ((kh - 1) * Conv.dh) / sh;
  const beside = ((kw - 1) * Conv.dw) / Conv.sw;
  const bands = (h - 1 + top) / sh + 1;
  Stage.hq = Conv.rows + before;
  Stage.wq = (w - 1 + Conv.left) / Conv.sw + 1 + beside;
  const reaches = Run.kernelScratch;
  const table = reaches + Conv.line((sh * bands) << 2);
  let packed = table + Conv.line(taps << 2);
  const stage = given ? packed : packed + Conv.line((chunkBlocks * taps) << 4);
  InputTaps.reaches(reaches, bands);
  InputTaps.table(table, og, before, beside);
  Reach.plane = (<usize>(h * w)) << 2;
  Tile.step = (<usize>Conv.sw) << 2;

  const units = groups * n * blocks;
  const begin = Run.share(units, 1, thread, threads);
  const end = Run.share(units, 1, thread + 1, threads);
  let unit = 0;
  for (let group = 0; group < groups; group++) {
    for (let chunk = 0; chunk < blocks; chunk += chunkBlocks) {
      const size = min(chunkBlocks, blocks - chunk);
      const channel = chunk << 2;
      let empty = true;
      for (let image = 0; image < n; image++, unit += size) {
        const first = max(begin - unit, 0);
        const after = min(end - unit, size);
        if (first >= after) continue;
        if (given) packed = weights + ((<usize>(group * blocks * taps)) << 4);
        else if (empty) InputTaps.pack(packed, weights, group * og, og, cg, channel, min(size << 2, cg - channel));
        empty = false;
        const from = dy + ((<usize>((image * groups + group) * og * oh * ow)) << 2);
        for (let p = 0; p < bands; p += Conv.rows) {
          Stage.fill<f32>(stage, from, og, oh, ow, p - before, beside, 1, 1, 1, 1, 1, 1);
          for (let block = chunk + first; block < chunk + after; block++) {
            const c = block << 2;
            const plane = ((image * groups + group) * cg + c) * h * w;
            const channels = min(cg - c, 4);
            Reach.bias = Tail.of(group * cg + c);
            InputTaps.band(
              channels,
              packed + ((<usize>((c - channel) * taps)) << 2),
              reaches,
              bands,
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

export class InputTaps {
  /** One block's pixels of the band from p = `first` on: all phases, one after another. */
  static band(
    channels: i32,
    packed: usize,
    reaches: usize,
    bands: i32,
    table: usize,
    og: i32,
    stage: usize,
    dx: usize,
    first: i32,
  ): void {
    const sh = Conv.sh,
      sw = Conv.sw,
      h = Conv.h,
      w = Conv.w,
      top = Conv.top,
      left = Conv.left;
    for (let ry = 0; ry < sh; ry++) {
      const ny = InputTaps.count(ry, sh, Conv.kh, Conv.dh);
      // Values of p with a pixel sh·p + ry − top inside the plane.
      const p0 = max(first, top > ry ? (top - ry + sh - 1) / sh : 0);
      const p1 = min(first + Conv.rows, h - 1 + top < ry ? 0 : (h - 1 + top - ry) / sh + 1);
      for (let rx = 0; rx < sw; rx++) {
        // The taps of one row ky, of all outputs.
        const line = og * InputTaps.count(rx, sw, Conv.kw, Conv.dw);
        const taps = ny * line;
        const q0 = left > rx ? (left - rx + sw - 1) / sw : 0;
        const q1 = w - 1 + left < rx ? 0 : (w - 1 + left - rx) / sw + 1;
        for (let p = p0; p < p1 && q1 > q0; ) {
          // Rows of taps [k0, k1) reach dy from p on, and from the rows after it, up to `same`, too.
          const reach = load<i32>(reaches + ((<usize>p) << 2));
          const k0 = reach & 0xffff;
          const k1 = reach >>> 16;
          let same = p + 1;
          while (same < p1 && load<i32>(reaches + ((<usize>same) << 2)) == reach) same++;
          Reach.taps = (k1 - k0) * line;
          const skip = (<usize>(k0 * line)) << 2;
          Reach.table = table + skip;
          const source = stage + ((<usize>((p - first) * Stage.wq + q0)) << 2);
          const to = dx + ((<usize>((p * sh + ry - top) * w + q0 * sw + rx - left)) << 2);
          Tile.run(
            channels,
            packed + 4 * skip,
            source,
            (<usize>Stage.wq) << 2,
            to,
            (<usize>(sh * w)) << 2,
            same - p,
            q1 - q0,
          );
          p = same;
        }
        packed += (<usize>taps) << 4;
        table += (<usize>taps) << 2;
      }
      reaches += (<usize>bands) << 2;
    }
  }

  /** How many of `k` taps, `d` apart, fall on the phase. */
  static count(phase: i32, s: i32, k: i32, d: i32): i32 {
    let count = 0;
    for (let i = 0; i < k; i++) if ((i * d) % s == phase) count++;
    return count;
  }

  /** For every row phase and every p the rows of taps [k0, k1) that reach dy: k0 + 65536 · k1. */
  static reaches(to: usize, bands: i32): void {
    for (let ry = 0; ry < Conv.sh; ry++) {
      for (let p = 0; p < bands; p++, to += 4) {
        let k0 = 0;
        let k1 = 0;
        for (let i = 0; i < Conv.kh; i++) {
          const y = i * Conv.dh;
          if (y % Conv.sh != ry) continue;
          if (y / Conv.sh <= p - Conv.oh) k0++;
          if (y / Conv.sh <= p) k1++;
        }
        store<i32>(to, k0 | (k1 << 16));
      }
    }
  }

  /** Byte offsets of the taps in the stage, phase by phase. */
  static table(table: usize, og: i32, before: i32, beside: i32): void {
    const sh = Conv.sh,
      sw = Conv.sw;
    for (let ry = 0; ry < sh; ry++) {
      for (let rx = 0; rx < sw; rx++) {
        for (let ky = 0; ky < Conv.kh; ky++) {
          const y = ky * Conv.dh;
          if (y % sh != ry) continue;
          for (let o = 0; o < og; o++) {
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
    const block = (<usize>(og * kh * kw)) << 4;
    for (let i = 0; i < channels; i++) {
      const from = weights + <usize>o0 * row + ((<usize>((channel + i) * kh * kw)) << 2);
      let to = packed + <usize>(i >> 2) * block + ((<usize>(i & 3)) << 2);
      for (let ry = 0; ry < sh; ry++) {
        for (let rx = 0; rx < sw; rx++) {
          for (let ky = 0; ky < kh; ky++) {
            if ((ky * Conv.dh) % sh != ry) continue;
            for (let o = 0; o < og; o++) {
              for (let kx = 0; kx < kw; kx++) {
                if ((kx * Conv.dw) % sw != rx) continue;
                store<f32>(to, load<f32>(from + <usize>o * row + ((<usize>(ky * kw + kx)) << 2)));
                to += 16;
              }
            }
          }
        }
      }
    }
  }
}
