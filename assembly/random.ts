// Random bits by counting: Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw, SC 2011).
//
// Element i of the output is word (i & 1) of threefry(key, counter = [i >> 1, 0]), an int32. So an element depends on its
// index and the key alone, and a shorter output is the beginning of a longer one. Four counters go side by side in the
// lanes of two vectors, whose words are interleaved when they are stored:
//
//   counters          c    c+1   c+2   c+3
//   x0                a0   a1    a2    a3
//   x1                b0   b1    b2    b3
//   elements 2c …     a0 b0 a1 b1   a2 b2 a3 b3
//
// args: 0 epilogue, 1-2 out (int32), 3-4 key (two int32 words, read when the command runs), 5 count.

import { Command, Run } from "./command";
import { Map } from "./map";

class Threefry {
  static k0: v128 = i32x4.splat(0);
  static k1: v128 = i32x4.splat(0);
  static k2: v128 = i32x4.splat(0);

  static setKey(k0: i32, k1: i32): void {
    Threefry.k0 = i32x4.splat(k0);
    Threefry.k1 = i32x4.splat(k1);
    Threefry.k2 = i32x4.splat(0x1bd11bda ^ k0 ^ k1);
  }

  /** A round's new x1, from the old one and the round's sum (its new x0). */
  @inline
  static round(x1: v128, r: i32, sum: v128): v128 {
    return v128.xor(v128.or(i32x4.shl(x1, r), i32x4.shr_u(x1, 32 - r)), sum);
  }

  /** Stores elements 8 * group … 8 * group + 7 at `to`. */
  @inline
  static group(to: usize, group: i32): void {
    const k0 = Threefry.k0;
    const k1 = Threefry.k1;
    const k2 = Threefry.k2;
    let x0 = i32x4.add(i32x4.add(i32x4.splat(group << 2), i32x4(0, 1, 2, 3)), k0);
    let x1 = k1;
    x1 = Threefry.round(x1, 13, (x0 = i32x4.add(x0, x1)));
    x1 = Threefry.round(x1, 15, (x0 = i32x4.add(x0, x1)));
    x1 = Threefry.round(x1, 26, (x0 = i32x4.add(x0, x1)));
    x1 = Threefry.round(x1, 6, (x0 = i32x4.add(x0, x1)));
    x0 = i32x4.add(x0, k1);
    x1 = i32x4.add(x1, i32x4.add(k2, i32x4.splat(1)));
    x1 = Threefry.round(x1, 17, (x0 = i32x4.add(x0, x1)));
    x1 = Threefry.round(x1, 29, (x0 = i32x4.add(x0, x1)));
    x1 = Threefry.round(x1, 16, (x0 = i32x4.add(x0, x1)));
    x1 = Threefry.round(x1, 24, (x0 = i32x4.add(x0, x1)));
    x0 = i32x4.add(x0, k2);
    x1 = i32x4.add(x1, i32x4.add(k0, i32x4.splat(2)));
    x1 = Threefry.round(x1, 13, (x0 = i32x4.add(x0, x1)));
    x1 = Threefry.round(x1, 15, (x0 = i32x4.add(x0, x1)));
    x1 = Threefry.round(x1, 26, (x0 = i32x4.add(x0, x1)));
    x1 = Threefry.round(x1, 6, (x0 = i32x4.add(x0, x1)));
    x0 = i32x4.add(x0, k0);
    x1 = i32x4.add(x1, i32x4.add(k1, i32x4.splat(3)));
    x1 = Threefry.round(x1, 17, (x0 = i32x4.add(x0, x1)));
    x1 = Threefry.round(x1, 29, (x0 = i32x4.add(x0, x1)));
    x1 = Threefry.round(x1, 16, (x0 = i32x4.add(x0, x1)));
    x1 = Threefry.round(x1, 24, (x0 = i32x4.add(x0, x1)));
    x0 = i32x4.add(x0, k1);
    x1 = i32x4.add(x1, i32x4.add(k2, i32x4.splat(4)));
    x1 = Threefry.round(x1, 13, (x0 = i32x4.add(x0, x1)));
    x1 = Threefry.round(x1, 15, (x0 = i32x4.add(x0, x1)));
    x1 = Threefry.round(x1, 26, (x0 = i32x4.add(x0, x1)));
    x1 = Threefry.round(x1, 6, (x0 = i32x4.add(x0, x1)));
    x0 = i32x4.add(x0, k2);
    x1 = i32x4.add(x1, i32x4.add(k0, i32x4.splat(5)));
    v128.store(to, v128.shuffle<i32>(x0, x1, 0, 4, 1, 5));
    v128.store(to, v128.shuffle<i32>(x0, x1, 2, 6, 3, 7), 16);
  }
}

/** Writes a stream of random bits. */
export function random(command: usize, thread: i32, threads: i32): void {
  const epilogue = Command.block(command, 0);
  const out = Command.pointer(command, 1);
  const key = Command.pointer(command, 3);
  const count = Command.int(command, 5);
  Threefry.setKey(load<i32>(key), load<i32>(key, 4));
  const end = Run.share(count, 8, thread + 1, threads);
  for (let i = Run.share(count, 8, thread, threads); i < end; ) {
    const from = i;
    const stop = min(end, i + 2048);
    for (; i + 8 <= stop; i += 8) Threefry.group(out + ((<usize>i) << 2), i >> 3);
    if (i < stop) {
      // The last group is cut: only the end of the whole output is not a multiple of 8.
      Threefry.group(Run.kernelScratch, i >> 3);
      memory.copy(out + ((<usize>i) << 2), Run.kernelScratch, (<usize>(stop - i)) << 2);
      i = stop;
    }
    if (epilogue != 0) Map.range(epilogue, from, stop);
  }
}
