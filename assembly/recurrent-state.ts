// What a recurrent cell holds while it walks the steps, and the loops that the cells share.
//
// A thread's rows of the batch, each in whole vectors (`pitch` bytes; what is past h is never read into a result):
//
//   pre     [rows, gates]   what the gates are given, and then the gates
//   hidden  [rows]          the output of the last step
//   memory  [rows]          LSTM: its cell.   GRU: reset · hidden
//   coarse  [rows]          LSTM: hidden as 8 bits hold it, where it is rounded

import { Gemm } from "./gemm";
import { Gemv } from "./gemv";
import { Activation } from "./recurrent-activation";
import { Simd } from "./simd";

export class State {
  static rows: i32 = 0;
  static h: i32 = 0;
  static gates: i32 = 0;
  static pitch: usize = 0;
  static pre: usize = 0;
  static hidden: usize = 0;
  static memory: usize = 0;
  static coarse: usize = 0;
  /** LSTM: whether the recurrent product reads `coarse`. */
  static rounded: bool = false;
  /** Whether the whole batch is one row: it has an order of summation of its own. */
  static single: bool = false;
  /** Whether the recurrent weights lie in panels, gate by gate (matmul-pack.ts, width 32 for a single row), else [gate, h, h]. */
  static packed: bool = false;
  /** Recurrent weights, their bias where it is not in the inputs, and peepholes of the direction; 0 for none. */
  static r: usize = 0;
  static bias: usize = 0;
  static peepholes: usize = 0;
  static clip: f32 = 0;
  /** The direction's activations, 12 bytes each: kind, α, β. */
  static activations: usize = 0;
  /** GRU: whether the bias and the product come before the reset. LSTM: whether f = 1 - i. */
  static variant: bool = false;

  @inline
  static gate(row: i32, gate: i32): usize {
    return State.pre + <usize>(row * State.gates + gate) * State.pitch;
  }

  @inline
  static hiddenOf(row: i32): usize {
    return State.hidden + <usize>row * State.pitch;
  }

  @inline
  static memoryOf(row: i32): usize {
    return State.memory + <usize>row * State.pitch;
  }

  /** Gates [gate, gate + count) of every row: `from` [rows] times the gate's recurrent weights. */
  static product(gate: i32, count: i32, from: usize): void {
    const h = State.h;
    const step = (<isize>h) << 2;
    for (let g = gate; g < gate + count; g++) {
      const r = State.r + <usize>g * State.weights();
      const to = State.gate(0, g);
      if (State.packed) {
        if (State.single) Gemv.panels(h, h, from, r, to);
        else State.panels(from, r, to);
      } else if (State.single) Gemv.dot(h, h, from, r, step, to);
      else Gemv.dots(State.rows, h, h, from, State.pitch, r, step, to, <isize>State.gates * State.pitch);
    }
  }

  /** What the recurrent product reads: `hidden`, or each of its rows on 256 steps between its least and greatest value and 0. */
  static operand(): usize {
    if (!State.rounded) return State.hidden;
    const bytes = (<usize>State.h) << 2;
    for (let row = 0; row < State.rows; row++) {
      const from = State.hiddenOf(row);
      const to = State.coarse + <usize>row * State.pitch;
      let low: f32 = 0;
      let high: f32 = 0;
      for (let j: usize = 0; j < bytes; j += 4) {
        low = min(low, load<f32>(from + j));
        high = max(high, load<f32>(from + j));
      }
      const width = (high - low) / 255;
      const scale = width == 0 ? <f32>1 : width;
      const zero = nearest<f32>(min<f32>(-low / scale, 255));
      for (let j: usize = 0; j < bytes; j += 4) {
        const q = nearest<f32>(load<f32>(from + j) / scale) + zero;
        store<f32>(to + j, (min<f32>(max<f32>(q, 0), 255) - zero) * scale);
      }
    }
    return State.coarse;
  }

  /** Bytes of a gate's recurrent weights. */
  @inline
  static weights(): usize {
    const columns = State.packed ? ((State.h + Gemm.NR - 1) / Gemm.NR) * Gemm.NR : State.h;
    return (<usize>columns * <usize>State.h) << 2;
  }

  static panels(from: usize, r: usize, to: usize): void {
    const h = State.h;
    const pitch = <isize>State.pitch;
    const step = (<isize>Gemm.NR) << 2;
    for (let j = 0; j < h; j += Gemm.NR) {
      Gemm.rows(State.rows, min(Gemm.NR, h - j), h, from, pitch, r, step, to, State.gates * pitch, false);
      r += <usize>h * step;
      to += step;
    }
  }

  /** y += x */
  @inline
  static add(y: usize, x: usize): void {
    for (const end = y + State.pitch; y < end; y += 16) {
      v128.store(y, f32x4.add(v128.load(y), v128.load(x)));
      x += 16;
    }
  }

  /** y += a x */
  @inline
  static addProduct(y: usize, a: usize, x: usize): void {
    for (const end = y + State.pitch; y < end; y += 16) {
      v128.store(y, Simd.madd(v128.load(a), v128.load(x), v128.load(y)));
      a += 16;
      x += 16;
    }
  }

  /** y = x within ± clip */
  @inline
  static limit(y: usize, x: usize, bytes: usize): void {
    const high = f32x4.splat(State.clip);
    const low = f32x4.neg(high);
    for (const end = y + bytes; y < end; y += 16) {
      v128.store(y, Simd.max(Simd.min(v128.load(x), high), low));
      x += 16;
    }
  }

  /** Applies the direction's activation `i` to `count` gates in place, after clipping. */
  @inline
  static activate(i: usize, at: usize, count: i32): void {
    if (State.clip > 0) State.limit(at, at, <usize>count * State.pitch);
    State.apply(i, at, count);
  }

  static apply(i: usize, at: usize, count: i32): void {
    const row = State.activations + i * 12;
    Activation.run(load<i32>(row), load<f32>(row, 4), load<f32>(row, 8), at, <usize>count * State.pitch);
  }
}
