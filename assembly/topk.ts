// The first k of an axis in sorted order, as positions. x is viewed as [o, n, i], y as [o, k, i], int32.
//
// Of equal values the one with the lower position comes first; -0 equals 0; NaN counts as greatest. Values become unsigned
// keys whose order is the wanted one, and a key with its position is one element that no other equals:
//
//   narrow, 8 bytes     key (32 bits) above position (32 bits)
//   wide, 16 bytes      key (64 bits), position (64 bits)
//
// Few of many: a heap of the best k so far, its worst on top, so that most values cost one comparison. Else: runs of 8
// sorted by insertion, merged two by two. Work is shared by columns (o, i).
//
// Arguments: 0-1 y, 2-3 x, 4 lane (lanes.ts), 5 largest, 6 o, 7 n, 8 i, 9 k. Scratch: 2 n + 3 elements.

import { Command, Run } from "./command";
import { F32, F64, I32, I64, U32 } from "./lanes";

/** Elements that insertion sorts. */
const RUN: i32 = 8;

/** How much larger than k the axis is when a heap is taken. */
const FEW: i32 = 8;

export function topk(command: usize, thread: i32, threads: i32): void {
  const lane = Command.int(command, 4);
  if (lane == F32 || lane == I32 || lane == U32) columns<Narrow>(command, thread, threads);
  else columns<Wide>(command, thread, threads);
}

function columns<E>(command: usize, thread: i32, threads: i32): void {
  const f = changetype<E>(0);
  const shift: usize = f.width() == 8 ? 2 : 3;
  const y = Command.pointer(command, 0);
  const x = Command.pointer(command, 2, shift);
  const lane = Command.int(command, 4);
  const flip: u64 = Command.int(command, 5) == 1 ? -1 : 0;
  const n = Command.int(command, 7);
  const i = Command.int(command, 8);
  const k = Command.int(command, 9);
  const count = Command.int(command, 6) * i;
  const end = Run.share(count, 1, thread + 1, threads);
  const stride = (<usize>i) << shift;
  const few = k * FEW <= n;
  for (let column = Run.share(count, 1, thread, threads); column < end; column++) {
    const plane = <usize>(column / i);
    const at = <usize>(column % i);
    const from = x + ((plane * <usize>n * <usize>i + at) << shift);
    let sorted = Run.kernelScratch + f.width();
    if (few) select<E>(sorted, from, stride, n, k, lane, flip);
    else sorted = sort<E>(sorted, from, stride, n, lane, flip);
    let to = y + ((plane * <usize>k * <usize>i + at) << 2);
    for (let r = 0; r < k; r++, sorted += f.width(), to += (<usize>i) << 2) store<i32>(to, f.position(sorted));
  }
}

/** Sorts the best k of n to `heap`. */
function select<E>(heap: usize, x: usize, stride: usize, n: i32, k: i32, lane: i32, flip: u64): void {
  if (k == 0) return;
  const f = changetype<E>(0);
  const candidate = heap + <usize>k * f.width();
  for (let r = 0; r < k; r++, x += stride) f.put(heap + <usize>r * f.width(), Key.of(x, lane) ^ flip, r);
  build<E>(heap, k);
  for (let r = k; r < n; r++, x += stride) {
    f.put(candidate, Key.of(x, lane) ^ flip, r);
    if (!f.before(candidate, heap)) continue;
    f.move(heap, candidate);
    sink<E>(heap, 0, k);
  }
  unwind<E>(heap, k);
}

/** Makes a heap of `count` elements, the last of the order on top. */
export function build<E>(heap: usize, count: i32): void {
  for (let r = count >> 1; --r >= 0; ) sink<E>(heap, r, count);
}

/** Sorts a heap, with the element behind it to use. */
export function unwind<E>(heap: usize, count: i32): void {
  const f = changetype<E>(0);
  const held = heap + <usize>count * f.width();
  for (let last = count - 1; last > 0; last--) {
    const end = heap + <usize>last * f.width();
    f.move(held, end);
    f.move(end, heap);
    f.move(heap, held);
    sink<E>(heap, 0, last);
  }
}

/** Lets element `r` of a heap of `count` sink below those that come after it; the element before the heap is its to use. */
function sink<E>(heap: usize, r: i32, count: i32): void {
  const f = changetype<E>(0);
  const held = heap - f.width();
  f.move(held, heap + <usize>r * f.width());
  for (;;) {
    let child = 2 * r + 1;
    if (child >= count) break;
    let at = heap + <usize>child * f.width();
    if (child + 1 < count && f.before(at, at + f.width())) {
      child++;
      at += f.width();
    }
    if (!f.before(held, at)) break;
    f.move(heap + <usize>r * f.width(), at);
    r = child;
  }
  f.move(heap + <usize>r * f.width(), held);
}

/** Sorts all n elements; returns where they lie. */
function sort<E>(a: usize, x: usize, stride: usize, n: i32, lane: i32, flip: u64): usize {
  const f = changetype<E>(0);
  const bytes = <usize>n * f.width();
  let b = a + bytes + f.width();
  for (let r = 0; r < n; r++, x += stride) {
    f.put(b, Key.of(x, lane) ^ flip, r);
    const first = a + <usize>(r & ~(RUN - 1)) * f.width();
    let at = a + <usize>r * f.width();
    for (; at > first && f.before(b, at - f.width()); at -= f.width()) f.move(at, at - f.width());
    f.move(at, b);
  }
  for (let run = <usize>RUN * f.width(); run < bytes; run <<= 1) {
    for (let start: usize = 0; start < bytes; start += 2 * run) {
      merge<E>(b + start, a + start, min(run, bytes - start), min(2 * run, bytes - start));
    }
    const sorted = b;
    b = a;
    a = sorted;
  }
  return a;
}

/** Merges the sorted elements before `middle` with those from there to `end`, in bytes from `a`. */
function merge<E>(b: usize, a: usize, middle: usize, end: usize): void {
  const f = changetype<E>(0);
  let left = a;
  let right = a + middle;
  for (const stop = b + end; b < stop; b += f.width()) {
    if (right == a + end || (left < a + middle && f.before(left, right))) {
      f.move(b, left);
      left += f.width();
    } else {
      f.move(b, right);
      right += f.width();
    }
  }
}

export class Key {
  /** An unsigned number, of 32 bits for a narrow lane, that orders as the value at `x` does. */
  @inline
  static of(x: usize, lane: i32): u64 {
    if (lane == F32) {
      const value = load<f32>(x);
      if (value != value) return 0xffffffff;
      const bits = reinterpret<i32>(value + 0);
      return <u64>(<u32>(bits ^ ((bits >> 31) | (1 << 31))));
    }
    if (lane == I32) return <u64>(load<u32>(x) ^ (1 << 31));
    if (lane == U32) return <u64>load<u32>(x);
    if (lane == F64) {
      const value = load<f64>(x);
      if (value != value) return -1;
      const bits = reinterpret<i64>(value + 0);
      return <u64>(bits ^ ((bits >> 63) | (1 << 63)));
    }
    return lane == I64 ? load<u64>(x) ^ (1 << 63) : load<u64>(x);
  }
}

/** Elements of 8 bytes. */
export class Narrow {
  @inline
  width(): usize {
    return 8;
  }
  @inline
  put(at: usize, key: u64, position: i32): void {
    store<u64>(at, (key << 32) | <u64>(<u32>position));
  }
  @inline
  position(at: usize): i32 {
    return load<i32>(at);
  }
  @inline
  before(a: usize, b: usize): bool {
    return load<u64>(a) < load<u64>(b);
  }
  @inline
  move(to: usize, from: usize): void {
    store<u64>(to, load<u64>(from));
  }
}

/** Elements of 16 bytes. */
export class Wide {
  @inline
  width(): usize {
    return 16;
  }
  @inline
  put(at: usize, key: u64, position: i32): void {
    store<u64>(at, key);
    store<u64>(at, <u64>position, 8);
  }
  @inline
  position(at: usize): i32 {
    return load<i32>(at, 8);
  }
  @inline
  before(a: usize, b: usize): bool {
    const p = load<u64>(a);
    const q = load<u64>(b);
    return p < q || (p == q && load<u64>(a, 8) < load<u64>(b, 8));
  }
  @inline
  move(to: usize, from: usize): void {
    v128.store(to, v128.load(from));
  }
}
