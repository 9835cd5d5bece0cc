// The elementwise vocabulary: one small class an op (elementwise-ops.ts), one loop an arity, one table row an opcode (opcodes.ts).
//
// An instruction is six words: opcode, dst, a, b, c, d, the last five as byte offsets into a table of values. A value is two
// words: address and step, 16 for a block of values, 0 for one vector that stands for all. A loop may write up to 60 bytes
// past the end of its block, so its destination has room or the block is a multiple of 16 long. Arguments that an op does
// not take may be immediate words of it instead.
// `changetype<Op>(0).of(…)` is resolved while compiling: the classes have no instances.

import * as convert from "./convert";
import * as op from "./elementwise-ops";
import * as wide from "./elementwise-wide";
import { Exponential } from "./exponential";
import { FULL_OPCODES, WIDE } from "./opcodes";

type Loop = (instruction: usize, values: usize, bytes: usize) => void;

export class Elementwise {
  /** Runs one instruction over a block of `n` values. */
  @inline
  static execute(instruction: usize, values: usize, n: i32): void {
    const opcode = load<i32>(instruction);
    let row = changetype<usize>(LOOPS) + ((<usize>opcode) << 2);
    if (isDefined(HEBB_FULL)) {
      if (opcode >= FULL_OPCODES) row = changetype<usize>(Full.loops) + ((<usize>(opcode - FULL_OPCODES)) << 2);
    }
    const loop = load<u32>(row);
    call_indirect<void>(load<u32>(loop), instruction, values, (<usize>n) << (opcode < WIDE ? 2 : 3));
  }
}

/** Four vectors a round, for ops of a machine instruction or two. */
function unary4<Op>(instruction: usize, values: usize, bytes: usize): void {
  const f = changetype<Op>(0);
  let d: usize = load<u32>(values + load<u32>(instruction, 4));
  const source = values + load<u32>(instruction, 8);
  let a: usize = load<u32>(source);
  const step: usize = load<u32>(source, 4);
  const end = d + bytes;
  do {
    v128.store(d, f.of(v128.load(a)));
    a += step;
    v128.store(d, f.of(v128.load(a)), 16);
    a += step;
    v128.store(d, f.of(v128.load(a)), 32);
    a += step;
    v128.store(d, f.of(v128.load(a)), 48);
    a += step;
    d += 64;
  } while (d < end);
}

/** One vector a round, for ops with a body. */
function unary<Op>(instruction: usize, values: usize, bytes: usize): void {
  const f = changetype<Op>(0);
  let d: usize = load<u32>(values + load<u32>(instruction, 4));
  const source = values + load<u32>(instruction, 8);
  let a: usize = load<u32>(source);
  const step: usize = load<u32>(source, 4);
  const end = d + bytes;
  do {
    v128.store(d, f.of(v128.load(a)));
    a += step;
    d += 16;
  } while (d < end);
}

/** With the instruction's words behind its argument. */
function immediate<Op>(instruction: usize, values: usize, bytes: usize): void {
  const f = changetype<Op>(0);
  let d: usize = load<u32>(values + load<u32>(instruction, 4));
  const source = values + load<u32>(instruction, 8);
  let a: usize = load<u32>(source);
  const step: usize = load<u32>(source, 4);
  const end = d + bytes;
  do {
    v128.store(d, f.of(v128.load(a), instruction + 12));
    a += step;
    d += 16;
  } while (d < end);
}

/** From lanes of 4 bytes to lanes of 8. */
function widen<Op>(instruction: usize, values: usize, bytes: usize): void {
  const f = changetype<Op>(0);
  let d: usize = load<u32>(values + load<u32>(instruction, 4));
  const source = values + load<u32>(instruction, 8);
  let a: usize = load<u32>(source);
  const step: usize = load<u32>(source, 4) >> 1;
  const end = d + bytes;
  do {
    v128.store(d, f.of(v128.load64_zero(a)));
    a += step;
    d += 16;
  } while (d < end);
}

/** From lanes of 8 bytes to lanes of 4. */
function narrow<Op>(instruction: usize, values: usize, bytes: usize): void {
  const f = changetype<Op>(0);
  let d: usize = load<u32>(values + load<u32>(instruction, 4));
  const source = values + load<u32>(instruction, 8);
  let a: usize = load<u32>(source);
  const step: usize = load<u32>(source, 4);
  const end = d + bytes;
  do {
    v128.store(d, f.of(v128.load(a), v128.load(a + step)));
    a += 2 * step;
    d += 16;
  } while (d < end);
}

function exponential(instruction: usize, values: usize, bytes: usize): void {
  const d: usize = load<u32>(values + load<u32>(instruction, 4));
  const source = values + load<u32>(instruction, 8);
  Exponential.over(d, d + bytes, load<u32>(source), load<u32>(source, 4));
}

function sigmoids(instruction: usize, values: usize, bytes: usize): void {
  const d: usize = load<u32>(values + load<u32>(instruction, 4));
  const source = values + load<u32>(instruction, 8);
  Exponential.sigmoids(d, d + bytes, load<u32>(source), load<u32>(source, 4));
}

function binary4<Op>(instruction: usize, values: usize, bytes: usize): void {
  const f = changetype<Op>(0);
  let d: usize = load<u32>(values + load<u32>(instruction, 4));
  const left = values + load<u32>(instruction, 8);
  const right = values + load<u32>(instruction, 12);
  let a: usize = load<u32>(left);
  let b: usize = load<u32>(right);
  const stepA: usize = load<u32>(left, 4);
  const stepB: usize = load<u32>(right, 4);
  const end = d + bytes;
  do {
    v128.store(d, f.of(v128.load(a), v128.load(b)));
    a += stepA;
    b += stepB;
    v128.store(d, f.of(v128.load(a), v128.load(b)), 16);
    a += stepA;
    b += stepB;
    v128.store(d, f.of(v128.load(a), v128.load(b)), 32);
    a += stepA;
    b += stepB;
    v128.store(d, f.of(v128.load(a), v128.load(b)), 48);
    a += stepA;
    b += stepB;
    d += 64;
  } while (d < end);
}

function binary<Op>(instruction: usize, values: usize, bytes: usize): void {
  const f = changetype<Op>(0);
  let d: usize = load<u32>(values + load<u32>(instruction, 4));
  const left = values + load<u32>(instruction, 8);
  const right = values + load<u32>(instruction, 12);
  let a: usize = load<u32>(left);
  let b: usize = load<u32>(right);
  const stepA: usize = load<u32>(left, 4);
  const stepB: usize = load<u32>(right, 4);
  const end = d + bytes;
  do {
    v128.store(d, f.of(v128.load(a), v128.load(b)));
    a += stepA;
    b += stepB;
    d += 16;
  } while (d < end);
}

/** Lane by lane on lanes of type T. */
function lanes<T, Op>(instruction: usize, values: usize, bytes: usize): void {
  const f = changetype<Op>(0);
  let d: usize = load<u32>(values + load<u32>(instruction, 4));
  const left = values + load<u32>(instruction, 8);
  const right = values + load<u32>(instruction, 12);
  const a: usize = load<u32>(left);
  const b: usize = load<u32>(right);
  const maskA: usize = load<u32>(left, 4) != 0 ? -1 : 0;
  const maskB: usize = load<u32>(right, 4) != 0 ? -1 : 0;
  for (let i: usize = 0; i < bytes; i += sizeof<T>()) {
    store<T>(d + i, f.of(load<T>(a + (i & maskA)), load<T>(b + (i & maskB))));
  }
}

/** Lane by lane on int64. */
function longs<Op>(instruction: usize, values: usize, bytes: usize): void {
  const f = changetype<Op>(0);
  const d: usize = load<u32>(values + load<u32>(instruction, 4));
  const source = values + load<u32>(instruction, 8);
  const a: usize = load<u32>(source);
  const mask: usize = load<u32>(source, 4) != 0 ? -1 : 0;
  for (let i: usize = 0; i < bytes; i += 8) store<i64>(d + i, f.of(load<i64>(a + (i & mask))));
}

function ternary4<Op>(instruction: usize, values: usize, bytes: usize): void {
  const f = changetype<Op>(0);
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
    v128.store(d, f.of(v128.load(a), v128.load(b), v128.load(c)));
    a += stepA;
    b += stepB;
    c += stepC;
    v128.store(d, f.of(v128.load(a), v128.load(b), v128.load(c)), 16);
    a += stepA;
    b += stepB;
    c += stepC;
    v128.store(d, f.of(v128.load(a), v128.load(b), v128.load(c)), 32);
    a += stepA;
    b += stepB;
    c += stepC;
    v128.store(d, f.of(v128.load(a), v128.load(b), v128.load(c)), 48);
    a += stepA;
    b += stepB;
    c += stepC;
    d += 64;
  } while (d < end);
}

function ternary<Op>(instruction: usize, values: usize, bytes: usize): void {
  const f = changetype<Op>(0);
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
    v128.store(d, f.of(v128.load(a), v128.load(b), v128.load(c)));
    a += stepA;
    b += stepB;
    c += stepC;
    d += 16;
  } while (d < end);
}

function quaternary4<Op>(instruction: usize, values: usize, bytes: usize): void {
  const f = changetype<Op>(0);
  let to: usize = load<u32>(values + load<u32>(instruction, 4));
  const first = values + load<u32>(instruction, 8);
  const second = values + load<u32>(instruction, 12);
  const third = values + load<u32>(instruction, 16);
  const fourth = values + load<u32>(instruction, 20);
  let a: usize = load<u32>(first);
  let b: usize = load<u32>(second);
  let c: usize = load<u32>(third);
  let d: usize = load<u32>(fourth);
  const stepA: usize = load<u32>(first, 4);
  const stepB: usize = load<u32>(second, 4);
  const stepC: usize = load<u32>(third, 4);
  const stepD: usize = load<u32>(fourth, 4);
  const end = to + bytes;
  do {
    v128.store(to, f.of(v128.load(a), v128.load(b), v128.load(c), v128.load(d)));
    a += stepA;
    b += stepB;
    c += stepC;
    d += stepD;
    v128.store(to, f.of(v128.load(a), v128.load(b), v128.load(c), v128.load(d)), 16);
    a += stepA;
    b += stepB;
    c += stepC;
    d += stepD;
    v128.store(to, f.of(v128.load(a), v128.load(b), v128.load(c), v128.load(d)), 32);
    a += stepA;
    b += stepB;
    c += stepC;
    d += stepD;
    v128.store(to, f.of(v128.load(a), v128.load(b), v128.load(c), v128.load(d)), 48);
    a += stepA;
    b += stepB;
    c += stepC;
    d += stepD;
    to += 64;
  } while (to < end);
}

const LOOPS: StaticArray<Loop> = [
  (i, v, n) => unary4<op.Move>(i, v, n),
  (i, v, n) => binary4<op.Add>(i, v, n),
  (i, v, n) => binary4<op.Sub>(i, v, n),
  (i, v, n) => binary4<op.Mul>(i, v, n),
  (i, v, n) => binary4<op.Div>(i, v, n),
  (i, v, n) => binary4<op.Maximum>(i, v, n),
  (i, v, n) => binary4<op.Minimum>(i, v, n),
  (i, v, n) => binary4<op.Eq>(i, v, n),
  (i, v, n) => binary4<op.Lt>(i, v, n),
  (i, v, n) => binary4<op.Le>(i, v, n),
  (i, v, n) => unary4<op.Neg>(i, v, n),
  (i, v, n) => unary4<op.Abs>(i, v, n),
  (i, v, n) => unary<op.Sign>(i, v, n),
  (i, v, n) => unary4<op.Floor>(i, v, n),
  (i, v, n) => unary4<op.Ceil>(i, v, n),
  (i, v, n) => unary4<op.Round>(i, v, n),
  (i, v, n) => unary4<op.Sqrt>(i, v, n),
  (i, v, n) => unary4<op.Not>(i, v, n),
  (i, v, n) => exponential(i, v, n),
  (i, v, n) => unary<op.Expm1>(i, v, n),
  (i, v, n) => unary<op.Log>(i, v, n),
  (i, v, n) => unary<op.Log1p>(i, v, n),
  (i, v, n) => unary<op.Sin>(i, v, n),
  (i, v, n) => unary<op.Cos>(i, v, n),
  (i, v, n) => unary<op.Tan>(i, v, n),
  (i, v, n) => unary<op.Atan>(i, v, n),
  (i, v, n) => unary<op.Tanh>(i, v, n),
  (i, v, n) => unary<op.Erf>(i, v, n),
  (i, v, n) => sigmoids(i, v, n),
  (i, v, n) => binary<op.Pow>(i, v, n),
  (i, v, n) => lanes<i32, op.Mod>(i, v, n),
  (i, v, n) => ternary4<op.MulAdd>(i, v, n),
  (i, v, n) => ternary4<op.Where>(i, v, n),
  (i, v, n) => binary4<op.AddInt>(i, v, n),
  (i, v, n) => binary4<op.SubInt>(i, v, n),
  (i, v, n) => binary4<op.MulInt>(i, v, n),
  (i, v, n) => lanes<i32, op.DivInt>(i, v, n),
  (i, v, n) => binary4<op.MaximumInt>(i, v, n),
  (i, v, n) => binary4<op.MinimumInt>(i, v, n),
  (i, v, n) => binary4<op.EqInt>(i, v, n),
  (i, v, n) => binary4<op.LtInt>(i, v, n),
  (i, v, n) => binary4<op.LeInt>(i, v, n),
  (i, v, n) => unary4<op.NegInt>(i, v, n),
  (i, v, n) => unary4<op.AbsInt>(i, v, n),
  (i, v, n) => unary4<op.SignInt>(i, v, n),
  (i, v, n) => unary4<op.NotInt>(i, v, n),
  (i, v, n) => lanes<i32, op.PowInt>(i, v, n),
  (i, v, n) => lanes<i32, op.ModInt>(i, v, n),
  (i, v, n) => binary4<op.And>(i, v, n),
  (i, v, n) => binary4<op.Or>(i, v, n),
  (i, v, n) => binary4<op.Xor>(i, v, n),
  (i, v, n) => immediate<convert.WrapUnsigned>(i, v, n),
  (i, v, n) => unary<convert.FloatToInt>(i, v, n),
  (i, v, n) => immediate<convert.WrapSigned>(i, v, n),
  (i, v, n) => unary4<convert.IntToFloat>(i, v, n),
  (i, v, n) => unary4<convert.FloatToBool>(i, v, n),
  (i, v, n) => unary4<convert.IntToBool>(i, v, n),
  (i, v, n) => unary4<op.Uniform>(i, v, n),
  (i, v, n) => ternary4<op.NegMulAdd>(i, v, n),
  (i, v, n) => quaternary4<op.MulAddMul>(i, v, n),
  (i, v, n) => ternary4<op.SqrtMulAdd>(i, v, n),
  (i, v, n) => quaternary4<op.DivMulSub>(i, v, n),
  (i, v, n) => ternary4<op.AddMaximum>(i, v, n),
  (i, v, n) => quaternary4<op.MulAddMaximum>(i, v, n),
  (i, v, n) => ternary4<op.Clamp>(i, v, n),
  (i, v, n) => quaternary4<op.AddClamp>(i, v, n),
  (i, v, n) => ternary4<op.MulDiv>(i, v, n),
  (i, v, n) => ternary4<op.Leaky>(i, v, n),
];

/** The full build's further rows, from FULL_OPCODES on: no other reads, and so holds, them. */
class Full {
  @lazy static readonly loops: StaticArray<Loop> = [
    (i, v, n) => unary<op.Trunc>(i, v, n),
    (i, v, n) => lanes<i32, op.Fmod>(i, v, n),
    (i, v, n) => lanes<i32, op.FmodInt>(i, v, n),
    (i, v, n) => lanes<i32, op.ShiftLeftInt>(i, v, n),
    (i, v, n) => lanes<i32, op.ShiftRightInt>(i, v, n),
    (i, v, n) => lanes<i32, op.ShiftRightU32>(i, v, n),
    (i, v, n) => lanes<i32, op.DivU32>(i, v, n),
    (i, v, n) => lanes<i32, op.ModU32>(i, v, n),
    (i, v, n) => binary<op.MaximumU32>(i, v, n),
    (i, v, n) => binary<op.MinimumU32>(i, v, n),
    (i, v, n) => binary<op.LtU32>(i, v, n),
    (i, v, n) => binary<op.LeU32>(i, v, n),
    (i, v, n) => lanes<i32, op.PowU32>(i, v, n),
    (i, v, n) => unary<op.Invert>(i, v, n),
    (i, v, n) => unary<convert.U32ToFloat>(i, v, n),
    (i, v, n) => unary<convert.FloatToU32>(i, v, n),
    (i, v, n) => immediate<convert.SmallToFloat>(i, v, n),
    (i, v, n) => immediate<convert.FloatToSmall>(i, v, n),
    (i, v, n) => immediate<convert.PowerToFloat>(i, v, n),
    (i, v, n) => immediate<convert.FloatToPower>(i, v, n),
    (i, v, n) => unary<convert.Bfloat16ToFloat>(i, v, n),
    (i, v, n) => unary<convert.FloatToBfloat16>(i, v, n),
    (i, v, n) => narrow<convert.F64ToFloat>(i, v, n),
    (i, v, n) => narrow<convert.F64ToOdd>(i, v, n),
    (i, v, n) => narrow<convert.F64ToInt>(i, v, n),
    (i, v, n) => narrow<convert.F64ToU32>(i, v, n),
    (i, v, n) => narrow<convert.I64ToInt>(i, v, n),
    (i, v, n) => narrow<convert.I64ToFloat>(i, v, n),
    (i, v, n) => narrow<convert.U64ToFloat>(i, v, n),
    (i, v, n) => unary<op.Move>(i, v, n),
    (i, v, n) => ternary<wide.WhereWide>(i, v, n),
    (i, v, n) => binary<op.And>(i, v, n),
    (i, v, n) => binary<op.Or>(i, v, n),
    (i, v, n) => binary<op.Xor>(i, v, n),
    (i, v, n) => unary<op.Invert>(i, v, n),
    (i, v, n) => widen<convert.FloatToF64>(i, v, n),
    (i, v, n) => widen<convert.IntToI64>(i, v, n),
    (i, v, n) => widen<convert.U32ToI64>(i, v, n),
    (i, v, n) => longs<convert.I64ToF64>(i, v, n),
    (i, v, n) => longs<convert.U64ToF64>(i, v, n),
    (i, v, n) => longs<convert.F64ToI64>(i, v, n),
    (i, v, n) => longs<convert.F64ToU64>(i, v, n),
    (i, v, n) => binary<wide.AddF64>(i, v, n),
    (i, v, n) => binary<wide.SubF64>(i, v, n),
    (i, v, n) => binary<wide.MulF64>(i, v, n),
    (i, v, n) => binary<wide.DivF64>(i, v, n),
    (i, v, n) => binary<wide.MaximumF64>(i, v, n),
    (i, v, n) => binary<wide.MinimumF64>(i, v, n),
    (i, v, n) => binary<wide.EqF64>(i, v, n),
    (i, v, n) => binary<wide.LtF64>(i, v, n),
    (i, v, n) => binary<wide.LeF64>(i, v, n),
    (i, v, n) => unary<wide.NegF64>(i, v, n),
    (i, v, n) => unary<wide.AbsF64>(i, v, n),
    (i, v, n) => unary<wide.SignF64>(i, v, n),
    (i, v, n) => unary<wide.FloorF64>(i, v, n),
    (i, v, n) => unary<wide.CeilF64>(i, v, n),
    (i, v, n) => unary<wide.RoundF64>(i, v, n),
    (i, v, n) => unary<wide.TruncF64>(i, v, n),
    (i, v, n) => unary<wide.SqrtF64>(i, v, n),
    (i, v, n) => unary<wide.NotF64>(i, v, n),
    (i, v, n) => lanes<i64, wide.PowF64>(i, v, n),
    (i, v, n) => lanes<i64, wide.ModF64>(i, v, n),
    (i, v, n) => lanes<i64, wide.FmodF64>(i, v, n),
    (i, v, n) => longs<wide.ExpF64>(i, v, n),
    (i, v, n) => longs<wide.Expm1F64>(i, v, n),
    (i, v, n) => longs<wide.LogF64>(i, v, n),
    (i, v, n) => longs<wide.Log1pF64>(i, v, n),
    (i, v, n) => longs<wide.SinF64>(i, v, n),
    (i, v, n) => longs<wide.CosF64>(i, v, n),
    (i, v, n) => longs<wide.TanF64>(i, v, n),
    (i, v, n) => longs<wide.AtanF64>(i, v, n),
    (i, v, n) => longs<wide.TanhF64>(i, v, n),
    (i, v, n) => longs<wide.ErfF64>(i, v, n),
    (i, v, n) => longs<wide.SigmoidF64>(i, v, n),
    (i, v, n) => binary<wide.AddI64>(i, v, n),
    (i, v, n) => binary<wide.SubI64>(i, v, n),
    (i, v, n) => binary<wide.MulI64>(i, v, n),
    (i, v, n) => binary<wide.MaximumI64>(i, v, n),
    (i, v, n) => binary<wide.MinimumI64>(i, v, n),
    (i, v, n) => binary<wide.EqI64>(i, v, n),
    (i, v, n) => binary<wide.LtI64>(i, v, n),
    (i, v, n) => binary<wide.LeI64>(i, v, n),
    (i, v, n) => unary<wide.NegI64>(i, v, n),
    (i, v, n) => unary<wide.AbsI64>(i, v, n),
    (i, v, n) => unary<wide.SignI64>(i, v, n),
    (i, v, n) => unary<wide.NotI64>(i, v, n),
    (i, v, n) => lanes<i64, wide.DivI64>(i, v, n),
    (i, v, n) => lanes<i64, wide.ModI64>(i, v, n),
    (i, v, n) => lanes<i64, wide.FmodI64>(i, v, n),
    (i, v, n) => lanes<i64, wide.PowI64>(i, v, n),
    (i, v, n) => lanes<i64, wide.ShiftLeftI64>(i, v, n),
    (i, v, n) => lanes<i64, wide.ShiftRightI64>(i, v, n),
    (i, v, n) => binary<wide.MaximumU64>(i, v, n),
    (i, v, n) => binary<wide.MinimumU64>(i, v, n),
    (i, v, n) => binary<wide.LtU64>(i, v, n),
    (i, v, n) => binary<wide.LeU64>(i, v, n),
    (i, v, n) => lanes<i64, wide.DivU64>(i, v, n),
    (i, v, n) => lanes<i64, wide.ModU64>(i, v, n),
    (i, v, n) => lanes<i64, wide.PowU64>(i, v, n),
    (i, v, n) => lanes<i64, wide.ShiftRightU64>(i, v, n),
  ];
}
