// The map interpreter: elementwise programs over blocks of values that stay in the first-level cache.
//
// A map block, embedded in a command, is
//
//   word 0  dims          rank of the iteration space (collapsed)
//        1  inputs
//        2  outputs
//        3  temps         how many temporaries it needs
//        4  instructions  how many
//        5  result        value that `evaluate` returns (0 in a block that stores its outputs)
//        6  size          elements of the iteration space
//        7  chunk         0: blocks are cut anywhere; else the longest block, and the end of an inner run ends one too
//        8  block         most values of a block: BLOCK, or WIDE_BLOCK where any has 8 bytes
//        9… binding[operands]      slot, offset (elements); inputs first, then outputs
//           shape[dims]            outermost first
//           operand[operands]      bytes an element, kind (opcodes.ts), temp, period or source, strides[dims] (elements)
//           instruction[count]     opcode, dst, a, b, c, d (elementwise.ts)
//
// A value is named by its byte offset in a table of (address, step) pairs: the operands in order, then the temporaries.
// `temp` is the value of the temporary that an operand may need, `source` the value that goes to an output: its own, when
// an instruction writes it in place. Elements of 4 and 8 bytes are lanes as they are; smaller ones become lanes of 4 bytes,
// filled up with zeros, and give back their low bits: what they mean is for instructions to say (convert.ts). A block is
// computed in whole vectors, so a block that is no multiple of 16 long is staged in a temporary.
//
// Scratch of a thread: 0 table of values, 1024 splats of the operands (16 bytes each), 2048 coordinates of the block,
// 2112 coordinates of a walk, 4096 temporaries.
//
// MAP's arguments: block, segments, then for each segment its size and the bindings of all operands (linear or splat).
// segments 0: the block's own bindings and size; segments -1: a copy (copy.ts).

import { Command, Run } from "./command";
import { Copy } from "./copy";
import { Elementwise } from "./elementwise";
import { LINEAR, PERIODIC, SPLAT, TEMP_BYTES } from "./opcodes";
import { Walk } from "./walk";

const BINDINGS: usize = 36;
const SPLATS: usize = 1024;
const TEMPS: usize = 4096;

export function map(command: usize, thread: i32, threads: i32): void {
  const segments = Command.int(command, 1);
  if (segments < 0) {
    Copy.run(command, thread, threads);
    return;
  }
  const block = Command.block(command, 0);
  if (segments == 0) {
    const size = load<i32>(block, 24);
    Map.range(block, Run.share(size, 64, thread, threads), Run.share(size, 64, thread + 1, threads));
    return;
  }
  const bytes: usize = 4 + ((<usize>(load<i32>(block, 4) + load<i32>(block, 8))) << 3);
  let segment = command + 16;
  let total = 0;
  for (let i = 0; i < segments; i++) total += load<i32>(segment + <usize>i * bytes);
  let start = Run.share(total, 64, thread, threads);
  let end = Run.share(total, 64, thread + 1, threads);
  for (; end > 0; segment += bytes) {
    const size = load<i32>(segment);
    if (start < size) Map.run(block, segment + 4, max(start, 0), min(end, size));
    start -= size;
    end -= size;
  }
}

export class Map {
  /** Runs the block over elements [start, end) of its iteration space and stores its outputs. */
  static range(block: usize, start: i32, end: i32): void {
    Map.run(block, block + BINDINGS, start, end);
  }

  /**
   * Address of `count` values (at most a block) of the block's result from element `start` on, each of `1 << shift` bytes;
   * valid until the next map runs.
   */
  static evaluate(block: usize, start: i32, count: i32, shift: usize = 2): usize {
    Map.prepare(block);
    Map.read(block, block + BINDINGS, start, count, Map.block(block), true);
    Map.compute(block, count);
    const result = Run.scratch + load<u32>(block, 20);
    const values: usize = load<u32>(result);
    if (load<u32>(result, 4) != 0) return values;
    const operand = Map.operand(block, load<i32>(block, 20) >> 3);
    const temp: usize = load<u32>(Run.scratch + load<u32>(operand, 8));
    Walk.fill(temp, values, count, shift);
    return temp;
  }

  /** Address of the result's element 0 where the result is a linear input as it is; else 0. */
  static source(block: usize): usize {
    if (load<i32>(block, 16) != 0) return 0;
    const i = load<i32>(block, 20) >> 3;
    if (load<i32>(Map.operand(block, i), 4) != LINEAR) return 0;
    const binding = block + BINDINGS + ((<usize>i) << 3);
    const bytes: usize = load<u32>(Map.operand(block, i));
    return load<u32>(Run.slots + (load<u32>(binding) << 2)) + <usize>load<i32>(binding, 4) * bytes;
  }

  /** Most values of a block. */
  @inline
  static block(block: usize): i32 {
    return load<i32>(block, 32);
  }

  /** Length of the block from `start` on, `rest` elements before the end. */
  @inline
  static length(block: usize, start: i32, rest: i32): i32 {
    const chunk = load<i32>(block, 28);
    if (chunk == 0) return min(Map.block(block), rest);
    const inner = load<i32>(Map.shape(block) + ((<usize>load<i32>(block)) << 2) - 4);
    return min(min(chunk, rest), inner - (start % inner));
  }

  static run(block: usize, bindings: usize, start: i32, end: i32): void {
    if (start >= end) return;
    Map.prepare(block);
    const total = end - start;
    let first = true;
    while (start < end) {
      const n = Map.length(block, start, end - start);
      Map.read(block, bindings, start, n, total, first);
      Map.place(block, bindings, start, n);
      Map.compute(block, n);
      Map.write(block, bindings, start, n);
      start += n;
      first = false;
    }
  }

  @inline
  static shape(block: usize): usize {
    return block + BINDINGS + ((<usize>(load<i32>(block, 4) + load<i32>(block, 8))) << 3);
  }

  @inline
  static operand(block: usize, i: i32): usize {
    const dims = load<i32>(block);
    return Map.shape(block) + ((<usize>dims) << 2) + <usize>i * (16 + ((<usize>dims) << 2));
  }

  /** Puts the temporaries into the table of values. */
  @inline
  static prepare(block: usize): void {
    let value = Run.scratch + ((<usize>(load<i32>(block, 4) + load<i32>(block, 8))) << 3);
    let temp = Run.scratch + TEMPS;
    for (let n = load<i32>(block, 12); n > 0; n--) {
      store<u32>(value, <u32>temp);
      store<u32>(value, 16, 4);
      value += 8;
      temp += TEMP_BYTES;
    }
  }

  @inline
  static compute(block: usize, n: i32): void {
    let instruction = Map.operand(block, load<i32>(block, 4) + load<i32>(block, 8));
    for (let count = load<i32>(block, 16); count > 0; count--) {
      Elementwise.execute(instruction, Run.scratch, n);
      instruction += 24;
    }
  }

  /**
   * Finds or gathers the inputs of the block [start, start + n). What is the same for all blocks is done for the `first`;
   * `total` elements follow from there.
   */
  static read(block: usize, bindings: usize, start: i32, n: i32, total: i32, first: bool): void {
    const dims = load<i32>(block);
    const shape = Map.shape(block);
    const inner = shape + ((<usize>dims) << 2) - 4;
    const most = Map.block(block);
    let value = Run.scratch;
    let splat = Run.scratch + SPLATS;
    let operand = shape + ((<usize>dims) << 2);
    let located = false;
    for (let i = load<i32>(block, 4); i > 0; i--) {
      const kind = load<i32>(operand, 4);
      const bytes: usize = load<u32>(operand);
      const base: usize = load<u32>(Run.slots + (load<u32>(bindings) << 2)) + <usize>load<i32>(bindings, 4) * bytes;
      if (kind == LINEAR) {
        store<u32>(value, <u32>(base + <usize>start * bytes));
        store<u32>(value, 16, 4);
      } else if (kind == SPLAT) {
        if (first) Map.splat(value, splat, base, bytes);
      } else {
        const temp: usize = load<u32>(Run.scratch + load<u32>(operand, 8));
        const strides = operand + 16;
        if (kind == PERIODIC && total > most) {
          const period = load<i32>(operand, 12);
          if (first) {
            Walk.period(temp, base, period, min(total, most), dims, shape, strides, bytes);
            located = false;
          }
          store<u32>(value, <u32>(temp + ((<usize>(start % period)) << Walk.shift(bytes))));
          store<u32>(value, 16, 4);
        } else {
          if (!located) Walk.locate(start, dims, shape);
          located = true;
          const source = base + Walk.offset(dims, strides) * bytes;
          const stride = load<i32>(strides + ((<usize>dims) << 2) - 4);
          const whole = n <= load<i32>(inner) - Walk.innermost(dims);
          if (whole && stride == 0) {
            Map.splat(value, splat, source, bytes);
          } else {
            const direct = whole && stride == 1 && bytes >= 4;
            if (!direct) Walk.gather(temp, source, n, dims, shape, strides, bytes);
            store<u32>(value, <u32>(direct ? source : temp));
            store<u32>(value, 16, 4);
          }
        }
      }
      value += 8;
      splat += 16;
      bindings += 8;
      operand += 16 + ((<usize>dims) << 2);
    }
  }

  /** One element in every lane of a vector that stands for all values. */
  @inline
  static splat(value: usize, splat: usize, source: usize, bytes: usize): void {
    v128.store(splat, Walk.splat(source, bytes));
    store<u32>(value, <u32>splat);
    store<u32>(value, 0, 4);
  }

  /** Decides where instructions write the outputs: in place, or into their temporaries. */
  static place(block: usize, bindings: usize, start: i32, n: i32): void {
    const dims = load<i32>(block);
    const inputs = load<i32>(block, 4);
    for (let i = inputs + load<i32>(block, 8) - 1; i >= inputs; i--) {
      const operand = Map.operand(block, i);
      const value = Run.scratch + ((<usize>i) << 3);
      let address: usize = 0;
      if (load<i32>(operand, 12) == i << 3) {
        address = load<u32>(Run.scratch + load<u32>(operand, 8));
        if ((n & 15) == 0 && load<i32>(operand) >= 4) {
          const target = Map.target(operand, bindings + ((<usize>i) << 3), block, start, n);
          if (target != 0) address = target;
        }
      }
      store<u32>(value, <u32>address);
      store<u32>(value, 16, 4);
    }
  }

  /** Address of the block's first element in an output if the block lies there in one piece, else 0. */
  static target(operand: usize, binding: usize, block: usize, start: i32, n: i32): usize {
    const bytes: usize = load<u32>(operand);
    const base: usize = load<u32>(Run.slots + (load<u32>(binding) << 2)) + <usize>load<i32>(binding, 4) * bytes;
    if (load<i32>(operand, 4) == LINEAR) return base + <usize>start * bytes;
    const dims = load<i32>(block);
    const shape = Map.shape(block);
    Walk.locate(start, dims, shape);
    const last = ((<usize>dims) << 2) - 4;
    if (load<i32>(operand + 16 + last) != 1 || n > load<i32>(shape + last) - Walk.innermost(dims)) return 0;
    return base + Walk.offset(dims, operand + 16) * bytes;
  }

  /** Stores the outputs that were not written in place. */
  static write(block: usize, bindings: usize, start: i32, n: i32): void {
    const dims = load<i32>(block);
    const inputs = load<i32>(block, 4);
    const end = inputs + load<i32>(block, 8);
    for (let i = inputs; i < end; i++) {
      const operand = Map.operand(block, i);
      const own = load<i32>(operand, 12) == i << 3;
      const source = Run.scratch + load<u32>(operand, 12);
      const values: usize = load<u32>(source);
      if (own && values != load<u32>(Run.scratch + load<u32>(operand, 8))) continue;
      const step: usize = load<u32>(source, 4);
      const bytes: usize = load<u32>(operand);
      const binding = bindings + ((<usize>i) << 3);
      const target = Map.target(operand, binding, block, start, n);
      if (target != 0) {
        Walk.store(target, values, step, n, 1, bytes);
      } else {
        const base: usize = load<u32>(Run.slots + (load<u32>(binding) << 2)) + <usize>load<i32>(binding, 4) * bytes;
        const strides = operand + 16;
        Walk.scatter(
          base + Walk.offset(dims, strides) * bytes,
          values,
          step,
          n,
          dims,
          Map.shape(block),
          strides,
          bytes,
        );
      }
    }
  }
}
