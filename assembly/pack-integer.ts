// packInteger: matrices of 8-bit numbers to panels that integer products read (integer-panels.ts).
//
// Arguments, in words:
//
//    0  from: slot, offset               9  line stride, depth stride (bytes)
//    2  out: slot, offset               11  width of a panel: 4 or 8
//    4  zero point: slot (−1: none),    12  1 for unsigned numbers
//       offset, stride along lines      13  bytes of a packed matrix
//    7  lines, depth                    14  rank of the batch, then its shape, from's strides, the zero point's
//
// A packed matrix of L lines (rounded up to whole panels), 64-byte aligned:
//
//   word 0    1 where it is narrow: the relaxed build found every line's values within 127 of each other
//   +64       w[L], q[L]      what a narrow product is put right by: Σ of a line as packed, its zero point less its least value
//   +64 + 8L  panels
//
// All threads look at all values, so that all agree whether the matrix is narrow, and pack a share of the panels.
//
// Scratch: 4 (L + 16) bytes, at least 384: 32 for a minimum and a maximum, then what each line's values are less.

import { Command, Run } from "./command";
import { Panels } from "./integer-panels";
import { IntegerTile } from "./integer-tile";

/** From this depth on a narrow product repays putting its zero points right. */
const NARROW_DEPTH: i32 = 48;

class Pack {
  static lines: i32 = 0;
  static depth: i32 = 0;
  static line: isize = 0;
  static step: isize = 0;
  static flip: i32 = 0;

  /** Writes the least value of each line to `least`; false where a line's values are further than 127 from it. */
  static range(from: usize, least: usize): bool {
    const f = i8x16.splat(<i8>Pack.flip);
    let i = 0;
    if (Pack.line == 1) {
      for (; i + 16 <= Pack.lines; i += 16) {
        if (!Pack.found(from + i, Pack.step, Pack.depth, f)) return false;
        for (let e: usize = 0; e < 16; e++) {
          store<i32>(least + ((<usize>i + e) << 2), <i32>load<i8>(Run.kernelScratch + e));
        }
      }
    }
    for (; i < Pack.lines; i++) {
      const at = from + i * Pack.line;
      let low = 127;
      let high = -128;
      let d = 0;
      if (Pack.step == 1 && Pack.depth >= 16) {
        d = Pack.depth & ~15;
        if (!Pack.found(at, 16, d >> 4, f)) return false;
        for (let e: usize = 0; e < 16; e++) {
          low = min(low, <i32>load<i8>(Run.kernelScratch + e));
          high = max(high, <i32>load<i8>(Run.kernelScratch + e, 16));
        }
      }
      for (; d < Pack.depth; d++) {
        const value = <i32>(<i8>(load<u8>(at + d * Pack.step) ^ Pack.flip));
        low = min(low, value);
        high = max(high, value);
      }
      if (high - low > 127) return false;
      store<i32>(least + ((<usize>i) << 2), low);
    }
    return true;
  }

  /** Least and greatest of `count` vectors, byte by byte, to scratch; false where two are more than 127 apart. */
  static found(from: usize, step: isize, count: i32, flip: v128): bool {
    let low = i8x16.splat(127);
    let high = i8x16.splat(-128);
    for (let d = 0; d < count; d++) {
      const x = v128.xor(v128.load(from), flip);
      low = i8x16.min_s(low, x);
      high = i8x16.max_s(high, x);
      from += step;
    }
    v128.store(Run.kernelScratch, low);
    v128.store(Run.kernelScratch, high, 16);
    // A difference of more than 127 has the highest bit.
    return i8x16.bitmask(i8x16.sub(high, low)) == 0;
  }
}

export function packInteger(command: usize, thread: i32, threads: i32): void {
  const lines = Command.int(command, 7);
  const depth = Command.int(command, 8);
  Pack.lines = lines;
  Pack.depth = depth;
  Pack.line = Command.int(command, 9);
  Pack.step = Command.int(command, 10);
  const width = Command.int(command, 11);
  const shift = Command.int(command, 12) == 0 ? 0 : 128;
  Pack.flip = shift;
  const entry = Command.int(command, 13);
  const zeros = Command.int(command, 4) < 0 ? 0 : Command.pointer(command, 4, 0);
  const zeroStride = Command.int(command, 6);
  const batches = Command.batches(command, 14);
  const source = Command.pointer(command, 0, 0);
  const out = Command.pointer(command, 2, 0);
  const panels = (lines + width - 1) / width;
  const least = Run.kernelScratch + 32;
  for (let batch = 0; batch < batches; batch++) {
    const from = source + Command.batchOffset(command, 14, batch, 0);
    const zero = zeros == 0 ? 0 : zeros + Command.batchOffset(command, 14, batch, 1);
    const to = out + <usize>batch * entry;
    const narrow = depth >= NARROW_DEPTH && IntegerTile.narrowWorks(Run.kernelScratch) && Pack.range(from, least);
    if (thread == 0) store<i32>(to, narrow ? 1 : 0);
    const w = to + 64;
    const q = w + ((<usize>panels * width) << 2);
    const groups = Panels.groups(depth, narrow);
    let panel = q + ((<usize>panels * width) << 2);
    const bytes = (<usize>groups * width) << 2;
    const end = Run.share(panels, 1, thread + 1, threads);
    let p = Run.share(panels, 1, thread, threads);
    panel += <usize>p * bytes;
    for (; p < end; p++) {
      const first = p * width;
      const count = min(lines - first, width);
      const less = least + ((<usize>first) << 2);
      for (let i = 0; i < count; i++) {
        const line = <usize>(first + i);
        let value = 0;
        if (zero != 0) {
          const at = zero + <isize>(first + i) * zeroStride;
          value = <i32>(<i8>(load<u8>(at) ^ Pack.flip));
        } else value = -shift;
        store<i32>(q + (line << 2), narrow ? value - load<i32>(least + (line << 2)) : 0);
        if (!narrow) store<i32>(least + (line << 2), value);
      }
      Panels.pack(panel, width, from + first * Pack.line, Pack.line, Pack.step, count, depth, narrow, Pack.flip, less);
      // Lines that do not exist are zeros, so that the same matrix packs to the same bits.
      for (let i = count; i < width; i++) {
        store<i32>(q + ((<usize>(first + i)) << 2), 0);
        for (let g = 0; g < groups; g++) store<i32>(panel + ((<usize>(g * width + i)) << 2), 0);
      }
      memory.fill(w + ((<usize>first) << 2), 0, (<usize>width) << 2);
      if (ASC_FEATURE_RELAXED_SIMD && narrow) Panels.sums(w + ((<usize>first) << 2), panel, width, groups);
      panel += bytes;
    }
  }
}
