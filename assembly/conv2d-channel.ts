// Depthwise convolution of any kernel, stride and dilation: one output channel for every channel.
//
// Each plane is staged (conv2d-shape.ts), so that a tap is one vector whatever the stride and the padding, and a register
// tile is two neighbouring vectors in each of two rows of outputs:
//
//   for taps            one word of the table, one broadcast weight, four vectors of the stage
//
// An output is the sum over its taps in ascending order, starting at 0; its tail (conv2d-tail.ts) is applied before it is
// stored. Work is split over planes. Arguments as in conv2d-shape.ts; the lowering asks for at least 4 columns.
//
// Scratch, in whole cache lines: taps table (kh · kw words), the stage of a plane and of one row more.

import { Command, Run } from "./command";
import { Conv, Stage } from "./conv2d-shape";
import { Tail } from "./conv2d-tail";
import { Map } from "./map";
import { Simd } from "./simd";

/** Elements that an epilogue is given at a time, at least. */
const MAPPED = 1024;

export function conv2dChannel(command: usize, thread: i32, threads: i32): void {
  Conv.read(command);
  Tail.read(command, 25);
  const x = Command.pointer(command, 0);
  const weights = Command.pointer(command, 2);
  const y = Command.pointer(command, 4);
  const c = Conv.c,
    h = Conv.h,
    w = Conv.w,
    kh = Conv.kh,
    kw = Conv.kw,
    oh = Conv.oh,
    ow = Conv.ow,
    sh = Conv.sh,
    sw = Conv.sw;
  const plane = oh * ow;
  const size = (<usize>(h * w)) << 2;
  const taps = (<usize>(kh * kw)) << 2;
  const table = Run.kernelScratch;
  const stage = table + Conv.line((kh * kw) << 2);
  Stage.hq = oh + ((kh - 1) * Conv.dh) / sh;
  Stage.wq = ow + ((kw - 1) * Conv.dw) / sw;
  Stage.table<f32>(table, 1);
  const from = Run.share(Conv.n * c, 1, thread, threads);
  const end = Run.share(Conv.n * c, 1, thread + 1, threads);
  let mapped = from * plane;
  for (let i = from; i < end; i++) {
    const channel = i % c;
    Stage.fill<f32>(stage, x + <usize>i * size, 1, h, w, -Conv.top, Conv.left, sh, sw, kh, kw, Conv.dh, Conv.dw);
    Channel.plane(
      table,
      table + taps,
      weights + <usize>channel * taps,
      stage,
      y + ((<usize>(i * plane)) << 2),
      Tail.of(channel),
    );
    const done = (i + 1) * plane;
    if (Conv.epilogue != 0 && (done - mapped >= MAPPED || i + 1 == end)) {
      Map.range(Conv.epilogue, mapped, done);
      mapped = done;
    }
  }
}

class Channel {
  /** Rows in pairs, columns in pairs of vectors; the last of each overlap those before. */
  static plane(table: usize, end: usize, weights: usize, stage: usize, y: usize, bias: usize): void {
    const oh = Conv.oh,
      ow = Conv.ow;
    const pitch = (<usize>Stage.wq) << 2;
    const row = (<usize>ow) << 2;
    // Of a single row the second half of the tile follows the first, or is the first again.
    const long = oh == 1 && ow >= 16;
    const below: usize = long ? 32 : oh > 1 ? pitch : 0;
    const under: usize = long ? 32 : oh > 1 ? row : 0;
    const beside: usize = ow >= 8 ? 16 : (<usize>(ow - 4)) << 2;
    const step = long ? 16 : 8;
    for (let r = 0; r < oh; r += 2) {
      const top = <usize>max(0, min(r, oh - 2));
      for (let q = 0; q < ow; q += step) {
        const column = (<usize>max(0, min(q, ow - step))) << 2;
        Channel.tile(
          table,
          end,
          weights,
          stage + top * pitch + column,
          below,
          beside,
          y + top * row + column,
          under,
          bias,
        );
      }
    }
  }

  static tile(
    t: usize,
    end: usize,
    w: usize,
    s: usize,
    below: usize,
    beside: usize,
    to: usize,
    under: usize,
    bias: usize,
  ): void {
    let c00 = f32x4.splat(0),
      c01 = f32x4.splat(0),
      c10 = f32x4.splat(0),
      c11 = f32x4.splat(0);
    const s1 = s + beside,
      s2 = s + below,
      s3 = s + below + beside;
    for (; t < end; t += 4, w += 4) {
      const offset = load<u32>(t);
      const k = v128.load_splat<f32>(w);
      c00 = Simd.madd(k, v128.load(s + offset), c00);
      c01 = Simd.madd(k, v128.load(s1 + offset), c01);
      c10 = Simd.madd(k, v128.load(s2 + offset), c10);
      c11 = Simd.madd(k, v128.load(s3 + offset), c11);
    }
    v128.store(to, Tail.apply(c00, bias));
    v128.store(to + beside, Tail.apply(c01, bias));
    v128.store(to + under, Tail.apply(c10, bias));
    v128.store(to + under + beside, Tail.apply(c11, bias));
  }
}
