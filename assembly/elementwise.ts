// The elementwise vocabulary: one small class an op (elementwise-ops.ts), one loop an arity, one table row an opcode (opcodes.ts).
//
// An instruction is six words: opcode, dst, a, b, c, d, the last five as byte offsets into a table of values. A value is two
// words: address and step, 16 for a block of values, 0 for one vector that stands for all. A loop may write up to 15 values
// past the end of its block, so its destination has room or the block is a multiple of 16 long.
// `changetype<Op>(0).of(…)` is resolved while compiling: the classes have no instances.

import * as op from "./elementwise-ops";
import { Exponential } from "./exponential";

type Loop = (instruction: usize, values: usize, bytes: usize) => void;

export class Elementwise {
  /** Runs one instruction over a block of `bytes` bytes. */
  @inline
  static execute(instruction: usize, values: usize, bytes: usize): void {
    const loop = load<u32>(changetype<usize>(LOOPS) + ((<usize>load<u32>(instruction)) << 2));
    call_indirect<void>(load<u32>(loop), instruction, values, bytes);
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

/** Lane by lane on int32. */
function lanes<Op>(instruction: usize, values: usize, bytes: usize): void {
  const f = changetype<Op>(0);
  let d: usize = load<u32>(values + load<u32>(instruction, 4));
  const left = values + load<u32>(instruction, 8);
  const right = values + load<u32>(instruction, 12);
  const a: usize = load<u32>(left);
  const b: usize = load<u32>(right);
  const maskA: usize = load<u32>(left, 4) != 0 ? -1 : 0;
  const maskB: usize = load<u32>(right, 4) != 0 ? -1 : 0;
  for (let i: usize = 0; i < bytes; i += 4) {
    store<i32>(d + i, f.of(load<i32>(a + (i & maskA)), load<i32>(b + (i & maskB))));
  }
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
  (i, v, n) => lanes<op.Mod>(i, v, n),
  (i, v, n) => ternary4<op.MulAdd>(i, v, n),
  (i, v, n) => ternary4<op.Where>(i, v, n),
  (i, v, n) => binary4<op.AddInt>(i, v, n),
  (i, v, n) => binary4<op.SubInt>(i, v, n),
  (i, v, n) => binary4<op.MulInt>(i, v, n),
  (i, v, n) => lanes<op.DivInt>(i, v, n),
  (i, v, n) => binary4<op.MaximumInt>(i, v, n),
  (i, v, n) => binary4<op.MinimumInt>(i, v, n),
  (i, v, n) => binary4<op.EqInt>(i, v, n),
  (i, v, n) => binary4<op.LtInt>(i, v, n),
  (i, v, n) => binary4<op.LeInt>(i, v, n),
  (i, v, n) => unary4<op.NegInt>(i, v, n),
  (i, v, n) => unary4<op.AbsInt>(i, v, n),
  (i, v, n) => unary4<op.SignInt>(i, v, n),
  (i, v, n) => unary4<op.NotInt>(i, v, n),
  (i, v, n) => lanes<op.PowInt>(i, v, n),
  (i, v, n) => lanes<op.ModInt>(i, v, n),
  (i, v, n) => binary4<op.And>(i, v, n),
  (i, v, n) => binary4<op.Or>(i, v, n),
  (i, v, n) => binary4<op.Xor>(i, v, n),
  (i, v, n) => unary4<op.WrapUint8>(i, v, n),
  (i, v, n) => unary<op.FloatToInt>(i, v, n),
  (i, v, n) => unary<op.FloatToUint8>(i, v, n),
  (i, v, n) => unary4<op.IntToFloat>(i, v, n),
  (i, v, n) => unary4<op.FloatToBool>(i, v, n),
  (i, v, n) => unary4<op.IntToBool>(i, v, n),
  (i, v, n) => unary4<op.Uniform>(i, v, n),
  (i, v, n) => ternary4<op.NegMulAdd>(i, v, n),
  (i, v, n) => quaternary4<op.MulAddMul>(i, v, n),
  (i, v, n) => ternary4<op.SqrtMulAdd>(i, v, n),
  (i, v, n) => quaternary4<op.DivMulSub>(i, v, n),
  (i, v, n) => ternary4<op.AddMaximum>(i, v, n),
  (i, v, n) => quaternary4<op.MulAddMaximum>(i, v, n),
];
