// Recurrent cells over whole sequences, as ONNX defines them: RNN, GRU, LSTM, in one or both directions.
//
// Arguments, in words (a slot of -1: none):
//
//    0  out [t + 1 or 2, directions, b, h]: a row a step, then the last h, then the LSTM's last cell
//    2  x [t, b, directions, gates, h]: the inputs times their weights, biases included
//    4  r [directions, gates, h, h]            14  lengths [b], int32
//    6  first h [directions, b, h]             16  t, b, h, directions
//    8  first cell [directions, b, h]          20  cell (recurrent-codes.ts), variant (1: State.variant, 2: packed, 4: rounded)
//   10  peepholes [directions, i o f, h]       22  bit d: direction d runs backwards
//   12  bias [directions, h] of a GRU that     23  clip (float32), 0 for none
//       is linear before its reset             24  3 activations a direction: kind, α, β
//
// The inputs of all steps are one product, made before; a step is a product of few rows by weights that stay in the caches,
// read where they lie, and loops over vectors. A row past its length gives 0 and keeps its state.
//
// Threads share the rows of the batch in each direction. Sums: where r is packed in ascending order; else see gemv.ts,
// `dot` for a batch of one and `dots` for more.
//
// Scratch: State's arrays for the whole batch.

import { Command, Run } from "./command";
import { Gemm } from "./gemm";
import { Cells } from "./recurrent-cells";
import { GRU, LSTM } from "./recurrent-codes";
import { State } from "./recurrent-state";

export function recurrent(command: usize, thread: i32, threads: i32): void {
  const t = Command.int(command, 16);
  const b = Command.int(command, 17);
  const h = Command.int(command, 18);
  const directions = Command.int(command, 19);
  const cell = Command.int(command, 20);
  const gates = cell == LSTM ? 4 : cell == GRU ? 3 : 1;
  State.h = h;
  State.gates = gates;
  State.pitch = ((<usize>h + 3) & ~3) << 2;
  State.single = b == 1;
  State.variant = (Command.int(command, 21) & 1) != 0;
  State.packed = (Command.int(command, 21) & 2) != 0;
  State.rounded = (Command.int(command, 21) & 4) != 0;
  State.clip = Command.float(command, 23);
  State.pre = Run.kernelScratch;
  State.hidden = State.pre + <usize>(gates * b) * State.pitch;
  State.memory = State.hidden + <usize>b * State.pitch;
  State.coarse = State.memory + <usize>b * State.pitch;

  const size = (<usize>h) << 2;
  const outRow = <usize>(directions * b) * size;
  const out = Command.pointer(command, 0);
  const r = Command.pointer(command, 4);
  const end = Run.share(directions * b, 1, thread + 1, threads);
  let at = Run.share(directions * b, 1, thread, threads);
  while (at < end) {
    const d = at / b;
    const row = at - d * b;
    State.rows = min(b - row, end - at);
    const offset = <usize>at * size;
    Recurrent.begin(State.hidden, Recurrent.optional(command, 6), offset);
    Recurrent.begin(State.memory, Recurrent.optional(command, 8), offset);
    const lengths = Recurrent.optional(command, 14);
    Cells.lengths = lengths != 0 ? lengths + ((<usize>row) << 2) : 0;
    Cells.xRow = <usize>(directions * gates) * size;
    State.r = r + <usize>(d * gates) * State.weights();
    const bias = Recurrent.optional(command, 12);
    State.bias = bias != 0 ? bias + <usize>d * size : 0;
    const peepholes = Recurrent.optional(command, 10);
    State.peepholes = peepholes != 0 ? peepholes + <usize>(3 * d) * size : 0;
    State.activations = command + ((<usize>(26 + 9 * d)) << 2);
    const x = Command.pointer(command, 2) + <usize>row * Cells.xRow + <usize>(d * gates) * size;
    const backwards = ((Command.int(command, 22) >> d) & 1) != 0;
    for (let step = 0; step < t; step++) {
      const time = backwards ? t - 1 - step : step;
      Cells.x = x + <usize>time * (<usize>b * Cells.xRow);
      if (cell == LSTM) Cells.lstm(time);
      else if (cell == GRU) Cells.gru(time);
      else Cells.rnn(time);
      Recurrent.store(out + <usize>time * outRow + offset, State.hidden, time);
    }
    Recurrent.store(out + <usize>t * outRow + offset, State.hidden, -1);
    if (cell == LSTM) Recurrent.store(out + <usize>(t + 1) * outRow + offset, State.memory, -1);
    at += State.rows;
  }
}

class Recurrent {
  /** Address of the buffer at argument `i`, 0 if there is none. */
  @inline
  static optional(command: usize, i: i32): usize {
    return Command.int(command, i) < 0 ? 0 : Command.pointer(command, i);
  }

  /** Fills the rows of a state with what is `offset` bytes into `first`, or with 0. */
  static begin(state: usize, first: usize, offset: usize): void {
    const size = (<usize>State.h) << 2;
    for (let row = 0; row < State.rows; row++) {
      if (first == 0) memory.fill(state, 0, State.pitch);
      else memory.copy(state, first + offset + <usize>row * size, size);
      state += State.pitch;
    }
  }

  /** Writes the rows of a state one after another; 0 for those that have ended. */
  static store(to: usize, state: usize, time: i32): void {
    const h = State.h;
    const vectors = (<usize>(h & ~3)) << 2;
    for (let row = 0; row < State.rows; row++) {
      const ended = time >= 0 && Cells.ended(row, time);
      const mask = i32x4.splat(ended ? 0 : -1);
      let from = state + <usize>row * State.pitch;
      for (const last = to + vectors; to < last; to += 16) {
        v128.store(to, v128.and(v128.load(from), mask));
        from += 16;
      }
      if (h & 3) {
        const rest = v128.and(v128.load(from), mask);
        Gemm.putEdge(to, rest, rest, h & 3);
        to += (<usize>(h & 3)) << 2;
      }
    }
  }
}
