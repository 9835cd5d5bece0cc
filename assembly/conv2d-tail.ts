// What follows a convolution most often, done while its outputs are in registers: y = min(max(y + bias[o], low), high).
//
// Arguments, from `first` on: bias, low, high: slot, offset each, slot −1 for none. A bias holds one element a channel, low
// and high are one element each. The three steps are those of a map program, in its order: they leave the same bits.

import { Command } from "./command";

/** What stands in for a bias, a lower and an upper bound that are not there. */
const NOTHING: usize = memory.data<f32>([-0, -Infinity, Infinity], 16);

export class Tail {
  /** Address of the first channel's bias, and the bytes from channel to channel: 0 where there is no bias. */
  static bias: usize = 0;
  static step: usize = 0;
  static low: usize = 0;
  static high: usize = 0;
  /** Whether there is anything to do. */
  static some: bool = false;

  static read(command: usize, first: i32): void {
    const bias = Command.int(command, first) >= 0,
      low = Command.int(command, first + 2) >= 0,
      high = Command.int(command, first + 4) >= 0;
    Tail.bias = bias ? Command.pointer(command, first) : NOTHING;
    Tail.step = bias ? 4 : 0;
    Tail.low = low ? Command.pointer(command, first + 2) : NOTHING + 4;
    Tail.high = high ? Command.pointer(command, first + 4) : NOTHING + 8;
    Tail.some = bias || low || high;
    // pmax and pmin keep a NaN among the outputs, not one that bounds them.
    if (isNaN(load<f32>(Tail.low)) || isNaN(load<f32>(Tail.high))) {
      Tail.bias = isNaN(load<f32>(Tail.low)) ? Tail.low : Tail.high;
      Tail.step = 0;
    }
  }

  /** For a kernel without a tail. */
  static nothing(): void {
    Tail.bias = NOTHING;
    Tail.step = 0;
    Tail.low = NOTHING + 4;
    Tail.high = NOTHING + 8;
    Tail.some = false;
  }

  /** Address of the bias of channel `o`. */
  @inline
  static of(o: i32): usize {
    return Tail.bias + <usize>o * Tail.step;
  }

  /** Outputs of the channel whose bias is at `bias`. */
  @inline
  static apply(y: v128, bias: usize): v128 {
    return Tail.clamp(f32x4.add(y, v128.load_splat<f32>(bias)));
  }

  @inline
  static clamp(y: v128): v128 {
    return f32x4.pmin(f32x4.pmax(y, v128.load_splat<f32>(Tail.low)), v128.load_splat<f32>(Tail.high));
  }

  /** The bias of four channels from the one at `bias` on, one a lane. */
  @inline
  static four(bias: usize): v128 {
    return Tail.step == 0 ? v128.load_splat<f32>(bias) : v128.load(bias);
  }

  /** `count` outputs of one channel, in place. */
  static plane(y: usize, count: i32, bias: usize): void {
    const b = v128.load_splat<f32>(bias),
      low = v128.load_splat<f32>(Tail.low),
      high = v128.load_splat<f32>(Tail.high);
    const end = y + ((<usize>count) << 2);
    for (; y + 16 <= end; y += 16) v128.store(y, f32x4.pmin(f32x4.pmax(f32x4.add(v128.load(y), b), low), high));
    for (; y < end; y += 4) {
      v128.store32_lane(y, f32x4.pmin(f32x4.pmax(f32x4.add(v128.load32_splat(y), b), low), high), 0);
    }
  }
}
