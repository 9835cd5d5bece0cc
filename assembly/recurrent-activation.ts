// Activations of recurrent cells, in place over whole vectors; α and β as ONNX numbers them.

import { Exponential } from "./exponential";
import { VMath } from "./math";
import * as code from "./recurrent-codes";
import { Simd } from "./simd";

export class Activation {
  static run(kind: i32, alpha: f32, beta: f32, at: usize, bytes: usize): void {
    const end = at + bytes;
    if (kind == code.SIGMOID) {
      Exponential.sigmoids(at, end, at, 16);
    } else if (kind == code.TANH) {
      for (; at < end; at += 16) v128.store(at, VMath.tanh(v128.load(at)));
    } else {
      const a = f32x4.splat(alpha);
      const b = f32x4.splat(beta);
      for (; at < end; at += 16) v128.store(at, Activation.of(kind, a, b, v128.load(at)));
    }
  }

  static of(kind: i32, a: v128, b: v128, x: v128): v128 {
    const zero = f32x4.splat(0);
    const one = f32x4.splat(1);
    switch (kind) {
      case code.RELU:
        return Simd.max(x, zero);
      case code.AFFINE:
        return Simd.madd(a, x, b);
      case code.LEAKY_RELU:
        return v128.bitselect(f32x4.mul(a, x), x, f32x4.lt(x, zero));
      case code.THRESHOLDED_RELU:
        return v128.and(x, f32x4.gt(x, a));
      case code.SCALED_TANH:
        return f32x4.mul(a, VMath.tanh(f32x4.mul(b, x)));
      case code.HARD_SIGMOID:
        return Simd.max(Simd.min(Simd.madd(a, x, b), one), zero);
      case code.ELU:
        return v128.bitselect(f32x4.mul(a, VMath.expm1(x)), x, f32x4.lt(x, zero));
      case code.SOFTSIGN:
        return f32x4.div(x, f32x4.add(one, f32x4.abs(x)));
      default:
        // ln(1 + eˣ) = max(x, 0) + ln(1 + e^-|x|)
        return f32x4.add(Simd.max(x, zero), VMath.log1p(VMath.exp(f32x4.neg(f32x4.abs(x)))));
    }
  }
}
