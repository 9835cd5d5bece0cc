// matmulNBits: out[m, n] = a[m, k] · Wᵀ, a of float32 and W [n, k] of 2, 4 or 8-bit numbers that stay packed:
//
//   W[j][d] = q[j][d] · scale[j][d / block] + shift[j][d / block]        shift = −scale · zero point
//
// Arguments, in words:
//
//    0  a: slot, offset (contiguous)       11  m, n, k
//    2  q: slot, offset                    14  bits
//    4  scales: slot, offset               15  block, a power of 2; block · bits ≥ 64
//    6  shifts: slot, offset               16  rows of a that are worked on at a time
//    8  out: slot, offset
//   10  epilogue block
//
// A row of q is whole blocks, the first number of a byte in its lowest bits. Eight bytes are a unit of 8 · parts numbers
// (parts = 8 / bits); unpacked they come part by part, so a's rows are copied in that order once:
//
//   q, 4 bits   byte 0: q0 q1 │ byte 1: q2 q3 │ …  byte 7          a's copy: a0 a2 … a14 │ a1 a3 … a15
//
// A number of b < 8 bits becomes a float without conversion: as the highest bits of a mantissa under the exponent of 2ᵇ it
// is 2ᵇ + q, whose upper two bytes are made at once for sixteen numbers; the 2ᵇ goes into the shift.
//
// One row: dots of q by the copy, a scale a block; the shifts meet the sums of a's blocks. More: eight columns, DEPTH numbers
// at a time, become a panel of floats for the register tiles (gemm.ts). Threads share panels of eight columns; an output is
// the same sum whoever computes it.
//
// Scratch: copies of a's rows, whole blocks long; one row: sums of its blocks; more: 2 · 8 · DEPTH floats.

import { Command, Run } from "./command";
import { Gemm } from "./gemm";
import { Map } from "./map";
import { Simd } from "./simd";

/** Numbers of a column that are unpacked at a time. */
const DEPTH: i32 = 256;

/** How a vector of sixteen packed bytes becomes floats. P has as many bytes as a byte has parts: u8, u16 or u32. */
class Unpack {
  /** Part j of sixteen bytes: the numbers themselves (8 bits) or the third bytes of floats. */
  @inline
  static part<P>(x: v128, j: i32): v128 {
    if (sizeof<P>() == 1) return x;
    const left = 7 - (8 / <i32>sizeof<P>()) * (j + 1);
    const shifted = left > 0 ? i16x8.shl(x, left) : i16x8.shr_u(x, 1);
    const mask = sizeof<P>() == 2 ? i8x16.splat(0x78) : i8x16.splat(0x60);
    return v128.or(v128.and(shifted, mask), i8x16.splat(-128));
  }

  /** The first eight numbers of a part, as the upper halves of floats. */
  @inline
  static low<P>(t: v128): v128 {
    if (sizeof<P>() == 1) return i16x8.extend_low_i8x16_u(t);
    return v128.shuffle<i8>(t, Unpack.top<P>(), 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  }

  @inline
  static high<P>(t: v128): v128 {
    if (sizeof<P>() == 1) return i16x8.extend_high_i8x16_u(t);
    return v128.shuffle<i8>(t, Unpack.top<P>(), 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  }

  /** The fourth byte of 2ᵇ + q. */
  @inline
  static top<P>(): v128 {
    return sizeof<P>() == 2 ? i8x16.splat(0x41) : i8x16.splat(0x40);
  }

  /** Four floats of eight. */
  @inline
  static first<P>(p: v128): v128 {
    if (sizeof<P>() == 1) return f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(p));
    return v128.shuffle<i16>(i16x8.splat(0), p, 0, 8, 1, 9, 2, 10, 3, 11);
  }

  @inline
  static second<P>(p: v128): v128 {
    if (sizeof<P>() == 1) return f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(p));
    return v128.shuffle<i16>(i16x8.splat(0), p, 4, 12, 5, 13, 6, 14, 7, 15);
  }

  /** s plus eight numbers by eight floats at `a`. */
  @inline
  static dot<P>(p: v128, a: usize, s: v128): v128 {
    return Simd.madd(Unpack.second<P>(p), v128.load(a, 16), Simd.madd(Unpack.first<P>(p), v128.load(a), s));
  }

  /** Eight numbers, by a scale and plus a shift, to `to`. */
  @inline
  static store<P>(p: v128, to: usize, scale: v128, shift: v128): void {
    v128.store(to, Simd.madd(Unpack.first<P>(p), scale, shift));
    v128.store(to, Simd.madd(Unpack.second<P>(p), scale, shift), 16);
  }

  /** What the floats are more than the numbers. */
  @inline
  static bias<P>(): f32 {
    return sizeof<P>() == 1 ? 0 : sizeof<P>() == 2 ? 16 : 4;
  }
}

class NBits {
  static n: i32 = 0;
  static k: i32 = 0;
  static bits: i32 = 0;
  static block: i32 = 0;
  /** Blocks of a column, and its bytes. */
  static blocks: i32 = 0;
  static row: usize = 0;
  static q: usize = 0;
  static scales: usize = 0;
  static shifts: usize = 0;

  /** Copies a row of a in the order of unpacking, zeros to the end of its last block. */
  static arrange(to: usize, a: usize): void {
    const parts = 8 / NBits.bits;
    const k = NBits.k;
    const padded = NBits.blocks * NBits.block;
    for (let d = 0; d < padded; d += 8 * parts) {
      for (let j = 0; j < parts; j++) {
        for (let i = 0; i < 8; i++) {
          const at = d + i * parts + j;
          store<f32>(to, at < k ? load<f32>(a + ((<usize>at) << 2)) : 0);
          to += 4;
        }
      }
    }
  }

  /** Sums of the blocks of a copied row. */
  static sums(to: usize, row: usize): void {
    for (let b = 0; b < NBits.blocks; b++) {
      let sum = f32x4.splat(0);
      for (let i = 0; i < NBits.block; i += 4, row += 16) sum = f32x4.add(sum, v128.load(row));
      store<f32>(to + ((<usize>b) << 2), NBits.total(sum));
    }
  }

  @inline
  static total(x: v128): f32 {
    return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
  }

  /** One output of one row: column j by the copied row. */
  @inline
  static column<P>(j: i32, a: usize, sums: usize): f32 {
    const blocks = NBits.blocks;
    const bytes = <usize>(NBits.block / <i32>sizeof<P>());
    const unit: usize = 32 * sizeof<P>();
    let q = NBits.q + <usize>j * NBits.row;
    const scales = NBits.scales + ((<usize>(j * blocks)) << 2);
    let total = f32x4.splat(0);
    for (let b = 0; b < blocks; b++) {
      let s0 = f32x4.splat(0),
        s1 = f32x4.splat(0);
      for (const end = q + (bytes & ~15); q < end; q += 16) {
        const x = v128.load(q);
        let t = Unpack.part<P>(x, 0);
        s0 = Unpack.dot<P>(Unpack.low<P>(t), a, s0);
        s1 = Unpack.dot<P>(Unpack.high<P>(t), a + unit, s1);
        if (sizeof<P>() > 1) {
          t = Unpack.part<P>(x, 1);
          s0 = Unpack.dot<P>(Unpack.low<P>(t), a + 32, s0);
          s1 = Unpack.dot<P>(Unpack.high<P>(t), a + unit + 32, s1);
        }
        if (sizeof<P>() > 2) {
          t = Unpack.part<P>(x, 2);
          s0 = Unpack.dot<P>(Unpack.low<P>(t), a + 64, s0);
          s1 = Unpack.dot<P>(Unpack.high<P>(t), a + unit + 64, s1);
          t = Unpack.part<P>(x, 3);
          s0 = Unpack.dot<P>(Unpack.low<P>(t), a + 96, s0);
          s1 = Unpack.dot<P>(Unpack.high<P>(t), a + unit + 96, s1);
        }
        a += 2 * unit;
      }
      if (bytes & 8) {
        const x = v128.load64_zero(q);
        s0 = Unpack.dot<P>(Unpack.low<P>(Unpack.part<P>(x, 0)), a, s0);
        if (sizeof<P>() > 1) s1 = Unpack.dot<P>(Unpack.low<P>(Unpack.part<P>(x, 1)), a + 32, s1);
        if (sizeof<P>() > 2) {
          s0 = Unpack.dot<P>(Unpack.low<P>(Unpack.part<P>(x, 2)), a + 64, s0);
          s1 = Unpack.dot<P>(Unpack.low<P>(Unpack.part<P>(x, 3)), a + 96, s1);
        }
        q += 8;
        a += unit;
      }
      total = Simd.madd(f32x4.add(s0, s1), v128.load32_splat(scales + ((<usize>b) << 2)), total);
    }
    const bias = f32x4.splat(Unpack.bias<P>());
    const shifts = NBits.shifts + ((<usize>(j * blocks)) << 2);
    let b: usize = 0;
    for (const end = (<usize>blocks & ~3) << 2; b < end; b += 16) {
      const shift = Simd.nmadd(bias, v128.load(scales + b), v128.load(shifts + b));
      total = Simd.madd(shift, v128.load(sums + b), total);
    }
    let sum = NBits.total(total);
    for (const end = (<usize>blocks) << 2; b < end; b += 4) {
      const shift = load<f32>(shifts + b) - Unpack.bias<P>() * load<f32>(scales + b);
      sum += shift * load<f32>(sums + b);
    }
    return sum;
  }

  /** One row by columns [j0, j1). */
  @inline
  static columns<P>(j0: i32, j1: i32, a: usize, sums: usize, c: usize): void {
    for (let j = j0; j < j1; j++) store<f32>(c + ((<usize>j) << 2), NBits.column<P>(j, a, sums));
  }

  /** `depth` numbers of column j from number `d` on, as floats in the order of unpacking. */
  @inline
  static floats<P>(to: usize, j: i32, d: i32, depth: i32): void {
    const unit: i32 = 8 * <i32>sizeof<P>();
    let q = NBits.q + <usize>j * NBits.row + <usize>(d / <i32>sizeof<P>());
    const first = (<usize>(j * NBits.blocks)) << 2;
    for (const end = d + depth; d < end; d += unit) {
      const block = first + ((<usize>(d / NBits.block)) << 2);
      const scale = v128.load32_splat(NBits.scales + block);
      const shift = Simd.nmadd(f32x4.splat(Unpack.bias<P>()), scale, v128.load32_splat(NBits.shifts + block));
      const x = v128.load64_zero(q);
      Unpack.store<P>(Unpack.low<P>(Unpack.part<P>(x, 0)), to, scale, shift);
      if (sizeof<P>() > 1) Unpack.store<P>(Unpack.low<P>(Unpack.part<P>(x, 1)), to + 32, scale, shift);
      if (sizeof<P>() > 2) {
        Unpack.store<P>(Unpack.low<P>(Unpack.part<P>(x, 2)), to + 64, scale, shift);
        Unpack.store<P>(Unpack.low<P>(Unpack.part<P>(x, 3)), to + 96, scale, shift);
      }
      q += 8;
      to += (<usize>unit) << 2;
    }
  }

  /** `rows` copied rows by columns [j0, j1), panel by panel. */
  static tiles(rows: i32, j0: i32, j1: i32, a: usize, lines: usize, c: usize): void {
    const padded = NBits.blocks * NBits.block;
    const pitch = padded << 2;
    const panel = lines + 32 * DEPTH;
    for (let j = j0; j < j1; j += 8) {
      const columns = min(j1 - j, 8);
      for (let d = 0; d < padded; d += DEPTH) {
        const depth = min(padded - d, DEPTH);
        for (let i = 0; i < columns; i++) {
          const to = lines + ((<usize>(i * DEPTH)) << 2);
          if (NBits.bits == 4) NBits.floats<u16>(to, j + i, d, depth);
          else if (NBits.bits == 8) NBits.floats<u8>(to, j + i, d, depth);
          else NBits.floats<u32>(to, j + i, d, depth);
        }
        Gemm.interleave(panel, 32, lines, DEPTH << 2, 4, columns, depth);
        if (columns > 4) Gemm.interleave(panel + 16, 32, lines + 16 * DEPTH, DEPTH << 2, 4, columns - 4, depth);
        const from = a + ((<usize>d) << 2);
        Gemm.rows(rows, columns, depth, from, pitch, panel, 32, c + ((<usize>j) << 2), NBits.n << 2, d > 0);
      }
    }
  }
}

export function matmulNBits(command: usize, thread: i32, threads: i32): void {
  const a = Command.pointer(command, 0);
  NBits.q = Command.pointer(command, 2, 0);
  NBits.scales = Command.pointer(command, 4);
  NBits.shifts = Command.pointer(command, 6);
  const out = Command.pointer(command, 8);
  const epilogue = Command.block(command, 10);
  const m = Command.int(command, 11);
  const n = Command.int(command, 12);
  const k = Command.int(command, 13);
  const bits = Command.int(command, 14);
  const block = Command.int(command, 15);
  const most = Command.int(command, 16);
  NBits.n = n;
  NBits.k = k;
  NBits.bits = bits;
  NBits.block = block;
  NBits.blocks = (k + block - 1) / block;
  NBits.row = <usize>((NBits.blocks * block * bits) >> 3);
  const j0 = Run.share(n, 8, thread, threads);
  const j1 = Run.share(n, 8, thread + 1, threads);
  if (j0 == j1) return;
  const copy = Run.kernelScratch;
  const pitch = (<usize>(NBits.blocks * block)) << 2;
  for (let i = 0; i < m; i += most) {
    const rows = min(m - i, most);
    for (let r = 0; r < rows; r++) NBits.arrange(copy + r * pitch, a + ((<usize>((i + r) * k)) << 2));
    const rest = copy + most * pitch;
    const c = out + ((<usize>(i * n)) << 2);
    if (m == 1) {
      NBits.sums(rest, copy);
      if (bits == 4) NBits.columns<u16>(j0, j1, copy, rest, c);
      else if (bits == 8) NBits.columns<u8>(j0, j1, copy, rest, c);
      else NBits.columns<u32>(j0, j1, copy, rest, c);
    } else NBits.tiles(rows, j0, j1, copy, rest, c);
    if (epilogue == 0) continue;
    if (j1 - j0 == n) Map.range(epilogue, i * n, (i + rows) * n);
    else for (let r = i; r < i + rows; r++) Map.range(epilogue, r * n + j0, r * n + j1);
  }
}
