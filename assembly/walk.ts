// Walks of a strided operand: from memory into a run of values, and back. Values have 8 bytes where the elements do, else 4.
//
// The coordinates of a block's first element lie at Run.scratch + 2048 (`locate` puts them there), a walk's own at + 2112.
// A walk takes one inner run after another. Gathered values may overshoot their end by 12 bytes; scattered ones never.

import { Run } from "./command";

const BLOCK_AT: usize = 2048;
const WALK_AT: usize = 2112;

export class Walk {
  /** log2 of the bytes of a value, by those of an element. */
  @inline
  static shift(bytes: usize): usize {
    return bytes == 8 ? 3 : 2;
  }

  /** A vector of one element. */
  @inline
  static splat(source: usize, bytes: usize): v128 {
    if (bytes == 4) return v128.load32_splat(source);
    if (bytes == 8) return v128.load64_splat(source);
    return i32x4.splat(bytes == 2 ? <i32>load<u16>(source) : <i32>load<u8>(source));
  }

  /** Finds the coordinates of element `start`. */
  static locate(start: i32, dims: i32, shape: usize): void {
    for (let d = ((<usize>dims) << 2) - 4; <isize>d >= 0; d -= 4) {
      const extent = load<i32>(shape + d);
      const rest = start / extent;
      store<i32>(Run.scratch + BLOCK_AT + d, start - rest * extent);
      start = rest;
    }
  }

  /** Offset in elements of the located element. */
  static offset(dims: i32, strides: usize): usize {
    let offset: usize = 0;
    for (let d = ((<usize>dims) << 2) - 4; <isize>d >= 0; d -= 4) {
      offset += <usize>(load<i32>(Run.scratch + BLOCK_AT + d) * load<i32>(strides + d));
    }
    return offset;
  }

  /** The located element's innermost coordinate. */
  @inline
  static innermost(dims: i32): i32 {
    return load<i32>(Run.scratch + BLOCK_AT + ((<usize>dims) << 2) - 4);
  }

  /** Starts a walk at the located element. */
  @inline
  static begin(dims: i32): void {
    for (let d = ((<usize>dims) << 2) - 8; <isize>d >= 0; d -= 4) {
      store<i32>(Run.scratch + WALK_AT + d, load<i32>(Run.scratch + BLOCK_AT + d));
    }
  }

  /** Steps to the next inner run; returns by how many elements it lies further. */
  static next(dims: i32, shape: usize, strides: usize): usize {
    let offset = 0;
    for (let d = ((<usize>dims) << 2) - 8; <isize>d >= 0; d -= 4) {
      const stride = load<i32>(strides + d);
      const extent = load<i32>(shape + d);
      const at = load<i32>(Run.scratch + WALK_AT + d) + 1;
      offset += stride;
      if (at < extent) {
        store<i32>(Run.scratch + WALK_AT + d, at);
        break;
      }
      offset -= stride * extent;
      store<i32>(Run.scratch + WALK_AT + d, 0);
    }
    return <usize>offset;
  }

  /** Gathers `n` elements from the located one on, which lies at `source`. */
  static gather(to: usize, source: usize, n: i32, dims: i32, shape: usize, strides: usize, bytes: usize): void {
    const last = ((<usize>dims) << 2) - 4;
    const inner = load<i32>(shape + last);
    const stride = <usize>load<i32>(strides + last) * bytes;
    const at = Walk.innermost(dims);
    let m = min(n, inner - at);
    Walk.load(to, source, stride, m, bytes);
    if (n == m) return;
    source -= <usize>at * stride;
    Walk.begin(dims);
    do {
      to += (<usize>m) << Walk.shift(bytes);
      n -= m;
      m = min(n, inner);
      source += Walk.next(dims, shape, strides) * bytes;
      Walk.load(to, source, stride, m, bytes);
    } while (n > m);
  }

  /** Gathers one period from its start and repeats it up to `more` further values. */
  static period(
    to: usize,
    base: usize,
    period: i32,
    more: i32,
    dims: i32,
    shape: usize,
    strides: usize,
    bytes: usize,
  ): void {
    Walk.locate(0, dims, shape);
    Walk.gather(to, base, period, dims, shape, strides, bytes);
    const shift = Walk.shift(bytes);
    const length = (<usize>period) << shift;
    const end = to + length + ((<usize>more) << shift);
    // In steps of a vector, reading what was written a period ago; a period shorter than a vector goes by 4 bytes.
    let d = to + length;
    if (length < 16) for (; d < end; d += 4) store<u32>(d, load<u32>(d - length));
    else for (; d < end; d += 16) v128.store(d, v128.load(d - length));
  }

  /** Stores `n` values from the located element on, which lies at `target`. */
  static scatter(
    target: usize,
    values: usize,
    step: usize,
    n: i32,
    dims: i32,
    shape: usize,
    strides: usize,
    bytes: usize,
  ): void {
    const last = ((<usize>dims) << 2) - 4;
    const inner = load<i32>(shape + last);
    const stride = load<i32>(strides + last);
    const at = Walk.innermost(dims);
    let m = min(n, inner - at);
    Walk.store(target, values, step, m, stride, bytes);
    if (n == m) return;
    target -= <usize>(at * stride) * bytes;
    Walk.begin(dims);
    do {
      if (step != 0) values += (<usize>m) << Walk.shift(bytes);
      n -= m;
      m = min(n, inner);
      target += Walk.next(dims, shape, strides) * bytes;
      Walk.store(target, values, step, m, stride, bytes);
    } while (n > m);
  }

  /** `n` values of `1 << shift` bytes of one vector. */
  @inline
  static fill(to: usize, vector: usize, n: i32, shift: usize = 2): void {
    const x = v128.load(vector);
    const end = to + ((<usize>n) << shift);
    for (; to < end; to += 16) v128.store(to, x);
  }

  /** Reads a run; `stride` counts bytes. */
  static load(to: usize, source: usize, stride: usize, n: i32, bytes: usize): void {
    const end = to + ((<usize>n) << Walk.shift(bytes));
    if (bytes >= 4) {
      if (stride == bytes) {
        for (; to < end; to += 16, source += 16) v128.store(to, v128.load(source));
      } else if (stride == 0) {
        const x = Walk.splat(source, bytes);
        for (; to < end; to += 16) v128.store(to, x);
      } else if (bytes == 4) {
        for (; to < end; to += 4, source += stride) store<u32>(to, load<u32>(source));
      } else {
        for (; to < end; to += 8, source += stride) store<u64>(to, load<u64>(source));
      }
    } else if (stride == bytes) {
      if (bytes == 1) {
        for (; to < end; to += 16, source += 4) {
          v128.store(to, i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(source))));
        }
      } else {
        for (; to < end; to += 16, source += 8) v128.store(to, i32x4.extend_low_i16x8_u(v128.load64_zero(source)));
      }
    } else if (bytes == 1) {
      for (; to < end; to += 4, source += stride) store<u32>(to, load<u8>(source));
    } else {
      for (; to < end; to += 4, source += stride) store<u32>(to, load<u16>(source));
    }
  }

  /** Writes a run exactly; `stride` counts elements. */
  static store(target: usize, values: usize, step: usize, n: i32, stride: i32, bytes: usize): void {
    let i = 0;
    const jump = <usize>stride * bytes;
    const next = step >> (4 - <u32>Walk.shift(bytes));
    if (stride == 1) {
      if (bytes == 4) {
        for (; i + 4 <= n; i += 4, target += 16, values += step) v128.store(target, v128.load(values));
      } else if (bytes == 8) {
        for (; i + 2 <= n; i += 2, target += 16, values += step) v128.store(target, v128.load(values));
      } else if (bytes == 2) {
        for (; i + 4 <= n; i += 4, target += 8, values += step) {
          const x = v128.load(values);
          v128.store64_lane(target, v128.shuffle<i16>(x, x, 0, 2, 4, 6, 0, 2, 4, 6), 0);
        }
      } else {
        for (; i + 4 <= n; i += 4, target += 4, values += step) {
          const x = v128.and(v128.load(values), i32x4.splat(255));
          const narrow = i16x8.narrow_i32x4_u(x, x);
          v128.store_lane<u32>(target, i8x16.narrow_i16x8_u(narrow, narrow), 0);
        }
      }
    }
    if (bytes == 4) for (; i < n; i++, target += jump, values += next) store<u32>(target, load<u32>(values));
    else if (bytes == 8) for (; i < n; i++, target += jump, values += next) store<u64>(target, load<u64>(values));
    else if (bytes == 2) for (; i < n; i++, target += jump, values += next) store<u16>(target, load<u16>(values));
    else for (; i < n; i++, target += jump, values += next) store<u8>(target, load<u8>(values));
  }
}
