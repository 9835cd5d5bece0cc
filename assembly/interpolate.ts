// Weighted sums of a few elements along an axis: resizing, sampling at points that an image is not drawn on.
//
//   y[o, p, i] = Σ_k weight[b, p, k] x[o, index[b, p, k], i]         x [o, n, i]; r planes o in a row share one b
//
// Rows (i > 1): elements of a row lie side by side, so k rows are added into one, sixteen elements at a time.
//
// Columns (i = 1): four neighbouring outputs at a time. Their taps are brought into the form below once for up to 64
// planes. Where all taps of the four lie within 4 (or 8) neighbouring elements, as in enlarging, one load (or two) and a
// shuffle by bytes a tap read them; else they are read one by one.
//
//   a group of four     kind, offset of the first element · then for every tap   16 bytes to shuffle by (or four offsets)
//                                                                                four weights
//
// Sums go from the first tap to the last. Indices lie in 0 … n - 1.
//
// args of both kernels: 0 epilogue, 1-2 out, 3-4 in, 5-6 index (int32), 7-8 weight, 9 planes (o), 10 r, 11 n, 12 p, 13 k,
//   14 i, 15 groups of four outputs in a block, whose taps fit into scratch (16 + 32 k bytes a group).
// interpolate: in is x, out is y. interpolateInput is its gradient: in is dy, out is dx, which begins as zeros; every
// element of dy is added where it was read, in the order of p and k. A thread owns planes, or columns of them.

import { Command, Run } from "./command";
import { Map } from "./map";
import { Simd } from "./simd";

/** Output elements, about, that are finished before the epilogue runs over them. */
const CHUNK: i32 = 2048;
/** Planes that share one table of taps. */
const PLANES: i32 = 64;
/** Columns that a thread owns at a time when it adds into rows. */
const COLUMNS: i32 = 256;

const WITHIN_FOUR: i32 = 0;
const WITHIN_EIGHT: i32 = 1;
const APART: i32 = 2;

class Taps {
  /** Fills `table` for `count` groups from output p on; `last` is the last output. */
  static read(table: usize, index: usize, weight: usize, p: i32, count: i32, last: i32, k: i32): void {
    for (let g = 0; g < count; g++) {
      let least = i32.MAX_VALUE;
      let greatest = 0;
      for (let lane = 0; lane < 4; lane++) {
        const from = index + ((<usize>(min(p + lane, last) * k)) << 2);
        for (let t = 0; t < k; t++) {
          const at = load<i32>(from + ((<usize>t) << 2));
          least = min(least, at);
          greatest = max(greatest, at);
        }
      }
      const span = greatest - least;
      const kind = span < 4 ? WITHIN_FOUR : span < 8 ? WITHIN_EIGHT : APART;
      store<i32>(table, kind);
      store<i32>(table, kind == APART ? 0 : least << 2, 4);
      for (let lane = 0; lane < 4; lane++) {
        const tap = (<usize>(min(p + lane, last) * k)) << 2;
        let to = table + 16 + ((<usize>lane) << 2);
        for (let t = 0; t < k; t++, to += 32) {
          const at = load<i32>(index + tap + ((<usize>t) << 2));
          // Bytes 4 d … 4 d + 3, the least significant first.
          store<i32>(to, kind == APART ? at << 2 : (at - least) * 0x04040404 + 0x03020100);
          store<f32>(to, load<f32>(weight + tap + ((<usize>t) << 2)), 16);
        }
      }
      table += 16 + ((<usize>k) << 5);
      p += 4;
    }
  }

  @inline
  static four(kind: i32, x: usize, taps: usize, k: i32): v128 {
    let sum = f32x4.splat(0);
    const low = kind == APART ? sum : v128.load(x);
    const high = kind == WITHIN_EIGHT ? v128.load(x, 16) : sum;
    for (let t = 0; t < k; t++) {
      const by = v128.load(taps);
      let v: v128;
      if (kind == WITHIN_FOUR) v = v128.swizzle(low, by);
      else if (kind == WITHIN_EIGHT) {
        // Bytes out of range give 0.
        v = v128.or(v128.swizzle(low, by), v128.swizzle(high, i8x16.sub(by, i8x16.splat(16))));
      } else {
        v = v128.load32_zero(x + load<u32>(taps));
        v = v128.load32_lane(x + load<u32>(taps, 4), v, 1);
        v = v128.load32_lane(x + load<u32>(taps, 8), v, 2);
        v = v128.load32_lane(x + load<u32>(taps, 12), v, 3);
      }
      const w = v128.load(taps, 16);
      sum = t == 0 ? f32x4.mul(v, w) : Simd.madd(v, w, sum);
      taps += 32;
    }
    return sum;
  }

  /** `count` outputs of one plane. */
  static apply(y: usize, x: usize, table: usize, count: i32, k: i32): void {
    const next = 16 + ((<usize>k) << 5);
    for (; count > 0; count -= 4) {
      const kind = load<i32>(table);
      const from = x + <usize>load<i32>(table, 4);
      const taps = table + 16;
      const v =
        kind == WITHIN_FOUR
          ? Taps.four(WITHIN_FOUR, from, taps, k)
          : kind == WITHIN_EIGHT
            ? Taps.four(WITHIN_EIGHT, from, taps, k)
            : Taps.four(APART, from, taps, k);
      if (count >= 4) v128.store(y, v);
      else {
        v128.store32_lane(y, v, 0);
        if (count > 1) v128.store32_lane(y, v, 1, 4);
        if (count > 2) v128.store32_lane(y, v, 2, 8);
      }
      table += next;
      y += 16;
    }
  }
}

export function interpolate(command: usize, thread: i32, threads: i32): void {
  if (Command.int(command, 14) == 1) columns(command, thread, threads);
  else rows(command, thread, threads);
}

function columns(command: usize, thread: i32, threads: i32): void {
  const epilogue = Command.block(command, 0);
  const y = Command.pointer(command, 1);
  const x = Command.pointer(command, 3);
  const index = Command.pointer(command, 5);
  const weight = Command.pointer(command, 7);
  const r = Command.int(command, 10);
  const n = Command.int(command, 11);
  const p = Command.int(command, 12);
  const k = Command.int(command, 13);
  const size = Command.int(command, 15) << 2;
  const table = Run.kernelScratch;
  // Items: a batch, some of its planes, a block of outputs.
  const blocks = (p + size - 1) / size;
  const bundles = (r + PLANES - 1) / PLANES;
  const items = r == 0 ? 0 : (Command.int(command, 9) / r) * bundles * blocks;
  const end = Run.share(items, 1, thread + 1, threads);
  for (let item = Run.share(items, 1, thread, threads); item < end; item++) {
    const block = item % blocks;
    const bundle = item / blocks;
    const batch = bundle / bundles;
    const from = block * size;
    const count = min(size, p - from);
    const first = (bundle - batch * bundles) * PLANES;
    const last = min(r, first + PLANES);
    const taps = (<usize>(batch * p * k)) << 2;
    Taps.read(table, index + taps, weight + taps, from, (count + 3) >> 2, p - 1, k);
    // Whole planes lie side by side and are finished together; parts of them are not.
    const step = blocks > 1 ? 1 : max(1, CHUNK / p);
    for (let plane = first; plane < last; plane += step) {
      const o = batch * r + plane;
      const to = min(step, last - plane);
      for (let i = 0; i < to; i++) {
        const at = (<usize>((o + i) * p + from)) << 2;
        Taps.apply(y + at, x + ((<usize>((o + i) * n)) << 2), table, count, k);
      }
      if (epilogue != 0) Map.range(epilogue, o * p + from, (o + to - 1) * p + from + count);
    }
  }
}

function rows(command: usize, thread: i32, threads: i32): void {
  const epilogue = Command.block(command, 0);
  const y = Command.pointer(command, 1);
  const x = Command.pointer(command, 3);
  const index = Command.pointer(command, 5);
  const weight = Command.pointer(command, 7);
  const r = Command.int(command, 10);
  const n = Command.int(command, 11);
  const p = Command.int(command, 12);
  const k = Command.int(command, 13);
  const i = Command.int(command, 14);
  const all = Command.int(command, 9) * p;
  const bytes = (<usize>i) << 2;
  const step = max(1, CHUNK / max(1, i));
  const end = Run.share(all, 1, thread + 1, threads);
  for (let from = Run.share(all, 1, thread, threads); from < end; from += step) {
    const to = min(end, from + step);
    for (let row = from; row < to; row++) {
      const o = row / p;
      const taps = (<usize>(((o / r) * p + (row - o * p)) * k)) << 2;
      sumRows(y + <usize>row * bytes, x + <usize>(o * n) * bytes, index + taps, weight + taps, k, bytes);
    }
    if (epilogue != 0) Map.range(epilogue, from * i, to * i);
  }
}

/** One row of y: the weighted sum of k rows of x. */
function sumRows(y: usize, x: usize, index: usize, weight: usize, k: i32, bytes: usize): void {
  const taps = (<usize>k) << 2;
  let b: usize = 0;
  for (; b + 64 <= bytes; b += 64) {
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (let t: usize = 0; t < taps; t += 4) {
      const from = x + <usize>load<i32>(index + t) * bytes + b;
      const w = v128.load32_splat(weight + t);
      s0 = Simd.madd(v128.load(from), w, s0);
      s1 = Simd.madd(v128.load(from, 16), w, s1);
      s2 = Simd.madd(v128.load(from, 32), w, s2);
      s3 = Simd.madd(v128.load(from, 48), w, s3);
    }
    v128.store(y + b, s0);
    v128.store(y + b, s1, 16);
    v128.store(y + b, s2, 32);
    v128.store(y + b, s3, 48);
  }
  for (; b < bytes; b += 16) {
    let sum = f32x4.splat(0);
    for (let t: usize = 0; t < taps; t += 4) {
      const from = x + <usize>load<i32>(index + t) * bytes + b;
      sum = Simd.madd(v128.load(from), v128.load32_splat(weight + t), sum);
    }
    if (b + 16 <= bytes) v128.store(y + b, sum);
    else {
      v128.store32_lane(y + b, sum, 0);
      if (b + 8 <= bytes) v128.store32_lane(y + b, sum, 1, 4);
      if (b + 12 <= bytes) v128.store32_lane(y + b, sum, 2, 8);
    }
  }
}

export function interpolateInput(command: usize, thread: i32, threads: i32): void {
  const dx = Command.pointer(command, 1);
  const dy = Command.pointer(command, 3);
  const index = Command.pointer(command, 5);
  const weight = Command.pointer(command, 7);
  const r = Command.int(command, 10);
  const n = Command.int(command, 11);
  const p = Command.int(command, 12);
  const k = Command.int(command, 13);
  const i = Command.int(command, 14);
  const stretches = (i + COLUMNS - 1) / COLUMNS;
  const items = Command.int(command, 9) * stretches;
  const bytes = (<usize>i) << 2;
  const end = Run.share(items, 1, thread + 1, threads);
  for (let item = Run.share(items, 1, thread, threads); item < end; item++) {
    const o = item / stretches;
    const column = (item - o * stretches) * COLUMNS;
    const width = (<usize>min(COLUMNS, i - column)) << 2;
    const to = dx + <usize>(o * n) * bytes + ((<usize>column) << 2);
    for (let row = 0; row < n; row++) memory.fill(to + <usize>row * bytes, 0, width);
    let from = dy + <usize>(o * p) * bytes + ((<usize>column) << 2);
    let taps = (<usize>((o / r) * p * k)) << 2;
    for (let q = 0; q < p; q++, from += bytes) {
      for (let t = 0; t < k; t++, taps += 4) {
        addRow(to + <usize>load<i32>(index + taps) * bytes, from, load<f32>(weight + taps), width);
      }
    }
  }
}

/** to += w from */
function addRow(to: usize, from: usize, w: f32, bytes: usize): void {
  const factor = f32x4.splat(w);
  let b: usize = 0;
  for (; b + 16 <= bytes; b += 16) v128.store(to + b, Simd.madd(v128.load(from + b), factor, v128.load(to + b)));
  for (; b < bytes; b += 4) store<f32>(to + b, load<f32>(to + b) + w * load<f32>(from + b));
}
