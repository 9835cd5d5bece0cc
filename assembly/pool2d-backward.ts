// Gradients of pooling. The arguments are those of pool2d.ts; the split over threads is over planes, so that windows may
// overlap.
//
// maxPool2dBackward  in x, second dy  → dx: each dy goes to its window's first greatest element (or its last NaN).
// maxPool2dGather    in x, second g   → g at that element: the derivative of the above by dy. Windows of padding alone
//                                       give 0.
// avgPool2dBackward  in dy            → dx: each dy over its window's count goes to all of the window.

import { Command, Run } from "./command";
import { Map } from "./map";
import { Pool } from "./pool2d-shape";

/** Elements of the output, at least, that are finished before the epilogue runs over them. */
const CHUNK: i32 = 1024;

class Argmax {
  /** Positions in the plane of the greatest elements of output row `oy`'s windows, as int32 in `first`; -1 for none. */
  static row(x: usize, oy: i32): void {
    const start = oy * Pool.sh - Pool.top;
    const firstRow = Pool.firstTap(start, Pool.dh);
    const lastRow = Pool.lastTap(start, Pool.kh, Pool.dh, Pool.h);
    const ow = Pool.ow;
    // Columns whose windows lie inside, a ≤ ox < b, go four at a time; the last four may repeat some.
    const a = min(ow, (Pool.left + Pool.sw - 1) / Pool.sw);
    const room = Pool.w - 1 - (Pool.kw - 1) * Pool.dw + Pool.left;
    const b = min(ow, room < 0 ? 0 : room / Pool.sw + 1);
    let ox = 0;
    if (b - a >= 4 && firstRow < lastRow) {
      for (; ox < a; ox++) Argmax.one(x, start, firstRow, lastRow, ox);
      if (Pool.sw == 1) Argmax.inside(1, x, start, firstRow, lastRow, a, b);
      else if (Pool.sw == 2) Argmax.inside(2, x, start, firstRow, lastRow, a, b);
      else Argmax.inside(Pool.sw, x, start, firstRow, lastRow, a, b);
      ox = b;
    }
    for (; ox < ow; ox++) Argmax.one(x, start, firstRow, lastRow, ox);
  }

  static one(x: usize, start: i32, firstRow: i32, lastRow: i32, ox: i32): void {
    const column = ox * Pool.sw - Pool.left;
    const firstColumn = Pool.firstTap(column, Pool.dw);
    const lastColumn = Pool.lastTap(column, Pool.kw, Pool.dw, Pool.w);
    let best: f32 = 0;
    let at = -1;
    for (let i = firstRow; i < lastRow; i++) {
      for (let k = firstColumn; k < lastColumn; k++) {
        const position = (start + i * Pool.dh) * Pool.w + column + k * Pool.dw;
        const v = load<f32>(x + ((<usize>position) << 2));
        if (at < 0 || v > best || v != v) {
          best = v;
          at = position;
        }
      }
    }
    store<i32>(Pool.first + ((<usize>ox) << 2), at);
  }

  @inline
  static inside(stride: i32, x: usize, start: i32, firstRow: i32, lastRow: i32, a: i32, b: i32): void {
    const lanes = i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(stride));
    for (let ox = a; ox < b; ox += 4) {
      if (ox + 4 > b) ox = b - 4;
      const corner = (start + firstRow * Pool.dh) * Pool.w + ox * stride - Pool.left;
      let best = Pool.four(x + ((<usize>corner) << 2), stride);
      let at = i32x4.add(i32x4.splat(corner), lanes);
      for (let i = firstRow; i < lastRow; i++) {
        let position = corner + (i - firstRow) * Pool.dh * Pool.w;
        for (let k = 0; k < Pool.kw; k++) {
          const v = Pool.four(x + ((<usize>position) << 2), stride);
          const take = v128.or(f32x4.gt(v, best), f32x4.ne(v, v));
          best = v128.bitselect(v, best, take);
          at = v128.bitselect(i32x4.add(i32x4.splat(position), lanes), at, take);
          position += Pool.dw;
        }
      }
      v128.store(Pool.first + ((<usize>ox) << 2), at);
    }
  }

  /** Gradient of a row of 2 × 2 windows that touch none other: both rows of dx are written whole but for an odd last column. */
  static two(x: usize, dy: usize, dx: usize): void {
    const below = (<usize>Pool.w) << 2;
    const ow = Pool.ow;
    for (let ox = 0; ox < ow; ox += 4) {
      const x0 = v128.load(x);
      const x1 = v128.load(x, 16);
      const x2 = v128.load(x + below);
      const x3 = v128.load(x + below, 16);
      const a = v128.shuffle<f32>(x0, x1, 0, 2, 4, 6);
      const b = v128.shuffle<f32>(x0, x1, 1, 3, 5, 7);
      const c = v128.shuffle<f32>(x2, x3, 0, 2, 4, 6);
      const d = v128.shuffle<f32>(x2, x3, 1, 3, 5, 7);
      const takeB = v128.or(f32x4.gt(b, a), f32x4.ne(b, b));
      const ab = v128.bitselect(b, a, takeB);
      const takeC = v128.or(f32x4.gt(c, ab), f32x4.ne(c, c));
      const abc = v128.bitselect(c, ab, takeC);
      const takeD = v128.or(f32x4.gt(d, abc), f32x4.ne(d, d));
      // Each step hands on what the later elements have not taken.
      const g = v128.load(dy);
      const gd = v128.and(g, takeD);
      const gabc = v128.andnot(g, takeD);
      const gc = v128.and(gabc, takeC);
      const gab = v128.andnot(gabc, takeC);
      const gb = v128.and(gab, takeB);
      const ga = v128.andnot(gab, takeB);
      Spread.pairs(dx, ga, gb, ow - ox);
      Spread.pairs(dx + below, gc, gd, ow - ox);
      x += 32;
      dx += 32;
      dy += 16;
    }
  }
}

class Spread {
  /** Stores u0 v0 u1 v1 …, n pairs and at most four. */
  @inline
  static pairs(to: usize, u: v128, v: v128, n: i32): void {
    const low = v128.shuffle<f32>(u, v, 0, 4, 1, 5);
    const high = v128.shuffle<f32>(u, v, 2, 6, 3, 7);
    if (n >= 2) v128.store(to, low);
    else Pool.part(to, low, 2);
    if (n >= 4) v128.store(to, high, 16);
    else if (n == 3) Pool.part(to + 16, high, 2);
  }

  /** Divides row `oy` of dy by the windows' counts, into `first`; zeros follow it. */
  static divide(dy: usize, oy: i32): void {
    const ow = Pool.ow;
    const factor = f32x4.splat(Pool.countRows(oy));
    let ox = 0;
    for (; ox < ow; ox += 4) {
      const b = (<usize>ox) << 2;
      v128.store(Pool.first + b, f32x4.div(v128.load(dy + b), f32x4.mul(factor, v128.load(Pool.second + b))));
    }
    v128.store(Pool.first + ((<usize>ow) << 2), f32x4.splat(0));
  }

  /** Adds the quotients in `first` to the padded row, each at its window's columns. */
  static across(): void {
    memory.fill(Pool.row, 0, (<usize>Pool.width) << 2);
    const ow = (<usize>Pool.ow) << 2;
    const stride = (<usize>Pool.sw) << 2;
    for (let k = 0; k < Pool.kw; k++) {
      let to = Pool.row + ((<usize>(k * Pool.dw)) << 2);
      if (stride == 4) {
        for (let b: usize = 0; b < ow; b += 16)
          v128.store(to + b, f32x4.add(v128.load(to + b), v128.load(Pool.first + b)));
      } else {
        for (let b: usize = 0; b < ow; b += 4) {
          store<f32>(to, load<f32>(to) + load<f32>(Pool.first + b));
          to += stride;
        }
      }
    }
  }

  /** Adds the padded row, without its padding, to a row of dx. */
  static addTo(dx: usize): void {
    let from = Pool.row + ((<usize>Pool.left) << 2);
    for (let n = Pool.w; n > 0; n -= 4) {
      const sum = f32x4.add(v128.load(dx), v128.load(from));
      if (n >= 4) v128.store(dx, sum);
      else Pool.part(dx, sum, n);
      dx += 16;
      from += 16;
    }
  }

  /** Gradient of a row of average windows. */
  static average(dx: usize, dy: usize, oy: i32): void {
    Spread.divide(dy, oy);
    Spread.across();
    const start = oy * Pool.sh - Pool.top;
    const last = Pool.lastTap(start, Pool.kh, Pool.dh, Pool.h);
    for (let i = Pool.firstTap(start, Pool.dh); i < last; i++)
      Spread.addTo(dx + ((<usize>((start + i * Pool.dh) * Pool.w)) << 2));
  }

  /** The same for 2 × 2 windows that touch none other. */
  static two(dx: usize, dy: usize): void {
    const below = (<usize>Pool.w) << 2;
    const quarter = f32x4.splat(0.25);
    for (let n = Pool.ow; n > 0; n -= 4) {
      const g = f32x4.mul(v128.load(dy), quarter);
      Spread.pairs(dx, g, g, n);
      Spread.pairs(dx + below, g, g, n);
      dx += 32;
      dy += 16;
    }
  }
}

/** Gradient of the greatest element by x. */
export function maxPool2dBackward(command: usize, thread: i32, threads: i32): void {
  Pool.load(command);
  const epilogue = Command.block(command, 0);
  const out = Command.pointer(command, 1);
  const input = Command.pointer(command, 3);
  const gradient = Command.pointer(command, 5);
  const size = Pool.h * Pool.w;
  const two = Pool.two();
  const covered = two && Pool.oh * 2 == Pool.h && Pool.ow * 2 == Pool.w;
  const start = Run.share(Command.int(command, 7), 1, thread, threads);
  const end = Run.share(Command.int(command, 7), 1, thread + 1, threads);
  let done = start;
  for (let p = start; p < end; p++) {
    const x = input + ((<usize>(p * size)) << 2);
    const dx = out + ((<usize>(p * size)) << 2);
    let dy = gradient + ((<usize>(p * Pool.oh * Pool.ow)) << 2);
    if (!covered) memory.fill(dx, 0, (<usize>size) << 2);
    for (let oy = 0; oy < Pool.oh; oy++) {
      if (two) {
        const row = (<usize>(oy * 2 * Pool.w)) << 2;
        Argmax.two(x + row, dy, dx + row);
        dy += (<usize>Pool.ow) << 2;
        continue;
      }
      Argmax.row(x, oy);
      for (let ox = 0; ox < Pool.ow; ox++, dy += 4) {
        const at = load<i32>(Pool.first + ((<usize>ox) << 2));
        if (at < 0) continue;
        const target = dx + ((<usize>at) << 2);
        store<f32>(target, load<f32>(target) + load<f32>(dy));
      }
    }
    if (epilogue != 0 && (p + 1 == end || (p + 1 - done) * size >= CHUNK)) {
      Map.range(epilogue, done * size, (p + 1) * size);
      done = p + 1;
    }
  }
}

/** Reads the second input where the first has its windows' greatest elements. */
export function maxPool2dGather(command: usize, thread: i32, threads: i32): void {
  Pool.load(command);
  const epilogue = Command.block(command, 0);
  const out = Command.pointer(command, 1);
  const input = Command.pointer(command, 3);
  const values = Command.pointer(command, 5);
  const size = Pool.h * Pool.w;
  const count = Pool.oh * Pool.ow;
  const start = Run.share(Command.int(command, 7), 1, thread, threads);
  const end = Run.share(Command.int(command, 7), 1, thread + 1, threads);
  let done = start;
  for (let p = start; p < end; p++) {
    const x = input + ((<usize>(p * size)) << 2);
    const g = values + ((<usize>(p * size)) << 2);
    let y = out + ((<usize>(p * count)) << 2);
    for (let oy = 0; oy < Pool.oh; oy++) {
      Argmax.row(x, oy);
      for (let ox = 0; ox < Pool.ow; ox++, y += 4) {
        const at = load<i32>(Pool.first + ((<usize>ox) << 2));
        store<f32>(y, at < 0 ? 0 : load<f32>(g + ((<usize>at) << 2)));
      }
    }
    if (epilogue != 0 && (p + 1 == end || (p + 1 - done) * count >= CHUNK)) {
      Map.range(epilogue, done * count, (p + 1) * count);
      done = p + 1;
    }
  }
}

/** Gradient of the average by x. */
export function avgPool2dBackward(command: usize, thread: i32, threads: i32): void {
  Pool.load(command);
  Pool.countColumns();
  const epilogue = Command.block(command, 0);
  const out = Command.pointer(command, 1);
  const gradient = Command.pointer(command, 3);
  const size = Pool.h * Pool.w;
  const two = Pool.two();
  const covered = two && Pool.oh * 2 == Pool.h && Pool.ow * 2 == Pool.w;
  const start = Run.share(Command.int(command, 7), 1, thread, threads);
  const end = Run.share(Command.int(command, 7), 1, thread + 1, threads);
  let done = start;
  for (let p = start; p < end; p++) {
    const dx = out + ((<usize>(p * size)) << 2);
    let dy = gradient + ((<usize>(p * Pool.oh * Pool.ow)) << 2);
    if (!covered) memory.fill(dx, 0, (<usize>size) << 2);
    for (let oy = 0; oy < Pool.oh; oy++) {
      if (two) Spread.two(dx + ((<usize>(oy * 2 * Pool.w)) << 2), dy);
      else Spread.average(dx, dy, oy);
      dy += (<usize>Pool.ow) << 2;
    }
    if (epilogue != 0 && (p + 1 == end || (p + 1 - done) * size >= CHUNK)) {
      Map.range(epilogue, done * size, (p + 1) * size);
      done = p + 1;
    }
  }
}
