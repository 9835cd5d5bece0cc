/**
 * How a shader reaches its operands.
 *
 * Everything planned lies in one arena; a tensor that lives between runs has a buffer of its own. Each of these is bound
 * once, writable, and an operand is a start in one of them: the same buffer may be read and written by one dispatch, and
 * no start needs an alignment. Starts are numbers of the run (a uniform), so that programs which differ in them alone
 * share a pipeline. A constant is its value in place of a start.
 *
 * Elements of one or two bytes are parts of words: read by shifts, written by atomic operations on the word.
 *
 * A kernel of several dispatches keeps what it makes on the way behind the arena, see {@link scratch}.
 */
import type { Compiled } from "../../compiler/compile.ts";
import { countReaders, type Operand, type Schedule } from "../../compiler/kernel.ts";
import type { MemoryPlan } from "../../compiler/memory.ts";
import { type DType, dtypes } from "../../core/dtype.ts";
import { printDecode, printEncode, register } from "./register.ts";

/** What lowering asks of the adapter. */
export interface Abilities {
  /** Most storage buffers that one dispatch may bind. */
  readonly storageBuffers: number;
  /** Neighbouring threads that surely are in one subgroup, a power of two; 1: shaders use no subgroups. */
  readonly subgroup: number;
  /** Whether it is a program on the CPU, which takes long to compile much memory of workgroups. */
  readonly software: boolean;
  /** Whether shaders may multiply four bytes by four at once. */
  readonly packedDot: boolean;
}

/** What lowering reads. */
export interface Context extends Abilities {
  readonly schedule: Schedule;
  readonly memory: MemoryPlan;
  /** For every buffer how many kernels read it, see {@link countReaders}. */
  readonly readers: readonly number[];
}

/** What lowering a compiled graph reads. */
export function contextOf({ schedule, memory }: Pick<Compiled, "schedule" | "memory">, abilities: Abilities): Context {
  return { ...abilities, schedule, memory, readers: countReaders(schedule) };
}

/** The arena and the words in which kernels report a failure, beside the schedule's buffers by number. */
export const arena = -1;
export const failure = -2;

export interface Access {
  /** read&lt;name&gt;(i) or write&lt;name&gt;(i, x) in the shader. */
  readonly name: string;
  readonly operand: Operand;
  readonly write: boolean;
  /** Adds swap&lt;name&gt;(i, x), which writes and returns what was there, for int32. */
  readonly swap?: boolean;
}

/** Numbers of a run by name, read as run.name; those given as bits are float32. */
export type Numbers = Readonly<Record<string, number | { readonly f32: number }>>;

/** A buffer of its own that takes part through the arena, because the dispatch would bind too many. */
export interface Staged {
  readonly buffer: number;
  readonly offset: number;
  readonly bytes: number;
  readonly written: boolean;
}

export interface Bound {
  /** Text of the section `operands`. */
  readonly text: string;
  /** What is bound, in order from binding 1: buffer numbers, {@link arena} or {@link failure}. */
  readonly slots: readonly number[];
  /** The uniform: the count, starts and constants by operand, further numbers. */
  readonly words: readonly number[];
  readonly staged: readonly Staged[];
  /** Bytes of arena that it needs. */
  readonly arenaBytes: number;
  /** Whether the kernel's epilogue runs where its output is written. */
  readonly fused?: boolean;
}

/** Whether elements are parts of words. */
const isPart = (dtype: DType): boolean => dtypes[dtype].bytes < 4;

/**
 * Room behind the arena for a kernel's own `lengths` (in elements) of int32 or float32, and the context in which all its
 * dispatches bind operands so that nothing else lies there.
 */
export function scratch<D extends readonly (readonly [dtype: "int32" | "float32", length: number])[]>(
  context: Context,
  ...lengths: D
): { readonly context: Context; readonly parts: { readonly [K in keyof D]: Operand } } {
  const { memory } = context;
  let offset = Math.ceil(memory.bytes / 4);
  const parts = lengths.map(([dtype, length]): Operand => {
    const at = offset;
    offset += length;
    return { buffer: arena, dtype, offset: at, shape: [length], strides: [1] };
  });
  return {
    context: { ...context, memory: { ...memory, bytes: 4 * offset } },
    parts: parts as { readonly [K in keyof D]: Operand },
  };
}

const inArena = ({ memory }: Context, { buffer }: Operand): boolean =>
  buffer === arena || (memory.offsets[buffer] as number) >= 0;

const isConstant = ({ schedule }: Context, { buffer }: Operand): boolean =>
  buffer !== arena && schedule.buffers[buffer]?.place === "constants";

/** The buffers that operands have for their own, beside the arena. */
export function ownBuffers(context: Context, accesses: readonly Access[]): Set<number> {
  const own = new Set<number>();
  for (const { operand } of accesses) {
    if (!isConstant(context, operand) && !inArena(context, operand)) own.add(operand.buffer);
  }
  return own;
}

/**
 * Binds operands and prints their functions. `fails` adds fail(detail), which reports failure number `fails`.
 */
export function bindOperands(
  context: Context,
  count: number,
  accesses: readonly Access[],
  numbers: Numbers = {},
  fails = 0,
): Bound {
  const { schedule, memory } = context;
  const own = ownBuffers(context, accesses);
  const room = context.storageBuffers - 1 - (fails > 0 ? 1 : 0);
  const staged = stage(context, [...own].slice(room), accesses);
  const stagedAt = new Map(staged.map(({ buffer, offset }) => [buffer, offset]));
  const slots = [arena, ...[...own].slice(0, room), ...(fails > 0 ? [failure] : [])];

  const words = [count];
  const members = ["count: i32"];
  const atomic = new Set<number>(fails > 0 ? [slots.length] : []);
  const places = accesses.map(({ name, operand, write, swap = false }) => {
    const word = `run.start${name}`;
    members.push(`start${name}: i32`);
    if (isConstant(context, operand)) {
      words.push(schedule.constants[operand.offset] as number);
      return { word, binding: 0 };
    }
    const offset =
      operand.buffer === arena
        ? 0
        : inArena(context, operand)
          ? memory.offsets[operand.buffer]
          : stagedAt.get(operand.buffer);
    words.push((offset ?? 0) / dtypes[operand.dtype].bytes + operand.offset);
    const binding = offset === undefined ? slots.indexOf(operand.buffer) + 1 : 1;
    if (swap || (write && isPart(operand.dtype))) atomic.add(binding);
    return { word, binding };
  });

  for (const [name, number] of Object.entries(numbers)) {
    const whole = typeof number === "number";
    words.push(whole ? number : (new Int32Array(Float32Array.of(number.f32).buffer)[0] as number));
    members.push(`${name}: ${whole ? "i32" : "f32"}`);
  }
  const lines = [`struct Run { ${members.join(", ")} }`, "@group(0) @binding(0) var<uniform> run: Run;"];
  slots.forEach((_, i) => {
    const element = atomic.has(i + 1) ? "atomic<u32>" : "u32";
    lines.push(`@group(0) @binding(${i + 1}) var<storage, read_write> memory${i + 1}: array<${element}>;`);
  });
  accesses.forEach(({ name, operand, write, swap = false }, i) => {
    const { word, binding } = places[i] as { word: string; binding: number };
    const print = write ? printWrite : printRead;
    lines.push(print(name, operand.dtype, word, binding, atomic.has(binding)));
    if (swap) lines.push(printSwap(name, word, binding));
  });
  if (fails > 0) lines.push(printFail(fails, slots.length));
  const arenaBytes = Math.max(memory.bytes, ...staged.map(({ offset, bytes }) => offset + bytes));
  return { text: lines.join("\n"), slots, words, staged, arenaBytes };
}

/** Places behind the arena for buffers that cannot be bound. */
function stage({ schedule, memory }: Context, buffers: readonly number[], accesses: readonly Access[]): Staged[] {
  let offset = memory.bytes;
  return buffers.map((buffer) => {
    const { size, dtype } = schedule.buffers[buffer] as Schedule["buffers"][number];
    const bytes = Math.ceil((size * dtypes[dtype].bytes) / 4) * 4;
    const written = accesses.some((access) => access.write && access.operand.buffer === buffer);
    const at = offset;
    offset += bytes;
    return { buffer, offset: at, bytes, written };
  });
}

function printRead(name: string, dtype: DType, word: string, binding: number, atomic: boolean): string {
  const type = register(dtype);
  if (binding === 0) {
    return `fn read${name}(i: i32) -> ${type} { return ${type === "f32" ? `bitcast<f32>(${word})` : word}; }`;
  }
  const load = (at: string) => (atomic ? `atomicLoad(&memory${binding}[${at}])` : `memory${binding}[${at}]`);
  const { index, shift, bits } = partOf(dtype);
  const body = isPart(dtype)
    ? `let at = ${word} + i; return ${printDecode(`extractBits(${load(index)}, ${shift}, ${bits}u)`, dtype)};`
    : `return ${printDecode(load(`${word} + i`), dtype)};`;
  return `fn read${name}(i: i32) -> ${type} { ${body} }`;
}

/** Where element `at` lies in its word. */
function partOf(dtype: DType): { index: string; shift: string; bits: number } {
  const { bytes } = dtypes[dtype];
  const each = 4 / bytes;
  return { index: `at >> ${Math.log2(each)}u`, shift: `u32(at & ${each - 1}) * ${8 * bytes}u`, bits: 8 * bytes };
}

function printWrite(name: string, dtype: DType, word: string, binding: number, atomic: boolean): string {
  const at = `memory${binding}[${word} + i]`;
  const value = printEncode("x", dtype);
  const { index, shift, bits } = partOf(dtype);
  const body = isPart(dtype)
    ? `let at = ${word} + i; let shift = ${shift};
  atomicAnd(&memory${binding}[${index}], ~(${2 ** bits - 1}u << shift));
  atomicOr(&memory${binding}[${index}], ${value} << shift);`
    : atomic
      ? `atomicStore(&${at}, ${value});`
      : `${at} = ${value};`;
  return `fn write${name}(i: i32, x: ${register(dtype)}) { ${body} }`;
}

function printSwap(name: string, word: string, binding: number): string {
  return `fn swap${name}(i: i32, x: i32) -> i32 { return bitcast<i32>(atomicExchange(&memory${binding}[${word} + i], bitcast<u32>(x))); }`;
}

/** The first failure of a run is kept: its kernel's number and a detail. */
function printFail(kind: number, binding: number): string {
  const memory = `memory${binding}`;
  return `fn fail(detail: i32) {
  if (atomicAdd(&${memory}[0], 1u) == 0u) {
    atomicStore(&${memory}[1], ${kind}u);
    atomicStore(&${memory}[2], bitcast<u32>(detail));
  }
}`;
}
