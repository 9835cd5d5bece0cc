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
 * What is greater than a binding may be lies in pages (pages.ts). A dispatch binds those that its operands touch, and an
 * operand of several finds the page of every element:
 *
 *     arena     page 0 │ page 1 │ page 2 │ page 3        bound as memory1, memory2, memory3
 *     operand        ╰──── x ────╯    ╰─ y ─╯
 *
 * A kernel of several dispatches keeps what it makes on the way behind the arena, see {@link scratch}.
 */
import type { Compiled } from "../../compiler/compile.ts";
import { countReaders, type Operand, type Schedule } from "../../compiler/kernel.ts";
import type { MemoryPlan } from "../../compiler/memory.ts";
import { type DType, dtypes } from "../../core/dtype.ts";
import { UnsupportedError } from "../../core/errors.ts";
import { printDecode, printEncode, register } from "./register.ts";

/** What lowering asks of the adapter. */
export interface Abilities {
  /** Most bytes of a binding, a multiple of every alignment. */
  readonly page: number;
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

/** A dispatch would bind more than the adapter allows: it is to be divided. */
export class TooManyBindings extends UnsupportedError {}

/** What is made unless it would bind too much; then null. */
export function unlessTooMany<T>(make: () => T): T | null {
  try {
    return make();
  } catch (error) {
    if (error instanceof TooManyBindings) return null;
    throw error;
  }
}

/** A page of the arena, or of a buffer by its number. */
export interface Slot {
  readonly buffer: number;
  readonly page: number;
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
  /** What is bound, in order from binding 1. */
  readonly slots: readonly Slot[];
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
 * Room behind the arena for a kernel's own `lengths` (in elements) of words, and the context in which all its
 * dispatches bind operands so that nothing else lies there.
 */
export function scratch<D extends readonly (readonly [dtype: "int32" | "uint32" | "float32", length: number])[]>(
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

/** Where an access lies: its element in a memory, and the pages that it touches. */
interface Place {
  readonly memory: number;
  readonly start: number;
  readonly first: number;
  readonly last: number;
}

/** The first and the last element of a window, counted from its start. */
function reach({ shape, strides }: Operand): [low: number, high: number] {
  let [low, high] = [0, 0];
  shape.forEach((size, d) => {
    const far = Math.max(0, size - 1) * (strides[d] as number);
    if (far < 0) low += far;
    else high += far;
  });
  return [low, high];
}

/** Places of all accesses, null for constants, where staged buffers lie in the arena. */
function placesOf(context: Context, accesses: readonly Access[], staged: readonly Staged[]): (Place | null)[] {
  const { memory, page } = context;
  const stagedAt = new Map(staged.map(({ buffer, offset }) => [buffer, offset]));
  return accesses.map(({ operand }): Place | null => {
    if (isConstant(context, operand)) return null;
    const { buffer, dtype, offset } = operand;
    const planned = buffer === arena ? 0 : inArena(context, operand) ? memory.offsets[buffer] : stagedAt.get(buffer);
    const { bytes } = dtypes[dtype];
    const start = (planned ?? 0) / bytes + offset;
    const [low, high] = reach(operand);
    const pageOf = (element: number): number => Math.max(0, Math.floor((element * bytes) / page));
    return {
      memory: planned === undefined ? buffer : arena,
      start,
      first: pageOf(start + low),
      last: pageOf(start + high),
    };
  });
}

/** The pages that places touch, those of the arena first. */
function slotsOf(places: readonly (Place | null)[]): Slot[] {
  const pages = new Map<number, Set<number>>([[arena, new Set()]]);
  for (const place of places) {
    if (place === null) continue;
    const own = pages.get(place.memory) ?? new Set();
    pages.set(place.memory, own);
    for (let page = place.first; page <= place.last; page++) own.add(page);
  }
  const touched = pages.get(arena) as Set<number>;
  if (touched.size === 0) touched.add(0);
  return [...pages].flatMap(([buffer, own]) => [...own].map((page) => ({ buffer, page })));
}

/**
 * Binds operands and prints their functions. `fails` adds fail(detail), which reports failure number `fails`.
 *
 * @throws TooManyBindings
 */
export function bindOperands(
  context: Context,
  count: number,
  accesses: readonly Access[],
  numbers: Numbers = {},
  fails = 0,
): Bound {
  const { schedule, memory, page } = context;
  const own = [...ownBuffers(context, accesses)];
  const room = context.storageBuffers - (fails > 0 ? 1 : 0);
  let staged: Staged[] = [];
  let places = placesOf(context, accesses, staged);
  let slots = slotsOf(places);
  for (let bound = own.length - 1; slots.length > room; bound--) {
    if (bound < 0) {
      throw new TooManyBindings(
        `webgpu: cannot bind ${slots.length} parts of ${page} bytes at once: this adapter's limit is ${room}`,
      );
    }
    staged = stage(context, own.slice(bound), accesses);
    places = placesOf(context, accesses, staged);
    slots = slotsOf(places);
  }
  if (fails > 0) slots.push({ buffer: failure, page: 0 });

  const words = [count];
  const members = ["count: i32"];
  const atomic = new Set<number>(fails > 0 ? [failure] : []);
  const bindings = accesses.map(({ name, operand, write, swap = false }, i): number[] => {
    members.push(`start${name}: i32`);
    const place = places[i] as Place | null;
    if (place === null) {
      words.push(schedule.constants[operand.offset] as number);
      return [];
    }
    if (swap || (write && isPart(operand.dtype))) atomic.add(place.memory);
    words.push(place.start - (place.first * page) / dtypes[operand.dtype].bytes);
    return Array.from({ length: place.last - place.first + 1 }, (_, p) => {
      const at = place.first + p;
      return 1 + slots.findIndex((slot) => slot.buffer === place.memory && slot.page === at);
    });
  });

  for (const [name, number] of Object.entries(numbers)) {
    const whole = typeof number === "number";
    words.push(whole ? number : (new Int32Array(Float32Array.of(number.f32).buffer)[0] as number));
    members.push(`${name}: ${whole ? "i32" : "f32"}`);
  }
  const lines = [`struct Run { ${members.join(", ")} }`, "@group(0) @binding(0) var<uniform> run: Run;"];
  slots.forEach(({ buffer }, i) => {
    const element = atomic.has(buffer) ? "atomic<u32>" : "u32";
    lines.push(`@group(0) @binding(${i + 1}) var<storage, read_write> memory${i + 1}: array<${element}>;`);
  });
  accesses.forEach((access, i) => {
    const where = { words: page / 4, bindings: bindings[i] as number[] };
    lines.push(printAccess(access, where, atomic.has((places[i] as Place | null)?.memory ?? failure)));
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

/** The bindings of a window's pages, in order; none for a constant. */
interface Pages {
  readonly words: number;
  readonly bindings: readonly number[];
}

/** A statement on word `at` of a window, whichever page that is in. */
function onPage({ words, bindings }: Pages, print: (word: string) => string): string {
  const last = bindings.length - 1;
  return bindings
    .map((binding, p) => {
      const text = print(`memory${binding}[at${p === 0 ? "" : ` - ${p * words}`}]`);
      return last === 0 ? text : `${p === last ? "" : `if (at < ${(p + 1) * words}) `}{ ${text} }`;
    })
    .join(" else ");
}

/** The functions of an access. */
function printAccess({ name, operand, write, swap = false }: Access, pages: Pages, atomic: boolean): string {
  const { dtype } = operand;
  const type = register(dtype);
  const start = `run.start${name}`;
  if (pages.bindings.length === 0) {
    return `fn read${name}(i: i32) -> ${type} { return ${type === "i32" ? start : `bitcast<${type}>(${start})`}; }`;
  }
  const { bytes } = dtypes[dtype];
  const part = isPart(dtype);
  const bits = 8 * bytes;
  // An element that is part of a word: which word, and where it lies in it.
  const place = part
    ? `let element = ${start} + i; let at = element >> ${Math.log2(4 / bytes)}u; let shift = u32(element & ${4 / bytes - 1}) * ${bits}u;`
    : `let at = ${start} + i;`;
  if (!write) {
    const load = onPage(pages, (word) => `word = ${atomic ? `atomicLoad(&${word})` : word};`);
    const value = printDecode(part ? `extractBits(word, shift, ${bits}u)` : "word", dtype);
    return `fn read${name}(i: i32) -> ${type} { ${place} var word: u32; ${load} return ${value}; }`;
  }
  const store = onPage(pages, (word) => {
    if (part) return `atomicAnd(&${word}, ~(${2 ** bits - 1}u << shift)); atomicOr(&${word}, value << shift);`;
    return atomic ? `atomicStore(&${word}, value);` : `${word} = value;`;
  });
  const lines = [`fn write${name}(i: i32, x: ${type}) { ${place} let value = ${printEncode("x", dtype)}; ${store} }`];
  if (swap) {
    const exchange = onPage(pages, (word) => `word = atomicExchange(&${word}, bitcast<u32>(x));`);
    lines.push(
      `fn swap${name}(i: i32, x: i32) -> i32 { ${place} var word: u32; ${exchange} return bitcast<i32>(word); }`,
    );
  }
  return lines.join("\n");
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
