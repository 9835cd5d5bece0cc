// Copies between two strided windows of one dtype: contiguous rows, transposes by 4×4 in vectors, anything else by element.
//
// Arguments (MAP with segments -1): 0, -1, bytes an element, dims ≥ 2, out (slot, offset), input (slot, offset),
// shape[dims], strides of out[dims], strides of input[dims] (elements). The lowering orders the dimensions: the last is
// the one along which the output is densest, the last but one that along which the input is.

import { Command, Run } from "./command";

export class Copy {
  static run(command: usize, thread: i32, threads: i32): void {
    const bytes: usize = Command.int(command, 2);
    const shift = <usize>ctz(bytes);
    const dims = Command.int(command, 3);
    const out = Command.pointer(command, 4, shift);
    const input = Command.pointer(command, 6, shift);
    const width = (<usize>dims) << 2;
    const shape = command + 40;
    const last = width - 4;
    const columns = load<i32>(shape + last);
    const height = load<i32>(shape + last - 4);
    const outRow = (<usize>load<i32>(shape + width + last - 4)) << shift;
    const outColumn = (<usize>load<i32>(shape + width + last)) << shift;
    const inRow = (<usize>load<i32>(shape + 2 * width + last - 4)) << shift;
    const inColumn = (<usize>load<i32>(shape + 2 * width + last)) << shift;
    let rows = 1;
    for (let d: usize = 0; d < last; d += 4) rows *= load<i32>(shape + d);
    if (rows == 1) {
      const start = Run.share(columns, 1024, thread, threads);
      const end = Run.share(columns, 1024, thread + 1, threads);
      const at = <usize>start;
      Copy.plane(
        out + at * outColumn,
        input + at * inColumn,
        1,
        end - start,
        outRow,
        outColumn,
        inRow,
        inColumn,
        bytes,
      );
      return;
    }
    let row = Run.share(rows, 16, thread, threads);
    const end = Run.share(rows, 16, thread + 1, threads);
    while (row < end) {
      let plane = row / height;
      const first = row - plane * height;
      const n = min(end - row, height - first);
      let d = out + <usize>first * outRow;
      let s = input + <usize>first * inRow;
      for (let k = last - 8; <isize>k >= 0; k -= 4) {
        const extent = load<i32>(shape + k);
        const rest = plane / extent;
        const at = plane - rest * extent;
        d += (<usize>(at * load<i32>(shape + width + k))) << shift;
        s += (<usize>(at * load<i32>(shape + 2 * width + k))) << shift;
        plane = rest;
      }
      Copy.plane(d, s, n, columns, outRow, outColumn, inRow, inColumn, bytes);
      row += n;
    }
  }

  /** rows × columns; strides count bytes. */
  static plane(
    d: usize,
    s: usize,
    rows: i32,
    columns: i32,
    dr: usize,
    dc: usize,
    sr: usize,
    sc: usize,
    bytes: usize,
  ): void {
    if (columns <= 0) return;
    if (dc == bytes && sc == bytes) {
      const length = <usize>columns * bytes;
      for (let r = 0; r < rows; r++, d += dr, s += sr) Copy.row(d, s, length);
      return;
    }
    if (bytes == 4 && dc == 4 && sr == 4) {
      // 16 rows together use whole cache lines of the input.
      for (; rows >= 4; ) {
        const n = min(rows & ~3, 16);
        Copy.transpose(d, s, n, columns, dr, sc);
        rows -= n;
        d += <usize>n * dr;
        s += (<usize>n) << 2;
      }
    }
    for (let r = 0; r < rows; r++, d += dr, s += sr) Copy.elements(d, s, columns, dc, sc, bytes);
  }

  @inline
  static row(d: usize, s: usize, length: usize): void {
    if (length >= 512) {
      memory.copy(d, s, length);
      return;
    }
    let i: usize = 0;
    for (; i + 16 <= length; i += 16) v128.store(d + i, v128.load(s + i));
    for (; i + 4 <= length; i += 4) store<u32>(d + i, load<u32>(s + i));
    for (; i < length; i++) store<u8>(d + i, load<u8>(s + i));
  }

  static elements(d: usize, s: usize, n: i32, dc: usize, sc: usize, bytes: usize): void {
    let i = 0;
    if (sc == 0 && dc == bytes && bytes >= 4) {
      const x = bytes == 4 ? v128.load32_splat(s) : v128.load64_splat(s);
      const step = <i32>(16 / bytes);
      for (; i + step <= n; i += step, d += 16) v128.store(d, x);
    }
    if (bytes == 4) for (; i < n; i++, d += dc, s += sc) store<u32>(d, load<u32>(s));
    else if (bytes == 8) for (; i < n; i++, d += dc, s += sc) store<u64>(d, load<u64>(s));
    else if (bytes == 2) for (; i < n; i++, d += dc, s += sc) store<u16>(d, load<u16>(s));
    else for (; i < n; i++, d += dc, s += sc) store<u8>(d, load<u8>(s));
  }

  /** `rows` (a multiple of 4) × columns, the input contiguous along the rows, the output along the columns. */
  static transpose(d: usize, s: usize, rows: i32, columns: i32, dr: usize, sc: usize): void {
    let c = 0;
    for (; c + 4 <= columns; c += 4) {
      let from = s;
      let to = d;
      for (let r = 0; r < rows; r += 4) {
        const x0 = v128.load(from);
        const x1 = v128.load(from + sc);
        const x2 = v128.load(from + 2 * sc);
        const x3 = v128.load(from + 3 * sc);
        const a = v128.shuffle<i32>(x0, x1, 0, 4, 1, 5);
        const b = v128.shuffle<i32>(x0, x1, 2, 6, 3, 7);
        const e = v128.shuffle<i32>(x2, x3, 0, 4, 1, 5);
        const f = v128.shuffle<i32>(x2, x3, 2, 6, 3, 7);
        v128.store(to, v128.shuffle<i64>(a, e, 0, 2));
        v128.store(to + dr, v128.shuffle<i64>(a, e, 1, 3));
        v128.store(to + 2 * dr, v128.shuffle<i64>(b, f, 0, 2));
        v128.store(to + 3 * dr, v128.shuffle<i64>(b, f, 1, 3));
        from += 16;
        to += 4 * dr;
      }
      d += 16;
      s += 4 * sc;
    }
    for (; c < columns; c++, d += 4, s += sc) {
      let to = d;
      for (let r: usize = 0; r < <usize>rows; r++, to += dr) store<u32>(to, load<u32>(s + (r << 2)));
    }
  }
}
