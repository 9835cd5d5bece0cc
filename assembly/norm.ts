// Layer norm and RMS norm of the rows of [rows, n], both linear; input and output may be the same memory.
//
//   layer norm   y = (x - m) / √(v + ε)   m mean, v mean of (x - m)²          RMS norm   y = x / √(v + ε)   v mean of x²
//
// Arguments: epilogue block, out (slot, offset), input (slot, offset), rows, n, ε.
//
// The mean is taken first and the squares of what is left of it then: no difference of large numbers. Sums take 16 lanes
// within 1024 values and then chunk after chunk. Scale and bias are the epilogue's.

import { Command, Run } from "./command";
import { Gemm } from "./gemm";
import { LAYER_NORM } from "./kernels";
import { Map } from "./map";
import { Simd } from "./simd";

/** Values after which the epilogue runs. */
const FLUSH: i32 = 4096;
/** Values of one sum. */
const CHUNK: i32 = 1024;

export function norm(command: usize, thread: i32, threads: i32): void {
  const epilogue = Command.block(command, 0);
  const out = Command.pointer(command, 1);
  const input = Command.pointer(command, 3);
  const rows = Command.int(command, 5);
  const n = Command.int(command, 6);
  const epsilon = Command.float(command, 7);
  const centred = <i32>load<u16>(command) == LAYER_NORM;
  const stride = (<usize>n) << 2;
  const end = Run.share(rows, 1, thread + 1, threads);
  let row = Run.share(rows, 1, thread, threads);
  let flushed = row;
  while (row < end) {
    const x = input + <usize>row * stride;
    const mean = centred ? f32x4.splat(Norm.sum(x, n) / <f32>n) : f32x4.splat(0);
    const variance = Norm.squares(x, n, mean) / <f32>n;
    Norm.scale(out + <usize>row * stride, x, n, mean, f32x4.splat(<f32>1 / sqrt<f32>(variance + epsilon)));
    row++;
    if (epilogue != 0 && ((row - flushed) * n >= FLUSH || row == end)) {
      Map.range(epilogue, flushed * n, row * n);
      flushed = row;
    }
  }
}

class Norm {
  /** Lanes below `count`. */
  @inline
  static mask(count: i32): v128 {
    return i32x4.gt_s(i32x4.splat(count), i32x4(0, 1, 2, 3));
  }

  @inline
  static total(sum: v128): f32 {
    sum = f32x4.add(sum, v128.shuffle<i32>(sum, sum, 2, 3, 0, 1));
    sum = f32x4.add(sum, v128.shuffle<i32>(sum, sum, 1, 0, 3, 2));
    return f32x4.extract_lane(sum, 0);
  }

  static sum(x: usize, n: i32): f32 {
    let total = f32x4.splat(0);
    while (n > 0) {
      const count = min(n, CHUNK);
      let a = f32x4.splat(0);
      let b = a;
      let c = a;
      let d = a;
      let i = 0;
      for (; i + 16 <= count; i += 16, x += 64) {
        a = f32x4.add(a, v128.load(x));
        b = f32x4.add(b, v128.load(x, 16));
        c = f32x4.add(c, v128.load(x, 32));
        d = f32x4.add(d, v128.load(x, 48));
      }
      for (; i < count; i += 4, x += 16) a = f32x4.add(a, v128.and(v128.load(x), Norm.mask(count - i)));
      total = f32x4.add(total, f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
      n -= count;
    }
    return Norm.total(total);
  }

  /** Sum of (x - mean)². */
  static squares(x: usize, n: i32, mean: v128): f32 {
    let total = f32x4.splat(0);
    while (n > 0) {
      const count = min(n, CHUNK);
      let a = f32x4.splat(0);
      let b = a;
      let c = a;
      let d = a;
      let i = 0;
      for (; i + 16 <= count; i += 16, x += 64) {
        const x0 = f32x4.sub(v128.load(x), mean);
        const x1 = f32x4.sub(v128.load(x, 16), mean);
        const x2 = f32x4.sub(v128.load(x, 32), mean);
        const x3 = f32x4.sub(v128.load(x, 48), mean);
        a = Simd.madd(x0, x0, a);
        b = Simd.madd(x1, x1, b);
        c = Simd.madd(x2, x2, c);
        d = Simd.madd(x3, x3, d);
      }
      for (; i < count; i += 4, x += 16) {
        const x0 = v128.and(f32x4.sub(v128.load(x), mean), Norm.mask(count - i));
        a = Simd.madd(x0, x0, a);
      }
      total = f32x4.add(total, f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
      n -= count;
    }
    return Norm.total(total);
  }

  static scale(y: usize, x: usize, n: i32, mean: v128, scale: v128): void {
    let i = 0;
    for (; i + 4 <= n; i += 4, x += 16, y += 16) {
      v128.store(y, f32x4.mul(f32x4.sub(v128.load(x), mean), scale));
    }
    if (i == n) return;
    const rest = f32x4.mul(f32x4.sub(v128.load(x), mean), scale);
    Gemm.putEdge(y, rest, rest, n - i);
  }
}
