// The elementwise ops: one class an op, `of` on whole vectors (on int32 lanes where a machine has no vector form).

import { Long } from "./long";
import { VMath } from "./math";
import { Power } from "./power";
import { Simd } from "./simd";
import { Trigonometry } from "./trigonometry";

export class Move {
  @inline of(a: v128): v128 {
    return a;
  }
}
export class Add {
  @inline of(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}
export class Sub {
  @inline of(a: v128, b: v128): v128 {
    return f32x4.sub(a, b);
  }
}
export class Mul {
  @inline of(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
}
export class Div {
  @inline of(a: v128, b: v128): v128 {
    return f32x4.div(a, b);
  }
}
export class Maximum {
  @inline of(a: v128, b: v128): v128 {
    return Simd.max(a, b);
  }
}
export class Minimum {
  @inline of(a: v128, b: v128): v128 {
    return Simd.min(a, b);
  }
}
export class Eq {
  @inline of(a: v128, b: v128): v128 {
    return i32x4.shr_u(f32x4.eq(a, b), 31);
  }
}
export class Lt {
  @inline of(a: v128, b: v128): v128 {
    return i32x4.shr_u(f32x4.lt(a, b), 31);
  }
}
export class Le {
  @inline of(a: v128, b: v128): v128 {
    return i32x4.shr_u(f32x4.le(a, b), 31);
  }
}
export class Neg {
  @inline of(a: v128): v128 {
    return f32x4.neg(a);
  }
}
export class Abs {
  @inline of(a: v128): v128 {
    return f32x4.abs(a);
  }
}
// 1 with the sign of a; a + 0 (0, or NaN) where a is neither above nor below 0.
export class Sign {
  @inline of(a: v128): v128 {
    const zero = f32x4.splat(0);
    const unit = v128.or(f32x4.splat(1), VMath.sign(a));
    return v128.bitselect(unit, f32x4.add(a, zero), v128.or(f32x4.lt(a, zero), f32x4.gt(a, zero)));
  }
}
export class Floor {
  @inline of(a: v128): v128 {
    return f32x4.floor(a);
  }
}
export class Ceil {
  @inline of(a: v128): v128 {
    return f32x4.ceil(a);
  }
}
export class Round {
  @inline of(a: v128): v128 {
    return f32x4.nearest(a);
  }
}
export class Sqrt {
  @inline of(a: v128): v128 {
    return f32x4.sqrt(a);
  }
}
export class Not {
  @inline of(a: v128): v128 {
    return i32x4.shr_u(f32x4.eq(a, f32x4.splat(0)), 31);
  }
}
export class Expm1 {
  @inline of(a: v128): v128 {
    return VMath.expm1(a);
  }
}
export class Log {
  @inline of(a: v128): v128 {
    return VMath.log(a);
  }
}
export class Log1p {
  @inline of(a: v128): v128 {
    return VMath.log1p(a);
  }
}
export class Sin {
  @inline of(a: v128): v128 {
    return Trigonometry.sin(a);
  }
}
export class Cos {
  @inline of(a: v128): v128 {
    return Trigonometry.cos(a);
  }
}
export class Tan {
  @inline of(a: v128): v128 {
    return Trigonometry.tan(a);
  }
}
export class Atan {
  @inline of(a: v128): v128 {
    return VMath.atan(a);
  }
}
export class Tanh {
  @inline of(a: v128): v128 {
    return VMath.tanh(a);
  }
}
export class Erf {
  @inline of(a: v128): v128 {
    return VMath.erf(a);
  }
}
export class Pow {
  @inline of(a: v128, b: v128): v128 {
    return Power.pow(a, b);
  }
}
export class Mod {
  @inline of(a: i32, b: i32): i32 {
    return reinterpret<i32>(Power.mod(reinterpret<f32>(a), reinterpret<f32>(b)));
  }
}
export class MulAdd {
  @inline of(a: v128, b: v128, c: v128): v128 {
    return Simd.madd(a, b, c);
  }
}
export class NegMulAdd {
  @inline of(a: v128, b: v128, c: v128): v128 {
    return Simd.nmadd(a, b, c);
  }
}
export class MulAddMul {
  @inline of(a: v128, b: v128, c: v128, d: v128): v128 {
    return Simd.madd(a, b, f32x4.mul(c, d));
  }
}
export class SqrtMulAdd {
  @inline of(a: v128, b: v128, c: v128): v128 {
    return Simd.madd(f32x4.sqrt(a), b, c);
  }
}
export class DivMulSub {
  @inline of(a: v128, b: v128, c: v128, d: v128): v128 {
    return Simd.nmadd(f32x4.div(a, b), c, d);
  }
}
export class AddMaximum {
  @inline of(a: v128, b: v128, c: v128): v128 {
    return Simd.max(f32x4.add(a, b), c);
  }
}
export class MulAddMaximum {
  @inline of(a: v128, b: v128, c: v128, d: v128): v128 {
    return Simd.max(Simd.madd(a, b, c), d);
  }
}
export class Clamp {
  @inline of(a: v128, b: v128, c: v128): v128 {
    return Simd.min(Simd.max(a, b), c);
  }
}
export class AddClamp {
  @inline of(a: v128, b: v128, c: v128, d: v128): v128 {
    return Simd.min(Simd.max(f32x4.add(a, b), c), d);
  }
}
export class MulDiv {
  @inline of(a: v128, b: v128, c: v128): v128 {
    return f32x4.div(f32x4.mul(a, b), c);
  }
}
export class Leaky {
  @inline of(a: v128, b: v128, c: v128): v128 {
    return v128.bitselect(f32x4.mul(a, b), a, f32x4.lt(a, c));
  }
}
export class Where {
  @inline of(c: v128, a: v128, b: v128): v128 {
    return v128.bitselect(b, a, i32x4.eq(c, i32x4.splat(0)));
  }
}
export class AddInt {
  @inline of(a: v128, b: v128): v128 {
    return i32x4.add(a, b);
  }
}
export class SubInt {
  @inline of(a: v128, b: v128): v128 {
    return i32x4.sub(a, b);
  }
}
export class MulInt {
  @inline of(a: v128, b: v128): v128 {
    return i32x4.mul(a, b);
  }
}
export class DivInt {
  @inline of(a: i32, b: i32): i32 {
    return Power.divInt(a, b);
  }
}
export class MaximumInt {
  @inline of(a: v128, b: v128): v128 {
    return i32x4.max_s(a, b);
  }
}
export class MinimumInt {
  @inline of(a: v128, b: v128): v128 {
    return i32x4.min_s(a, b);
  }
}
export class EqInt {
  @inline of(a: v128, b: v128): v128 {
    return i32x4.shr_u(i32x4.eq(a, b), 31);
  }
}
export class LtInt {
  @inline of(a: v128, b: v128): v128 {
    return i32x4.shr_u(i32x4.lt_s(a, b), 31);
  }
}
export class LeInt {
  @inline of(a: v128, b: v128): v128 {
    return i32x4.shr_u(i32x4.le_s(a, b), 31);
  }
}
export class NegInt {
  @inline of(a: v128): v128 {
    return i32x4.neg(a);
  }
}
export class AbsInt {
  @inline of(a: v128): v128 {
    return i32x4.abs(a);
  }
}
export class SignInt {
  @inline of(a: v128): v128 {
    return i32x4.max_s(i32x4.splat(-1), i32x4.min_s(i32x4.splat(1), a));
  }
}
export class NotInt {
  @inline of(a: v128): v128 {
    return i32x4.shr_u(i32x4.eq(a, i32x4.splat(0)), 31);
  }
}
export class PowInt {
  @inline of(a: i32, b: i32): i32 {
    return Power.powInt(a, b);
  }
}
export class ModInt {
  @inline of(a: i32, b: i32): i32 {
    return Power.modInt(a, b);
  }
}
export class And {
  @inline of(a: v128, b: v128): v128 {
    return v128.and(a, b);
  }
}
export class Or {
  @inline of(a: v128, b: v128): v128 {
    return v128.or(a, b);
  }
}
export class Xor {
  @inline of(a: v128, b: v128): v128 {
    return v128.xor(a, b);
  }
}
export class Trunc {
  @inline of(a: v128): v128 {
    return f32x4.trunc(a);
  }
}
export class Fmod {
  @inline of(a: i32, b: i32): i32 {
    return reinterpret<i32>(<f32>(<f64>reinterpret<f32>(a) % <f64>reinterpret<f32>(b)));
  }
}
export class FmodInt {
  @inline of(a: i32, b: i32): i32 {
    return b == 0 || b == -1 ? 0 : a % b;
  }
}
export class ShiftLeftInt {
  @inline of(a: i32, b: i32): i32 {
    return <u32>b < 32 ? a << b : 0;
  }
}
export class ShiftRightInt {
  @inline of(a: i32, b: i32): i32 {
    return a >> (<u32>b < 32 ? b : 31);
  }
}
export class ShiftRightU32 {
  @inline of(a: i32, b: i32): i32 {
    return <u32>b < 32 ? <i32>(<u32>a >> b) : 0;
  }
}
export class DivU32 {
  @inline of(a: i32, b: i32): i32 {
    return b == 0 ? 0 : <i32>(<u32>a / <u32>b);
  }
}
export class ModU32 {
  @inline of(a: i32, b: i32): i32 {
    return b == 0 ? 0 : <i32>(<u32>a % <u32>b);
  }
}
export class PowU32 {
  @inline of(a: i32, b: i32): i32 {
    return <i32>Long.power(<i64>a, <u64>(<u32>b));
  }
}
export class MaximumU32 {
  @inline of(a: v128, b: v128): v128 {
    return i32x4.max_u(a, b);
  }
}
export class MinimumU32 {
  @inline of(a: v128, b: v128): v128 {
    return i32x4.min_u(a, b);
  }
}
export class LtU32 {
  @inline of(a: v128, b: v128): v128 {
    return i32x4.shr_u(i32x4.lt_u(a, b), 31);
  }
}
export class LeU32 {
  @inline of(a: v128, b: v128): v128 {
    return i32x4.shr_u(i32x4.le_u(a, b), 31);
  }
}
export class Invert {
  @inline of(a: v128): v128 {
    return v128.not(a);
  }
}
export class Uniform {
  @inline of(a: v128): v128 {
    return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(a, 8)), f32x4.splat(5.9604644775390625e-8));
  }
}
