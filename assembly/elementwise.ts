// The elementwise vocabulary: one small class an op, one loop an arity, one table row an opcode (opcodes.ts).
//
// An instruction is five words: opcode, dst, a, b, c, the last four as byte offsets into a table of values. A value is two
// words: address and step, 16 for a block of values, 0 for one vector that stands for all. A loop may write up to 15 values
// past the end of its block, so its destination has room or the block is a multiple of 16 long.
// `changetype<Op>(0).of(…)` is resolved while compiling: the classes have no instances.

import { VMath } from "./math";
import { Power } from "./power";
import { Simd } from "./simd";
import { Trigonometry } from "./trigonometry";

type Loop = (instruction: usize, values: usize, bytes: usize) => void;

export class Elementwise {
  /** Runs one instruction over a block of `bytes` bytes. */
  @inline
  static execute(instruction: usize, values: usize, bytes: usize): void {
    const loop = load<u32>(changetype<usize>(LOOPS) + (<usize>load<u32>(instruction) << 2));
    call_indirect<void>(load<u32>(loop), instruction, values, bytes);
  }
}

/** Four vectors a round, for ops of a machine instruction or two. */
function unary4<Op>(instruction: usize, values: usize, bytes: usize): void {
  const op = changetype<Op>(0);
  let d: usize = load<u32>(values + load<u32>(instruction, 4));
  const source = values + load<u32>(instruction, 8);
  let a: usize = load<u32>(source);
  const step: usize = load<u32>(source, 4);
  const end = d + bytes;
  do {
    v128.store(d, op.of(v128.load(a)));
    a += step;
    v128.store(d, op.of(v128.load(a)), 16);
    a += step;
    v128.store(d, op.of(v128.load(a)), 32);
    a += step;
    v128.store(d, op.of(v128.load(a)), 48);
    a += step;
    d += 64;
  } while (d < end);
}

/** One vector a round, for ops with a body. */
function unary<Op>(instruction: usize, values: usize, bytes: usize): void {
  const op = changetype<Op>(0);
  let d: usize = load<u32>(values + load<u32>(instruction, 4));
  const source = values + load<u32>(instruction, 8);
  let a: usize = load<u32>(source);
  const step: usize = load<u32>(source, 4);
  const end = d + bytes;
  do {
    v128.store(d, op.of(v128.load(a)));
    a += step;
    d += 16;
  } while (d < end);
}

function binary4<Op>(instruction: usize, values: usize, bytes: usize): void {
  const op = changetype<Op>(0);
  let d: usize = load<u32>(values + load<u32>(instruction, 4));
  const left = values + load<u32>(instruction, 8);
  const right = values + load<u32>(instruction, 12);
  let a: usize = load<u32>(left);
  let b: usize = load<u32>(right);
  const stepA: usize = load<u32>(left, 4);
  const stepB: usize = load<u32>(right, 4);
  const end = d + bytes;
  do {
    v128.store(d, op.of(v128.load(a), v128.load(b)));
    a += stepA;
    b += stepB;
    v128.store(d, op.of(v128.load(a), v128.load(b)), 16);
    a += stepA;
    b += stepB;
    v128.store(d, op.of(v128.load(a), v128.load(b)), 32);
    a += stepA;
    b += stepB;
    v128.store(d, op.of(v128.load(a), v128.load(b)), 48);
    a += stepA;
    b += stepB;
    d += 64;
  } while (d < end);
}

function binary<Op>(instruction: usize, values: usize, bytes: usize): void {
  const op = changetype<Op>(0);
  let d: usize = load<u32>(values + load<u32>(instruction, 4));
  const left = values + load<u32>(instruction, 8);
  const right = values + load<u32>(instruction, 12);
  let a: usize = load<u32>(left);
  let b: usize = load<u32>(right);
  const stepA: usize = load<u32>(left, 4);
  const stepB: usize = load<u32>(right, 4);
  const end = d + bytes;
  do {
    v128.store(d, op.of(v128.load(a), v128.load(b)));
    a += stepA;
    b += stepB;
    d += 16;
  } while (d < end);
}

/** Lane by lane on int32. */
function lanes<Op>(instruction: usize, values: usize, bytes: usize): void {
  const op = changetype<Op>(0);
  let d: usize = load<u32>(values + load<u32>(instruction, 4));
  const left = values + load<u32>(instruction, 8);
  const right = values + load<u32>(instruction, 12);
  const a: usize = load<u32>(left);
  const b: usize = load<u32>(right);
  const maskA: usize = load<u32>(left, 4) != 0 ? -1 : 0;
  const maskB: usize = load<u32>(right, 4) != 0 ? -1 : 0;
  for (let i: usize = 0; i < bytes; i += 4) {
    store<i32>(d + i, op.of(load<i32>(a + (i & maskA)), load<i32>(b + (i & maskB))));
  }
}

function ternary2<Op>(instruction: usize, values: usize, bytes: usize): void {
  const op = changetype<Op>(0);
  let d: usize = load<u32>(values + load<u32>(instruction, 4));
  const first = values + load<u32>(instruction, 8);
  const second = values + load<u32>(instruction, 12);
  const third = values + load<u32>(instruction, 16);
  let a: usize = load<u32>(first);
  let b: usize = load<u32>(second);
  let c: usize = load<u32>(third);
  const stepA: usize = load<u32>(first, 4);
  const stepB: usize = load<u32>(second, 4);
  const stepC: usize = load<u32>(third, 4);
  const end = d + bytes;
  do {
    v128.store(d, op.of(v128.load(a), v128.load(b), v128.load(c)));
    a += stepA;
    b += stepB;
    c += stepC;
    v128.store(d, op.of(v128.load(a), v128.load(b), v128.load(c)), 16);
    a += stepA;
    b += stepB;
    c += stepC;
    d += 32;
  } while (d < end);
}

class Move { @inline of(a: v128): v128 { return a; } }
class Add { @inline of(a: v128, b: v128): v128 { return f32x4.add(a, b); } }
class Sub { @inline of(a: v128, b: v128): v128 { return f32x4.sub(a, b); } }
class Mul { @inline of(a: v128, b: v128): v128 { return f32x4.mul(a, b); } }
class Div { @inline of(a: v128, b: v128): v128 { return f32x4.div(a, b); } }
class Maximum { @inline of(a: v128, b: v128): v128 { return Simd.max(a, b); } }
class Minimum { @inline of(a: v128, b: v128): v128 { return Simd.min(a, b); } }
class Eq { @inline of(a: v128, b: v128): v128 { return i32x4.shr_u(f32x4.eq(a, b), 31); } }
class Lt { @inline of(a: v128, b: v128): v128 { return i32x4.shr_u(f32x4.lt(a, b), 31); } }
class Le { @inline of(a: v128, b: v128): v128 { return i32x4.shr_u(f32x4.le(a, b), 31); } }
class Neg { @inline of(a: v128): v128 { return f32x4.neg(a); } }
class Abs { @inline of(a: v128): v128 { return f32x4.abs(a); } }
// 1 with the sign of a; a + 0 (0, or NaN) where a is neither above nor below 0.
class Sign { @inline of(a: v128): v128 {
  const zero = f32x4.splat(0);
  const unit = v128.or(f32x4.splat(1), VMath.sign(a));
  return v128.bitselect(unit, f32x4.add(a, zero), v128.or(f32x4.lt(a, zero), f32x4.gt(a, zero)));
} }
class Floor { @inline of(a: v128): v128 { return f32x4.floor(a); } }
class Ceil { @inline of(a: v128): v128 { return f32x4.ceil(a); } }
class Round { @inline of(a: v128): v128 { return f32x4.nearest(a); } }
class Sqrt { @inline of(a: v128): v128 { return f32x4.sqrt(a); } }
class Not { @inline of(a: v128): v128 { return i32x4.shr_u(f32x4.eq(a, f32x4.splat(0)), 31); } }
class Exp { @inline of(a: v128): v128 { return VMath.exp(a); } }
class Expm1 { @inline of(a: v128): v128 { return VMath.expm1(a); } }
class Log { @inline of(a: v128): v128 { return VMath.log(a); } }
class Log1p { @inline of(a: v128): v128 { return VMath.log1p(a); } }
class Sin { @inline of(a: v128): v128 { return Trigonometry.sin(a); } }
class Cos { @inline of(a: v128): v128 { return Trigonometry.cos(a); } }
class Tan { @inline of(a: v128): v128 { return Trigonometry.tan(a); } }
class Atan { @inline of(a: v128): v128 { return VMath.atan(a); } }
class Tanh { @inline of(a: v128): v128 { return VMath.tanh(a); } }
class Erf { @inline of(a: v128): v128 { return VMath.erf(a); } }
class Sigmoid { @inline of(a: v128): v128 { return VMath.sigmoid(a); } }
class Pow { @inline of(a: v128, b: v128): v128 { return Power.pow(a, b); } }
class Mod { @inline of(a: i32, b: i32): i32 { return reinterpret<i32>(Power.mod(reinterpret<f32>(a), reinterpret<f32>(b))); } }
class MulAdd { @inline of(a: v128, b: v128, c: v128): v128 { return Simd.madd(a, b, c); } }
class Where { @inline of(c: v128, a: v128, b: v128): v128 { return v128.bitselect(b, a, i32x4.eq(c, i32x4.splat(0))); } }
class AddInt { @inline of(a: v128, b: v128): v128 { return i32x4.add(a, b); } }
class SubInt { @inline of(a: v128, b: v128): v128 { return i32x4.sub(a, b); } }
class MulInt { @inline of(a: v128, b: v128): v128 { return i32x4.mul(a, b); } }
class DivInt { @inline of(a: i32, b: i32): i32 { return Power.divInt(a, b); } }
class MaximumInt { @inline of(a: v128, b: v128): v128 { return i32x4.max_s(a, b); } }
class MinimumInt { @inline of(a: v128, b: v128): v128 { return i32x4.min_s(a, b); } }
class EqInt { @inline of(a: v128, b: v128): v128 { return i32x4.shr_u(i32x4.eq(a, b), 31); } }
class LtInt { @inline of(a: v128, b: v128): v128 { return i32x4.shr_u(i32x4.lt_s(a, b), 31); } }
class LeInt { @inline of(a: v128, b: v128): v128 { return i32x4.shr_u(i32x4.le_s(a, b), 31); } }
class NegInt { @inline of(a: v128): v128 { return i32x4.neg(a); } }
class AbsInt { @inline of(a: v128): v128 { return i32x4.abs(a); } }
class SignInt { @inline of(a: v128): v128 { return i32x4.max_s(i32x4.splat(-1), i32x4.min_s(i32x4.splat(1), a)); } }
class NotInt { @inline of(a: v128): v128 { return i32x4.shr_u(i32x4.eq(a, i32x4.splat(0)), 31); } }
class PowInt { @inline of(a: i32, b: i32): i32 { return Power.powInt(a, b); } }
class ModInt { @inline of(a: i32, b: i32): i32 { return Power.modInt(a, b); } }
class And { @inline of(a: v128, b: v128): v128 { return v128.and(a, b); } }
class Or { @inline of(a: v128, b: v128): v128 { return v128.or(a, b); } }
class Xor { @inline of(a: v128, b: v128): v128 { return v128.xor(a, b); } }
class WrapUint8 { @inline of(a: v128): v128 { return v128.and(a, i32x4.splat(255)); } }
class FloatToInt { @inline of(a: v128): v128 { return i32x4.trunc_sat_f32x4_s(a); } }
class FloatToUint8 { @inline of(a: v128): v128 {
  return i32x4.min_s(i32x4.splat(255), i32x4.max_s(i32x4.splat(0), i32x4.trunc_sat_f32x4_s(a)));
} }
class IntToFloat { @inline of(a: v128): v128 { return f32x4.convert_i32x4_s(a); } }
class FloatToBool { @inline of(a: v128): v128 { return i32x4.shr_u(f32x4.ne(a, f32x4.splat(0)), 31); } }
class IntToBool { @inline of(a: v128): v128 { return i32x4.shr_u(i32x4.ne(a, i32x4.splat(0)), 31); } }
class Uniform { @inline of(a: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(a, 8)), f32x4.splat(5.9604644775390625e-8));
} }

const LOOPS: StaticArray<Loop> = [
  (i, v, n) => { unary4<Move>(i, v, n); },
  (i, v, n) => { binary4<Add>(i, v, n); },
  (i, v, n) => { binary4<Sub>(i, v, n); },
  (i, v, n) => { binary4<Mul>(i, v, n); },
  (i, v, n) => { binary4<Div>(i, v, n); },
  (i, v, n) => { binary4<Maximum>(i, v, n); },
  (i, v, n) => { binary4<Minimum>(i, v, n); },
  (i, v, n) => { binary4<Eq>(i, v, n); },
  (i, v, n) => { binary4<Lt>(i, v, n); },
  (i, v, n) => { binary4<Le>(i, v, n); },
  (i, v, n) => { unary4<Neg>(i, v, n); },
  (i, v, n) => { unary4<Abs>(i, v, n); },
  (i, v, n) => { unary<Sign>(i, v, n); },
  (i, v, n) => { unary4<Floor>(i, v, n); },
  (i, v, n) => { unary4<Ceil>(i, v, n); },
  (i, v, n) => { unary4<Round>(i, v, n); },
  (i, v, n) => { unary4<Sqrt>(i, v, n); },
  (i, v, n) => { unary4<Not>(i, v, n); },
  (i, v, n) => { unary<Exp>(i, v, n); },
  (i, v, n) => { unary<Expm1>(i, v, n); },
  (i, v, n) => { unary<Log>(i, v, n); },
  (i, v, n) => { unary<Log1p>(i, v, n); },
  (i, v, n) => { unary<Sin>(i, v, n); },
  (i, v, n) => { unary<Cos>(i, v, n); },
  (i, v, n) => { unary<Tan>(i, v, n); },
  (i, v, n) => { unary<Atan>(i, v, n); },
  (i, v, n) => { unary<Tanh>(i, v, n); },
  (i, v, n) => { unary<Erf>(i, v, n); },
  (i, v, n) => { unary<Sigmoid>(i, v, n); },
  (i, v, n) => { binary<Pow>(i, v, n); },
  (i, v, n) => { lanes<Mod>(i, v, n); },
  (i, v, n) => { ternary2<MulAdd>(i, v, n); },
  (i, v, n) => { ternary2<Where>(i, v, n); },
  (i, v, n) => { binary4<AddInt>(i, v, n); },
  (i, v, n) => { binary4<SubInt>(i, v, n); },
  (i, v, n) => { binary4<MulInt>(i, v, n); },
  (i, v, n) => { lanes<DivInt>(i, v, n); },
  (i, v, n) => { binary4<MaximumInt>(i, v, n); },
  (i, v, n) => { binary4<MinimumInt>(i, v, n); },
  (i, v, n) => { binary4<EqInt>(i, v, n); },
  (i, v, n) => { binary4<LtInt>(i, v, n); },
  (i, v, n) => { binary4<LeInt>(i, v, n); },
  (i, v, n) => { unary4<NegInt>(i, v, n); },
  (i, v, n) => { unary4<AbsInt>(i, v, n); },
  (i, v, n) => { unary4<SignInt>(i, v, n); },
  (i, v, n) => { unary4<NotInt>(i, v, n); },
  (i, v, n) => { lanes<PowInt>(i, v, n); },
  (i, v, n) => { lanes<ModInt>(i, v, n); },
  (i, v, n) => { binary4<And>(i, v, n); },
  (i, v, n) => { binary4<Or>(i, v, n); },
  (i, v, n) => { binary4<Xor>(i, v, n); },
  (i, v, n) => { unary4<WrapUint8>(i, v, n); },
  (i, v, n) => { unary<FloatToInt>(i, v, n); },
  (i, v, n) => { unary<FloatToUint8>(i, v, n); },
  (i, v, n) => { unary4<IntToFloat>(i, v, n); },
  (i, v, n) => { unary4<FloatToBool>(i, v, n); },
  (i, v, n) => { unary4<IntToBool>(i, v, n); },
  (i, v, n) => { unary4<Uniform>(i, v, n); },
];
