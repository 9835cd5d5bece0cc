/**
 * Runs lowered kernels on the built module without the rest of the runtime.
 *
 * Every buffer lies 64-byte aligned with 64 sentinel bytes of 0xff (a NaN as float32) behind it, which must survive. A
 * run is made by one thread and again by three in turn, command by command, in either order; all must leave the same bits.
 */
import { existsSync, readFileSync } from "node:fs";
import type { Operand } from "../../ts/compiler/kernel.ts";
import { type DType, dtypes, type TypedArray } from "../../ts/core/dtype.ts";
import { store } from "../../ts/core/storage.ts";
import { CommandWriter } from "../../ts/device/wasm/command.ts";

export interface Build {
  readonly name: "plain" | "relaxed";
  readonly relaxed: boolean;
  readonly module: WebAssembly.Module;
}

/** `(module (func (param v128 v128 v128) (result v128) (f32x4.relaxed_madd …)))`: does the engine have relaxed SIMD? */
const relaxedProbe = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0, 32, 1, 32, 2,
  253, 133, 2, 11,
]);

/** The builds this engine can run, from dist/ (or the folder HEBB_DIST names). */
export const builds: readonly Build[] = (["plain", "relaxed"] as const).flatMap((name) => {
  const relaxed = name === "relaxed";
  const file = relaxed ? "hebb-full-relaxed.wasm" : "hebb-full.wasm";
  const url = process.env.HEBB_DIST
    ? `${process.env.HEBB_DIST}/${file}`
    : new URL(`../../dist/${file}`, import.meta.url);
  if (relaxed && !(WebAssembly.validate(relaxedProbe) && existsSync(url))) return [];
  return [{ name, relaxed, module: new WebAssembly.Module(readFileSync(url)) }];
});

interface Exports {
  heapBase(): number;
  run(program: number, thread: number, threads: number): number;
}

const aligned = (bytes: number): number => (bytes + 63) & ~63;

/** A program in memory, ready to be run (again): for tests and for quick measurements. */
export class Bench {
  readonly memory: WebAssembly.Memory;
  readonly #exports: Exports;
  readonly #arrays: readonly TypedArray[];
  readonly #addresses: number[] = [];
  readonly #programs: number[] = [];
  readonly #whole: number;

  /** `lower` writes the commands; buffer `i` of its operands starts with the contents of `buffers[i]`. */
  constructor(build: Build, buffers: readonly TypedArray[], lower: (out: CommandWriter) => void, maxThreads = 3) {
    const out = new CommandWriter();
    lower(out);
    const words = out.words;
    const scratch = aligned(out.scratchBytes);
    this.memory = new WebAssembly.Memory({ initial: 16 });
    this.#exports = new WebAssembly.Instance(build.module, { env: { memory: this.memory } })
      .exports as unknown as Exports;
    this.#arrays = buffers;
    let top = aligned(this.#exports.heapBase());
    const take = (bytes: number): number => {
      const at = top;
      top += aligned(bytes) + 64;
      return at;
    };
    for (const buffer of buffers) this.#addresses.push(take(buffer.byteLength));
    const slots = take(buffers.length * 4);
    const scratchAt = take(scratch * maxThreads);
    const commands: [start: number, end: number][] = [];
    for (let at = 0; at < words.length; ) {
      const length = words[at + 1] as number;
      commands.push([at, at + length]);
      at += length;
    }
    const places = commands.map(([start, end]) => take(24 + (end - start) * 4));
    this.#whole = take(24 + words.byteLength);
    this.memory.grow(Math.max(0, Math.ceil((top + 64) / 65536) - 16));
    const i32 = new Int32Array(this.memory.buffer);
    i32.set(this.#addresses, slots / 4);
    const put = (at: number, count: number, body: Int32Array): void => {
      i32.set([count, slots, scratchAt, scratch, 0, 0], at / 4);
      i32.set(body, at / 4 + 6);
    };
    commands.forEach(([start, end], i) => {
      put(places[i] as number, 1, words.subarray(start, end));
      this.#programs.push(places[i] as number);
    });
    put(this.#whole, commands.length, words);
    this.fill();
  }

  /** Gives the buffers their first contents again. */
  fill(): void {
    const bytes = new Uint8Array(this.memory.buffer);
    this.#arrays.forEach((array, i) => {
      const at = this.#addresses[i] as number;
      bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
      bytes.fill(0xff, at + array.byteLength, at + aligned(array.byteLength) + 64);
    });
  }

  /** Runs every command with `threads` threads, one after another, the last first if `backwards`. Returns the program's error word. */
  run(threads = 1, backwards = false): number {
    if (threads === 1) return this.#exports.run(this.#whole, 0, 1);
    let error = 0;
    for (const program of this.#programs) {
      for (let i = 0; i < threads; i++) error ||= this.#exports.run(program, backwards ? threads - 1 - i : i, threads);
    }
    return error;
  }

  /** Detail of the error that `run(1)` returned. */
  get detail(): number {
    return new Int32Array(this.memory.buffer)[this.#whole / 4 + 5] as number;
  }

  /** Copies of all buffers; throws when a sentinel was overwritten. */
  read(): TypedArray[] {
    return this.#arrays.map((array, i) => {
      const at = this.#addresses[i] as number;
      const end = at + array.byteLength;
      const after = new Uint8Array(this.memory.buffer, end, aligned(array.byteLength) + 64 - array.byteLength);
      const hit = after.findIndex((byte) => byte !== 0xff);
      if (hit >= 0)
        throw new Error(`harness: buffer ${i} of ${array.byteLength} bytes was overrun at byte ${hit} after its end`);
      return new (array.constructor as new (source: ArrayBuffer) => TypedArray)(
        this.memory.buffer.slice(at, end) as ArrayBuffer,
      );
    });
  }
}

/** Runs with one thread and with three and returns the buffers; throws when bits differ or a kernel reports an error. */
export function runKernel(
  build: Build,
  buffers: readonly TypedArray[],
  lower: (out: CommandWriter) => void,
): TypedArray[] {
  const bench = new Bench(build, buffers, lower);
  const error = bench.run(1);
  if (error !== 0) throw new Error(`harness: kernel ${error - 1} failed: detail ${bench.detail}`);
  const one = bench.read();
  // In both orders, so that a thread that writes into another's share is seen whichever of the two comes first.
  for (const backwards of [false, true]) {
    bench.fill();
    bench.run(3, backwards);
    bench.read().forEach((three, i) => {
      const a = new Uint8Array((one[i] as TypedArray).buffer);
      const b = new Uint8Array(three.buffer);
      const differs = a.findIndex((byte, j) => byte !== b[j]);
      if (differs >= 0) throw new Error(`harness: buffer ${i} differs between 1 and 3 threads at byte ${differs}`);
    });
  }
  return one;
}

/** A row-major operand on a whole buffer. */
export function operand(buffer: number, shape: readonly number[], dtype: DType = "float32"): Operand {
  const strides = new Array<number>(shape.length);
  let size = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    strides[d] = size;
    size *= shape[d] as number;
  }
  return { buffer, dtype, offset: 0, shape, strides };
}

/** An operand with strides of its own. */
export function view(
  buffer: number,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
  dtype: DType = "float32",
): Operand {
  return { buffer, dtype, offset, shape, strides };
}

/** A typed array of `dtype`. */
export function array(dtype: DType, values: number | ArrayLike<number>): TypedArray {
  return typeof values === "number" ? new dtypes[dtype].array(values) : store(dtype, values);
}

/** Reproducible numbers in [-1, 1), as float32. */
export function random(n: number, seed = 1): Float32Array {
  const values = new Float32Array(n);
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  for (let i = 0; i < n; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    values[i] = (state >> 8) / 2 ** 23;
  }
  return values;
}
