// Constants and counts: outputs that depend on no input.
//
// fill, args: 0 epilogue, 1-2 out, 3 count, 4 log2 of bytes an element (0 or 2), 5 the element's bits.
// iota, args: 0 epilogue, 1-2 out, 3 count, 4 dtype (0 float32, 1 int32), 5 start, 6 step (both of that dtype).
//   out[i] = start + i * step; float32 rounds i, the product and the sum, each once; int32 wraps.

import { Command, Run } from "./command";
import { Map } from "./map";

/** Writes one value everywhere. */
export function fill(command: usize, thread: i32, threads: i32): void {
  const epilogue = Command.block(command, 0);
  const count = Command.int(command, 3);
  const shift = <usize>Command.int(command, 4);
  const bits = Command.int(command, 5);
  const out = Command.pointer(command, 1, shift);
  const start = Run.share(count, 64, thread, threads);
  const end = Run.share(count, 64, thread + 1, threads);
  if (start == end) return;
  if (shift == 0) {
    memory.fill(out + <usize>start, <u8>bits, <usize>(end - start));
  } else {
    const value = i32x4.splat(bits);
    let i = start;
    for (; i + 4 <= end; i += 4) v128.store(out + ((<usize>i) << 2), value);
    for (; i < end; i++) store<i32>(out + ((<usize>i) << 2), bits);
  }
  if (epilogue != 0) Map.range(epilogue, start, end);
}

/** Writes an arithmetic progression. */
export function iota(command: usize, thread: i32, threads: i32): void {
  const epilogue = Command.block(command, 0);
  const out = Command.pointer(command, 1);
  const count = Command.int(command, 3);
  const start = Run.share(count, 16, thread, threads);
  const end = Run.share(count, 16, thread + 1, threads);
  if (start == end) return;
  if (Command.int(command, 4) == 0) {
    const first = Command.float(command, 5);
    const step = Command.float(command, 6);
    for (let i = start; i < end; i++) store<f32>(out + ((<usize>i) << 2), first + <f32>i * step);
  } else {
    const first = Command.int(command, 5);
    const step = Command.int(command, 6);
    for (let i = start; i < end; i++) store<i32>(out + ((<usize>i) << 2), first + i * step);
  }
  if (epilogue != 0) Map.range(epilogue, start, end);
}
