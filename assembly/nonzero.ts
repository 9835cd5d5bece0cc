// Where the elements that are not 0 lie.
//
//   y[0 … count - 1]  their row-major positions, ascending      y[count … n - 1]  0      y[n]  count
//
// A thread counts what lies before its share of the elements to know where its positions go.
//
// Arguments: 0-1 y (int32, n + 1), 2-3 x (bool), 4 n.

import { Command, Run } from "./command";

export function nonzero(command: usize, thread: i32, threads: i32): void {
  const y = Command.pointer(command, 0);
  const x = Command.pointer(command, 2, 0);
  const n = Command.int(command, 4);
  const start = Run.share(n, 1, thread, threads);
  const end = Run.share(n, 1, thread + 1, threads);
  let count = 0;
  for (let i = 0; i < start; i++) count += load<u8>(x + <usize>i);
  for (let i = start; i < end; i++) {
    if (load<u8>(x + <usize>i) == 0) continue;
    store<i32>(y + ((<usize>count) << 2), i);
    count++;
  }
  if (end < n || thread + 1 < threads) return;
  memory.fill(y + ((<usize>count) << 2), 0, (<usize>(n - count)) << 2);
  store<i32>(y + ((<usize>n) << 2), count);
}
