// Depthwise 3 × 3 convolution, one output or several for every channel: strides 1 and 2.
//
// Nothing is copied. A strip is 4 columns of outputs, walked from the first row of a band to the last with the nine
// weights in registers; the tap kx of a strip is one unaligned vector of a row. At stride 1 each row is read once and gives
// to three rows of outputs: it ends the first, of which `a` is the sum so far, goes on with the second (`b`) and begins the
// third. Strips that reach into the padding take their vectors through masks; rows of padding are not walked at all.
// The last strip overlaps the one before, so that no lane is past the end.
//
// An output is (row 0 + row 1) + row 2, and a row's products are added in ascending order.
//
// Work is split over planes. Arguments as in conv2d-shape.ts, with `choice` 1 where the weights are read backwards: that is
// the gradient of the input at stride 1. The lowering asks for at least 4 columns, and at stride 1 at most 2 rows of padding.
//
// Scratch: three masks.

import { Command, Run } from "./command";
import { Conv } from "./conv2d-shape";
import { Tail } from "./conv2d-tail";
import { Map } from "./map";
import { Simd } from "./simd";

/** Elements that an epilogue is given at a time, at least. */
const MAPPED = 1024;

/** Floats of x under a band of outputs, more or less: both stay in the second-level cache. */
const BAND = 16384;

export function conv2dDepthwise(command: usize, thread: i32, threads: i32): void {
  Conv.read(command);
  Tail.read(command, 25);
  const x = Command.pointer(command, 0);
  const weights = Command.pointer(command, 2);
  const y = Command.pointer(command, 4);
  const h = Conv.h,
    w = Conv.w,
    o = Conv.o,
    oh = Conv.oh,
    ow = Conv.ow,
    top = Conv.top,
    stride = Conv.sw;
  const size = (<usize>(h * w)) << 2;
  const plane = oh * ow;
  const multiple = o / Conv.c;
  const rows = max(8, BAND / (w * stride));
  Depthwise.step = Conv.choice == 1 ? -4 : 4;
  const planes = Conv.n * o;
  const end = Run.share(planes, 1, thread + 1, threads);
  let mapped = Run.share(planes, 1, thread, threads) * plane;
  for (let i = Run.share(planes, 1, thread, threads); i < end; i++) {
    const source = x + <usize>(i / multiple) * size;
    let kernel = weights + <usize>(i % o) * 36;
    if (Conv.choice == 1) kernel += 32;
    for (let r = 0; r < oh; r += rows) {
      // The band as a plane of its own.
      const first = r * stride - top;
      const at = max(first, 0);
      Conv.top = max(-first, 0);
      Conv.h = h - at;
      Conv.oh = min(rows, oh - r);
      const to = y + ((<usize>(i * plane + r * ow)) << 2);
      Depthwise.band(source + ((<usize>(at * w)) << 2), to, kernel);
      if (Tail.some) Tail.plane(to, Conv.oh * ow, Tail.of(i % o));
    }
    const done = (i + 1) * plane;
    if (Conv.epilogue != 0 && (done - mapped >= MAPPED || i + 1 == end)) {
      Map.range(Conv.epilogue, mapped, done);
      mapped = done;
    }
  }
}

class Depthwise {
  /** Bytes from weight to weight. */
  static step: isize = 4;

  /** All strips of a band: Conv.h rows from `source` on, Conv.top rows of padding before them. */
  static band(source: usize, to: usize, kernel: usize): void {
    const w = Conv.w,
      ow = Conv.ow,
      stride = Conv.sw;
    for (let q = 0; q < ow; q += 4) {
      const column = min(q, ow - 4);
      const first = column * stride - Conv.left;
      const inside = first >= 0 && first + 3 * stride + 2 < w;
      const s = source + ((<isize>first) << 2);
      const d = to + ((<usize>column) << 2);
      if (!inside) Depthwise.masks(first, stride, w);
      if (stride == 1) {
        if (inside) Depthwise.inner1(s, d, kernel);
        else Depthwise.outer1(s, d, kernel);
      } else if (inside) Depthwise.inner2(s, d, kernel);
      else Depthwise.outer2(s, d, kernel);
    }
  }

  static inner1(s: usize, d: usize, w: usize): void {
    Depthwise.strip1(s, d, w, false);
  }

  static outer1(s: usize, d: usize, w: usize): void {
    Depthwise.strip1(s, d, w, true);
  }

  static inner2(s: usize, d: usize, w: usize): void {
    Depthwise.strip2(s, d, w, false);
  }

  static outer2(s: usize, d: usize, w: usize): void {
    Depthwise.strip2(s, d, w, true);
  }

  @inline
  static strip1(s: usize, to: usize, w: usize, masked: bool): void {
    const step = Depthwise.step;
    const w0 = v128.load_splat<f32>(w),
      w1 = v128.load_splat<f32>(w + step),
      w2 = v128.load_splat<f32>(w + 2 * step);
    const w3 = v128.load_splat<f32>(w + 3 * step),
      w4 = v128.load_splat<f32>(w + 4 * step),
      w5 = v128.load_splat<f32>(w + 5 * step);
    const w6 = v128.load_splat<f32>(w + 6 * step),
      w7 = v128.load_splat<f32>(w + 7 * step),
      w8 = v128.load_splat<f32>(w + 8 * step);
    const pitch = (<usize>Conv.w) << 2;
    const row = (<usize>Conv.ow) << 2;
    // Rows before the first of the outputs are written there and overwritten.
    let d = to - <usize>(2 - Conv.top) * row;
    const rows = min(Conv.h, Conv.oh + 2 - Conv.top);
    const end = s + <usize>rows * pitch;
    let a = f32x4.splat(0),
      b = f32x4.splat(0);
    for (; s < end; s += pitch, d += row) {
      const x0 = Depthwise.tap1(s, 0, masked),
        x1 = Depthwise.tap1(s + 4, 1, masked),
        x2 = Depthwise.tap1(s + 8, 2, masked);
      v128.store(max(d, to), f32x4.add(a, Depthwise.sum(x0, x1, x2, w6, w7, w8)));
      a = f32x4.add(b, Depthwise.sum(x0, x1, x2, w3, w4, w5));
      b = Depthwise.sum(x0, x1, x2, w0, w1, w2);
    }
    const rest = Conv.oh + 2 - Conv.top - rows;
    if (rest > 0) v128.store(max(d, to), a);
    if (rest > 1) v128.store(max(d + row, to), b);
  }

  @inline
  static strip2(s: usize, to: usize, w: usize, masked: bool): void {
    const w0 = v128.load_splat<f32>(w),
      w1 = v128.load_splat<f32>(w, 4),
      w2 = v128.load_splat<f32>(w, 8);
    const w3 = v128.load_splat<f32>(w, 12),
      w4 = v128.load_splat<f32>(w, 16),
      w5 = v128.load_splat<f32>(w, 20);
    const w6 = v128.load_splat<f32>(w, 24),
      w7 = v128.load_splat<f32>(w, 28),
      w8 = v128.load_splat<f32>(w, 32);
    const pitch = (<usize>Conv.w) << 2;
    const row = (<usize>Conv.ow) << 2;
    const h = Conv.h;
    let d = to - row;
    s -= <usize>Conv.top * pitch;
    let a = f32x4.splat(0);
    const last = (Conv.oh << 1) - Conv.top;
    for (let y = -Conv.top; y <= last; y += 2, d += row) {
      let b = f32x4.splat(0);
      if (<u32>y < <u32>h) {
        const x0 = Depthwise.tap2(s, 0, 0, masked),
          x1 = Depthwise.tap2(s, 1, 1, masked),
          x2 = Depthwise.tap2(s + 8, 0, 2, masked);
        a = f32x4.add(a, Depthwise.sum(x0, x1, x2, w6, w7, w8));
        b = Depthwise.sum(x0, x1, x2, w0, w1, w2);
      }
      v128.store(max(d, to), a);
      a = b;
      s += pitch;
      if (<u32>(y + 1) < <u32>h) {
        const x0 = Depthwise.tap2(s, 0, 0, masked),
          x1 = Depthwise.tap2(s, 1, 1, masked),
          x2 = Depthwise.tap2(s + 8, 0, 2, masked);
        a = f32x4.add(a, Depthwise.sum(x0, x1, x2, w3, w4, w5));
      }
      s += pitch;
    }
  }

  @inline
  static sum(x0: v128, x1: v128, x2: v128, w0: v128, w1: v128, w2: v128): v128 {
    return Simd.madd(x2, w2, Simd.madd(x1, w1, f32x4.mul(x0, w0)));
  }

  /** Four neighbours. */
  @inline
  static tap1(s: usize, kx: usize, masked: bool): v128 {
    const x = v128.load(s);
    return masked ? v128.and(x, v128.load(Run.kernelScratch + (kx << 4))) : x;
  }

  /** Every second of eight neighbours, from the first or (`odd`) the second on. */
  @inline
  static tap2(s: usize, odd: i32, kx: usize, masked: bool): v128 {
    const low = v128.load(s),
      high = v128.load(s, 16);
    const x = odd ? v128.shuffle<f32>(low, high, 1, 3, 5, 7) : v128.shuffle<f32>(low, high, 0, 2, 4, 6);
    return masked ? v128.and(x, v128.load(Run.kernelScratch + (kx << 4))) : x;
  }

  /** For every tap of a strip whose first column is `first`: which lanes are pixels. */
  static masks(first: i32, stride: i32, w: i32): void {
    const lanes = i32x4.add(i32x4.splat(first), stride == 1 ? i32x4(0, 1, 2, 3) : i32x4(0, 2, 4, 6));
    for (let kx = 0; kx < 3; kx++) {
      v128.store(Run.kernelScratch + ((<usize>kx) << 4), i32x4.lt_u(i32x4.add(lanes, i32x4.splat(kx)), i32x4.splat(w)));
    }
  }
}
