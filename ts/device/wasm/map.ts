/** Map blocks and the MAP command: see `assembly/map.ts` for the layout. */
import { MAP } from "../../../assembly/kernels.ts";
import {
  BLOCK,
  FLOAT_TO_F64,
  LINEAR,
  MAP_DIMS,
  MAP_OPERANDS,
  MAP_PERIOD,
  MAP_TEMPS,
  MOVE,
  MOVE_WIDE,
  PERIODIC,
  SPLAT,
  STRIDED,
  U32_TO_I64,
  WIDE_BLOCK,
} from "../../../assembly/opcodes.ts";
import type { MapKernel, MapProgram, Operand } from "../../compiler/kernel.ts";
import { dtypes, isWide } from "../../core/dtype.ts";
import type { CommandWriter } from "./command.ts";
import { lowerCopy } from "./copy.ts";
import { type Step, translate } from "./elementwise.ts";
import { collapse, type Space } from "./space.ts";

/** Inner runs from this length on end a block, so that operands are used in place along them. */
const LONG_RUN = 128;

const sizeOf = (shape: readonly number[]): number => shape.reduce((n, extent) => n * extent, 1);

/** Does the operand lie as the space is walked? */
function isLinear(shape: readonly number[], strides: readonly number[]): boolean {
  let stride = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    if (strides[d] !== stride) return false;
    stride *= shape[d] as number;
  }
  return true;
}

const isSplat = (strides: readonly number[]): boolean => strides.every((stride) => stride === 0);

/** After how many elements the operand repeats itself. */
function periodOf(shape: readonly number[], strides: readonly number[]): number {
  return sizeOf(shape.slice(strides.findIndex((stride) => stride !== 0)));
}

/** Appends a map block; with `result` (a value number of the program) one for `Map.evaluate`. */
export function writeMap(out: CommandWriter, program: MapProgram, result?: number): void {
  const operands = [...program.inputs, ...program.outputs.map((output) => output.to)];
  writeBlock(out, program, [program], collapse(program.shape, operands), result);
}

/** Appends the argument of a kernel's epilogue: the offset of its block, 0 for none. */
export function writeEpilogue(out: CommandWriter, program: MapProgram | null): void {
  out.block(program === null ? null : () => writeMap(out, program));
}

/**
 * The inputs that may share memory with output `i`. An output in a buffer that is also read was there before the kernel,
 * so other buffers lie elsewhere; one that is only written may have taken over the place of any input.
 */
function inputsSharing(segments: readonly MapProgram[], i: number): readonly number[] {
  const [first, ...others] = segments.map(({ inputs, outputs }) =>
    inputs.flatMap(({ buffer }, at) => (buffer === outputs[i]?.to.buffer ? [at] : [])),
  );
  const all = segments[0]?.inputs.map((_, at) => at) ?? [];
  return first?.length && others.every((some) => some.join() === first.join()) ? first : all;
}

/** Writes the block of a program over `space`; `segments` are the programs it will serve. */
function writeBlock(
  out: CommandWriter,
  program: MapProgram,
  segments: readonly MapProgram[],
  space: Space,
  result?: number,
): void {
  const { shape, strides } = space;
  const inputs = program.inputs.length;
  const operands = [...program.inputs, ...program.outputs.map((output) => output.to)];
  const dims = shape.length;
  const size = sizeOf(shape);
  const evaluated = result !== undefined;
  if (dims > MAP_DIMS || operands.length > MAP_OPERANDS) {
    throw new Error(
      `map: cannot lower ${operands.length} operands of rank ${dims}: at most ${MAP_OPERANDS} of rank ${MAP_DIMS} fit a block`,
    );
  }
  const wide = operands.some((x) => isWide(x.dtype)) || program.instructions.some(({ dtype }) => isWide(dtype));
  const most = wide ? WIDE_BLOCK : BLOCK;
  const kinds = operands.map((x, i): number => {
    const s = strides[i] as readonly number[];
    const output = i >= inputs;
    if (isLinear(shape, s) && (output || dtypes[x.dtype].bytes >= 4)) return LINEAR;
    if (!output && isSplat(s)) return SPLAT;
    if (!output && !evaluated && !isLinear(shape, s) && periodOf(shape, s) <= MAP_PERIOD) return PERIODIC;
    return STRIDED;
  });

  const wanted = evaluated ? [result] : program.outputs.map((output) => output.value);
  const { steps, taken } = translate(program, wanted, !evaluated);
  const plan = new Temporaries(operands.length);
  const temps = operands.map((_, i) => {
    if (kinds[i] === PERIODIC) return plan.keep(2);
    return kinds[i] === STRIDED || (evaluated && taken[0] === i) ? plan.keep(1) : 0;
  });
  // An output that is an input unchanged is read before anything is written, if there is anything else to write.
  const moves: Step[] = [];
  const sources = taken.map((value) => {
    if (evaluated || value >= inputs || taken.length === 1) return value;
    const id = -1 - moves.length;
    const opcode = dtypes[(operands[value] as Operand).dtype].bytes === 8 ? MOVE_WIDE : MOVE;
    moves.push({ opcode, args: [value], id });
    return id;
  });
  const all = [...moves, ...steps];

  // A step writes an output in place when none of the inputs that may share its memory is read in place after it.
  const where = new Map<number, number>();
  const lastRead = (sharing: readonly number[]): number =>
    all.findLastIndex((step) =>
      step.args.some((arg) => sharing.includes(arg) && kinds[arg] !== SPLAT && kinds[arg] !== PERIODIC),
    );
  if (!evaluated) {
    sources.forEach((value, i) => {
      const at = all.findIndex((step) => step.id === value);
      if (at < 0 || at < lastRead(inputsSharing(segments, i)) || where.has(value)) return;
      where.set(value, inputs + i);
      temps[inputs + i] = plan.keep(1);
    });
  }
  // What was gathered for a block is done with once it was read for the last time.
  const gathered = new Map(
    temps.flatMap((temp, i) => (i < inputs && kinds[i] === STRIDED ? [[i, temp] as const] : [])),
  );
  const instructions = plan.assign(all, sources, where, gathered);
  const last = dims > 0 ? (shape[dims - 1] as number) : 1;
  const alongRun = kinds.some((kind, i) => kind === STRIDED && Math.abs(strides[i]?.[dims - 1] ?? 0) <= 1);
  const chunk = dims > 1 && alongRun && last >= LONG_RUN ? chunkOf(last, most) : 0;

  out.int(dims, inputs, operands.length - inputs, plan.count, instructions.length);
  out.int(evaluated ? 8 * plan.valueOf(sources[0] as number, where) : 0, size, chunk, most);
  for (const x of operands) out.operand(x);
  out.int(...shape);
  operands.forEach((x, i) => {
    const s = strides[i] as readonly number[];
    const extra =
      i >= inputs
        ? 8 * plan.valueOf(sources[i - inputs] as number, where)
        : kinds[i] === PERIODIC
          ? periodOf(shape, s)
          : 0;
    out.int(dtypes[x.dtype].bytes, kinds[i] as number, 8 * (temps[i] as number), extra, ...s);
  });
  for (const words of instructions) {
    out.opcode(words[0] as number);
    out.int(...words);
  }
}

/** Length of the blocks of a run: as equal as whole vectors allow. */
function chunkOf(run: number, most: number): number {
  const blocks = Math.ceil(run / most);
  return Math.min(most, Math.ceil(run / blocks / 16) * 16);
}

/** Gives values their places: kept temporaries first, then those that live between two steps. */
class Temporaries {
  count = 0;
  readonly #first: number;
  readonly #places = new Map<number, number>();

  constructor(operands: number) {
    this.#first = operands;
  }

  /** A place for the whole block, `n` temporaries wide. */
  keep(n: number): number {
    const place = this.#first + this.count;
    this.count += n;
    return place;
  }

  valueOf(value: number, where: ReadonlyMap<number, number>): number {
    return where.get(value) ?? this.#places.get(value) ?? value;
  }

  /** The words of every instruction, in byte offsets of the table of values. `gathered` are the places of operands. */
  assign(
    steps: readonly Step[],
    taken: readonly number[],
    where: ReadonlyMap<number, number>,
    gathered: ReadonlyMap<number, number>,
  ): number[][] {
    const lastUse = new Map<number, number>();
    steps.forEach((step, at) => {
      for (const arg of step.args) lastUse.set(arg, at);
    });
    for (const value of taken) lastUse.set(value, steps.length);
    const free: number[] = [];
    const words = steps.map((step, at) => {
      const args = [...step.args.map((arg) => 8 * this.valueOf(arg, where)), ...(step.words ?? [])];
      const widens = step.opcode >= FLOAT_TO_F64 && step.opcode <= U32_TO_I64;
      const place = () => {
        if (!where.has(step.id)) this.#places.set(step.id, free.pop() ?? this.keep(1));
      };
      if (widens) place();
      for (const arg of new Set(step.args)) {
        const own = this.#places.get(arg) ?? gathered.get(arg);
        if (own !== undefined && lastUse.get(arg) === at) free.push(own);
      }
      if (!widens) place();
      return [step.opcode, 8 * this.valueOf(step.id, where), ...[0, 1, 2, 3].map((i) => args[i] ?? 0)];
    });
    if (this.count > MAP_TEMPS) {
      throw new Error(
        `map: cannot lower ${steps.length} instructions: they need ${this.count} temporaries, at most ${MAP_TEMPS} fit a block`,
      );
    }
    return words;
  }
}

/** Writes the MAP command of every segment, in one command where all operands are linear or splat. */
export function lowerMap(kernel: MapKernel, out: CommandWriter): void {
  const programs = kernel.programs.filter((program) => sizeOf(program.shape) > 0);
  if (programs.length > 1 && lowerSegments(programs, out)) return;
  for (const program of programs) {
    if (program.instructions.length === 0 && program.inputs.length === 1 && program.outputs.length === 1) {
      const [from, to] = [program.inputs[0] as Operand, program.outputs[0]?.to as Operand];
      if (from.dtype === to.dtype) {
        lowerCopy(from, to, program.shape, out);
        continue;
      }
    }
    out.begin(MAP);
    out.block(() => writeMap(out, program));
    out.int(0);
    out.end();
  }
}

function lowerSegments(programs: readonly MapProgram[], out: CommandWriter): boolean {
  const first = programs[0] as MapProgram;
  const operandsOf = (program: MapProgram): Operand[] => [
    ...program.inputs,
    ...program.outputs.map((output) => output.to),
  ];
  const all = programs.map((program) => {
    const operands = operandsOf(program);
    return { operands, space: collapse(program.shape, operands) };
  });
  // A block that serves them all: each operand walks along or stands still in every segment.
  const strides: number[][] = [];
  for (let i = 0; i < operandsOf(first).length; i++) {
    const walks = all.every(({ space }) => isLinear(space.shape, space.strides[i] ?? [0]));
    const stands = i < first.inputs.length && all.every(({ space }) => isSplat(space.strides[i] ?? [1]));
    if (!walks && !stands) return false;
    strides.push([walks ? 1 : 0]);
  }
  const same = programs.every((program) => signature(program) === signature(first));
  if (!same) throw new Error("map: cannot lower segments of different programs: one command runs one program");
  out.begin(MAP);
  const shape = [Math.max(2, ...programs.map((program) => sizeOf(program.shape)))];
  out.block(() => writeBlock(out, first, programs, { shape, strides }));
  out.int(programs.length);
  programs.forEach((program, i) => {
    out.int(sizeOf(program.shape));
    for (const operand of all[i]?.operands ?? []) out.operand(operand);
  });
  out.end();
  return true;
}

/** What segments of one command have in common. */
function signature(program: MapProgram): string {
  const { inputs, outputs, instructions } = program;
  return JSON.stringify([inputs.map((x) => x.dtype), outputs.map((x) => [x.to.dtype, x.value]), instructions]);
}
