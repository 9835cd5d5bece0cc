// The discrete Fourier transform of the rows of [rows, n, 2] (pairs of real and imaginary part) → [rows, n, 2].
//
// Arguments: out (slot, offset), input (slot, offset), rows, n, inverse, real (1: the input is [rows, n]), stages,
// factor[stages], table[n, 2]: cos and sin of 2πk / n (float32).
//
// Stockham's self-sorting algorithm in mixed radices: with s the product of the factors behind a stage and m = n / (s r)
//
//   y[q + s (r p + j)] = w^(p j) Σₖ x[q + s (p + m k)] ω^(j k)      p < m, q < s, w = e^(-2πi / (m r)), ω = e^(-2πi / r)
//
// Both arrays are walked along q, two complex numbers a vector. Factors of 4 and 2 have butterflies of their own, any other
// prime takes its sum as it stands. The inverse takes conjugate factors and is divided by n at the end.
//
// Threads share the rows. Scratch: one row of complex numbers.

import { Command, Run } from "./command";
import { Simd } from "./simd";

export function fft(command: usize, thread: i32, threads: i32): void {
  const rows = Command.int(command, 4);
  const n = Command.int(command, 5);
  const stages = Command.int(command, 8);
  const real = Command.int(command, 7) != 0;
  Fft.n = n;
  Fft.inverse = Command.int(command, 6) != 0;
  Fft.table = command + ((<usize>(11 + stages)) << 2);
  const bytes = (<usize>n) << 3;
  const end = Run.share(rows, 1, thread + 1, threads);
  for (let row = Run.share(rows, 1, thread, threads); row < end; row++) {
    const out = Command.pointer(command, 0) + <usize>row * bytes;
    let from = Command.pointer(command, 2) + <usize>row * (real ? bytes >> 1 : bytes);
    // The last stage writes the output, the one before it the scratch, and so on.
    let aside = (stages & 1) == 0;
    if (real || stages == 0) {
      const to = aside ? out : Run.kernelScratch;
      if (real) Fft.widen(to, from, n);
      else memory.copy(to, from, bytes);
      from = to;
    }
    let s = 1;
    for (let i = 0; i < stages; i++) {
      const r = Command.int(command, 9 + i);
      const to = aside ? Run.kernelScratch : out;
      if (r == 4) Fft.four(to, from, s);
      else if (r == 2) Fft.two(to, from, s);
      else Fft.any(to, from, s, r);
      s *= r;
      from = to;
      aside = !aside;
    }
    if (Fft.inverse) Fft.scale(out, n);
  }
}

class Fft {
  static n: i32 = 0;
  static inverse: bool = false;
  static table: usize = 0;

  /** Entry `k` < n of the table as two vectors: cos in every lane, and sin with the signs that `times` wants. */
  @inline
  static cos(k: i32): v128 {
    return v128.load32_splat(Fft.table + ((<usize>k) << 3));
  }

  @inline
  static sin(k: i32): v128 {
    const sin = v128.load32_splat(Fft.table + ((<usize>k) << 3), 4);
    return v128.xor(sin, Fft.signs());
  }

  /** Sign bits that make i·x of swapped parts, or e^(-i…) of a sine: (+, -) forwards, (-, +) inverse. */
  @inline
  static signs(): v128 {
    return Fft.inverse ? i32x4(0x80000000, 0, 0x80000000, 0) : i32x4(0, 0x80000000, 0, 0x80000000);
  }

  @inline
  static swap(x: v128): v128 {
    return v128.shuffle<i32>(x, x, 1, 0, 3, 2);
  }

  @inline
  static times(x: v128, cos: v128, sin: v128): v128 {
    return Simd.madd(Fft.swap(x), sin, f32x4.mul(x, cos));
  }

  /** Two complex numbers, or one where the run ends. */
  @inline
  static load(x: usize, one: bool): v128 {
    return one ? v128.load64_zero(x) : v128.load(x);
  }

  @inline
  static store(y: usize, value: v128, one: bool): void {
    if (one) v128.store64_lane(y, value, 0);
    else v128.store(y, value);
  }

  static widen(y: usize, x: usize, n: i32): void {
    for (; n > 0; n--) {
      store<u64>(y, <u64>load<u32>(x));
      x += 4;
      y += 8;
    }
  }

  static scale(y: usize, n: i32): void {
    const factor = f32x4.splat(<f32>1 / <f32>n);
    const end = y + ((<usize>n) << 3);
    for (; y + 16 <= end; y += 16) v128.store(y, f32x4.mul(v128.load(y), factor));
    if (y < end) v128.store64_lane(y, f32x4.mul(v128.load64_zero(y), factor), 0);
  }

  static two(y: usize, x: usize, s: i32): void {
    const m = Fft.n / (2 * s);
    const run = (<usize>s) << 3;
    const far = <usize>m * run;
    for (let p = 0; p < m; p++) {
      const cos = Fft.cos(p * s);
      const sin = Fft.sin(p * s);
      for (let q: usize = 0; q < run; q += 16) {
        const one = q + 8 == run;
        const a = Fft.load(x + q, one);
        const b = Fft.load(x + q + far, one);
        Fft.store(y + q, f32x4.add(a, b), one);
        Fft.store(y + q + run, Fft.times(f32x4.sub(a, b), cos, sin), one);
      }
      x += run;
      y += 2 * run;
    }
  }

  static four(y: usize, x: usize, s: i32): void {
    const m = Fft.n / (4 * s);
    const run = (<usize>s) << 3;
    const far = <usize>m * run;
    const signs = Fft.signs();
    for (let p = 0; p < m; p++) {
      const k = p * s;
      const cos1 = Fft.cos(k);
      const sin1 = Fft.sin(k);
      const cos2 = Fft.cos(2 * k);
      const sin2 = Fft.sin(2 * k);
      const cos3 = Fft.cos(3 * k);
      const sin3 = Fft.sin(3 * k);
      for (let q: usize = 0; q < run; q += 16) {
        const one = q + 8 == run;
        const at = x + q;
        const a = Fft.load(at, one);
        const b = Fft.load(at + far, one);
        const c = Fft.load(at + 2 * far, one);
        const d = Fft.load(at + 3 * far, one);
        const ac = f32x4.add(a, c);
        const bd = f32x4.add(b, d);
        const even = f32x4.sub(a, c);
        // -i (b - d) forwards, i (b - d) inverse
        const odd = v128.xor(Fft.swap(f32x4.sub(b, d)), signs);
        const to = y + q;
        Fft.store(to, f32x4.add(ac, bd), one);
        Fft.store(to + run, Fft.times(f32x4.add(even, odd), cos1, sin1), one);
        Fft.store(to + 2 * run, Fft.times(f32x4.sub(ac, bd), cos2, sin2), one);
        Fft.store(to + 3 * run, Fft.times(f32x4.sub(even, odd), cos3, sin3), one);
      }
      x += run;
      y += 4 * run;
    }
  }

  static any(y: usize, x: usize, s: i32, r: i32): void {
    const m = Fft.n / (r * s);
    const run = (<usize>s) << 3;
    const far = <usize>m * run;
    const unit = Fft.n / r;
    for (let p = 0; p < m; p++) {
      for (let j = 0; j < r; j++) {
        const cos = Fft.cos(p * j * s);
        const sin = Fft.sin(p * j * s);
        for (let q: usize = 0; q < run; q += 16) {
          const one = q + 8 == run;
          let at = x + q;
          let sum = Fft.load(at, one);
          let turn = 0;
          for (let k = 1; k < r; k++) {
            at += far;
            turn += j;
            if (turn >= r) turn -= r;
            const value = Fft.load(at, one);
            sum = f32x4.add(sum, Fft.times(value, Fft.cos(turn * unit), Fft.sin(turn * unit)));
          }
          Fft.store(y + <usize>j * run + q, Fft.times(sum, cos, sin), one);
        }
      }
      x += run;
      y += <usize>r * run;
    }
  }
}
