// One step of each cell, for the rows of State. `x` is the projection of the step's inputs, biases included, `xRow` bytes
// a row; gates in ONNX's order: RNN h; GRU z r h; LSTM i o f c. Rows at their end (`lengths` at most `time`) keep their state.
//
//   RNN    h' = f(x + R h)
//   GRU    z, r = f(x + R h);  h' = (1 - z) g(x + R (r h)) + z h      linear before reset: g(x + r (R h + b))
//   LSTM   i, o, f = f(x + R h + p c);  c' = f c + i g(x + R h);  h' = o h(c')      o sees c', coupled: f = 1 - i

import { State } from "./recurrent-state";
import { Simd } from "./simd";

export class Cells {
  /** int32 lengths of the rows, 0 for none. */
  static lengths: usize = 0;
  static x: usize = 0;
  static xRow: usize = 0;

  @inline
  static ended(row: i32, time: i32): bool {
    return Cells.lengths != 0 && load<i32>(Cells.lengths + ((<usize>row) << 2)) <= time;
  }

  @inline
  static input(row: i32, gate: i32): usize {
    return Cells.x + <usize>row * Cells.xRow + ((<usize>(gate * State.h)) << 2);
  }

  static rnn(time: i32): void {
    State.product(0, 1, State.hidden);
    for (let row = 0; row < State.rows; row++) {
      if (Cells.ended(row, time)) continue;
      const gate = State.gate(row, 0);
      State.add(gate, Cells.input(row, 0));
      State.activate(0, gate, 1);
      memory.copy(State.hiddenOf(row), gate, State.pitch);
    }
  }

  static gru(time: i32): void {
    const pitch = State.pitch;
    State.product(0, State.variant ? 3 : 2, State.hidden);
    for (let row = 0; row < State.rows; row++) {
      const z = State.gate(row, 0);
      const r = z + pitch;
      State.add(z, Cells.input(row, 0));
      State.add(r, Cells.input(row, 1));
      State.activate(0, z, 2);
      if (State.variant) {
        const n = r + pitch;
        State.add(n, State.bias);
        for (let j: usize = 0; j < pitch; j += 16) {
          v128.store(n + j, f32x4.mul(v128.load(n + j), v128.load(r + j)));
        }
      } else {
        const h = State.hiddenOf(row);
        const reset = State.memoryOf(row);
        for (let j: usize = 0; j < pitch; j += 16) {
          v128.store(reset + j, f32x4.mul(v128.load(r + j), v128.load(h + j)));
        }
      }
    }
    if (!State.variant) State.product(2, 1, State.memory);
    const one = f32x4.splat(1);
    for (let row = 0; row < State.rows; row++) {
      if (Cells.ended(row, time)) continue;
      const z = State.gate(row, 0);
      const n = z + 2 * pitch;
      State.add(n, Cells.input(row, 2));
      State.activate(1, n, 1);
      const h = State.hiddenOf(row);
      for (let j: usize = 0; j < pitch; j += 16) {
        const gate = v128.load(z + j);
        const fresh = f32x4.mul(f32x4.sub(one, gate), v128.load(n + j));
        v128.store(h + j, Simd.madd(gate, v128.load(h + j), fresh));
      }
    }
  }

  static lstm(time: i32): void {
    const pitch = State.pitch;
    const peepholes = State.peepholes;
    const size = (<usize>State.h) << 2;
    const one = f32x4.splat(1);
    State.product(0, 4, State.operand());
    for (let row = 0; row < State.rows; row++) {
      if (Cells.ended(row, time)) continue;
      const i = State.gate(row, 0);
      const o = i + pitch;
      const f = o + pitch;
      const g = f + pitch;
      const c = State.memoryOf(row);
      const h = State.hiddenOf(row);
      for (let gate = 0; gate < 4; gate++) State.add(i + <usize>gate * pitch, Cells.input(row, gate));
      if (peepholes == 0) {
        State.activate(0, i, 3);
      } else {
        State.addProduct(i, peepholes, c);
        State.addProduct(f, peepholes + 2 * size, c);
        State.activate(0, i, 1);
        State.activate(0, f, 1);
      }
      State.activate(1, g, 1);
      for (let j: usize = 0; j < pitch; j += 16) {
        const take = v128.load(i + j);
        const forget = State.variant ? f32x4.sub(one, take) : v128.load(f + j);
        v128.store(c + j, Simd.madd(forget, v128.load(c + j), f32x4.mul(take, v128.load(g + j))));
      }
      if (peepholes != 0) {
        State.addProduct(o, peepholes + size, c);
        State.activate(0, o, 1);
      }
      memory.copy(g, c, pitch);
      State.apply(2, g, 1);
      for (let j: usize = 0; j < pitch; j += 16) {
        v128.store(h + j, f32x4.mul(v128.load(o + j), v128.load(g + j)));
      }
    }
  }
}
