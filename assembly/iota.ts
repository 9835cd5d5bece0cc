// Counting: an output that depends on no input.
//
// Arguments: 0 epilogue, 1-2 out, 3 count, 4 dtype (0 float32, 1 int32), 5 start, 6 step (both of that dtype).
//   out[i] = start + i * step; float32 rounds i, the product and the sum, each once; int32 wraps.

import { Command, Run } from "./command";
import { Map } from "./map";

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
