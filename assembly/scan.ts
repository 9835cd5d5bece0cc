// Running sums and products along an axis of x viewed as [o, n, i]:
//
//   y[o, t, i] = x[o, 0, i] ∘ … ∘ x[o, t, i]        ∘ is + or ×, taken one after another in the lane's own type
//
// exclusive leaves the last one out (the first output is 0 or 1); reverse goes from the end of the axis to its start.
// Integers wrap. Work is shared by columns (o, i).
//
// Arguments: 0-1 y, 2-3 x, 4 lane (lanes.ts), 5 product (0 sum, 1 product), 6 exclusive, 7 reverse, 8 o, 9 n, 10 i.

import { Command, Run } from "./command";
import { F32, F64, I32, U32 } from "./lanes";

export function scan(command: usize, thread: i32, threads: i32): void {
  const lane = Command.int(command, 4);
  if (lane == F32) columns<f32>(command, thread, threads);
  else if (lane == I32 || lane == U32) columns<i32>(command, thread, threads);
  else if (lane == F64) columns<f64>(command, thread, threads);
  else columns<i64>(command, thread, threads);
}

function columns<T>(command: usize, thread: i32, threads: i32): void {
  const y = Command.pointer(command, 0, alignof<T>());
  const x = Command.pointer(command, 2, alignof<T>());
  const product = Command.int(command, 5) == 1;
  const exclusive = Command.int(command, 6) == 1;
  const reverse = Command.int(command, 7) == 1;
  const n = Command.int(command, 9);
  const i = Command.int(command, 10);
  const all = Command.int(command, 8) * i;
  const end = Run.share(all, 1, thread + 1, threads);
  let column = Run.share(all, 1, thread, threads);
  const width = (<usize>i) << alignof<T>();
  const first: usize = reverse ? <usize>(n - 1) * width : 0;
  const step: usize = reverse ? 0 - width : width;
  while (column < end && n > 0) {
    const plane = column / i;
    const start = column - plane * i;
    const count = min(end - column, i - start);
    const at = first + ((<usize>plane * <usize>n * <usize>i + <usize>start) << alignof<T>());
    rows<T>(y + at, x + at, step, n, count, product, exclusive);
    column += count;
  }
}

/** `count` neighbouring columns; `step` leads from one position of the axis to the next, in bytes. */
function rows<T>(y: usize, x: usize, step: usize, n: i32, count: i32, product: bool, exclusive: bool): void {
  const bytes = (<usize>count) << alignof<T>();
  const identity = <T>(product ? 1 : 0);
  if (bytes == sizeof<T>()) {
    let total = identity;
    for (let t = 0; t < n; t++, x += step, y += step) {
      const before = total;
      total = Scan.combine<T>(total, load<T>(x), product);
      store<T>(y, exclusive ? before : total);
    }
    return;
  }
  for (let b: usize = 0; b < bytes; b += sizeof<T>()) store<T>(y + b, exclusive ? identity : load<T>(x + b));
  if (!exclusive) x += step;
  for (let t = 1; t < n; t++, x += step, y += step) {
    for (let b: usize = 0; b < bytes; b += sizeof<T>()) {
      store<T>(y + step + b, Scan.combine<T>(load<T>(y + b), load<T>(x + b), product));
    }
  }
}

class Scan {
  @inline
  static combine<T>(a: T, b: T, product: bool): T {
    return product ? a * b : a + b;
  }
}
