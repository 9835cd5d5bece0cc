/** Maps as WGSL: the iteration space's index, then one line an instruction. */
import mapText from "../../../shaders/map.wgsl";
import type { MapProgram, Operand } from "../../compiler/kernel.ts";
import { sizeOf } from "../../core/shape.ts";
import { type Dispatch, spread } from "./dispatch.ts";
import { type Halving, halving } from "./divide.ts";
import { printElementwise, type Value } from "./elementwise.ts";
import { type Access, type Bound, bindOperands, type Context, unlessTooMany } from "./operands.ts";
import { specialize } from "./shader.ts";

/** Strided windows over one space, as functions of the linear index. */
export interface Index {
  /** Lines that split the index `i` into positions. */
  readonly lines: readonly string[];
  /** The element's place in each window. */
  readonly places: readonly string[];
}

interface Axis {
  readonly size: number;
  readonly strides: readonly number[];
}

/** Axes of size 1 dropped, neighbours that every window walks as one merged. */
function mergeAxes(shape: readonly number[], windows: readonly (readonly number[])[]): Axis[] {
  const axes: Axis[] = [];
  shape.forEach((size, d) => {
    if (size === 1) return;
    const strides = windows.map((window) => window[d] as number);
    const last = axes[axes.length - 1];
    if (last?.strides.every((stride, w) => stride === (strides[w] as number) * size) === true) {
      axes[axes.length - 1] = { size: last.size * size, strides };
    } else axes.push({ size, strides });
  });
  return axes;
}

/** Prints the index of windows with the given strides. A contiguous window over a merged space is `i` itself. */
export function printIndex(shape: readonly number[], windows: readonly (readonly number[])[]): Index {
  const axes = mergeAxes(shape, windows);
  if (axes.length === 0) return { lines: [], places: windows.map(() => "0") };
  const lines: string[] = [];
  const positions: string[] = [];
  let rest = "i";
  for (let d = axes.length - 1; d > 0; d--) {
    const { size } = axes[d] as Axis;
    lines.push(`let p${d} = ${rest} % ${size};`, `let rest${d} = ${rest} / ${size};`);
    positions[d] = `p${d}`;
    rest = `rest${d}`;
  }
  positions[0] = rest;
  const places = windows.map((_, w) => {
    const terms = axes.flatMap(({ strides }, d) => {
      const stride = strides[w] as number;
      return stride === 0 ? [] : stride === 1 ? [positions[d] as string] : [`${positions[d]} * ${stride}`];
    });
    return terms.length === 0 ? "0" : terms.join(" + ");
  });
  return { lines, places };
}

/** Names of a map's inputs and outputs in the shader, behind a prefix: read0 …, write3 … */
export function accessesOf({ inputs, outputs }: MapProgram, prefix = ""): Access[] {
  return [
    ...inputs.map((operand, i) => ({ name: `${prefix}${i}`, operand, write: false })),
    ...outputs.map(({ to }, i) => ({ name: `${prefix}${inputs.length + i}`, operand: to, write: true })),
  ];
}

/**
 * The lines that compute element `i` of a map, and every value by number. Only what is wanted is printed. `given` are
 * inputs by number that need not be read.
 */
export function printValues(
  program: MapProgram,
  wanted: readonly number[],
  prefix = "",
  given: ReadonlyMap<number, string> = new Map(),
): { lines: string[]; values: Value[]; places: readonly string[] } {
  const { shape, inputs, outputs, instructions } = program;
  const operands: Operand[] = [...inputs, ...outputs.map(({ to }) => to)];
  const { lines, places } = printIndex(
    shape,
    operands.map(({ strides }) => strides),
  );
  const values: Value[] = operands.map(({ dtype }, v) => ({ text: `v${v}`, dtype }));
  const needed = new Set(wanted);
  for (let k = instructions.length - 1; k >= 0; k--) {
    if (needed.has(operands.length + k)) for (const arg of instructions[k]?.args ?? []) needed.add(arg);
  }
  const printed = [...lines];
  inputs.forEach((_, v) => {
    if (needed.has(v)) printed.push(`let v${v} = ${given.get(v) ?? `read${prefix}${v}(${places[v]})`};`);
  });
  instructions.forEach(({ op, dtype, args, attrs }, k) => {
    const v = operands.length + k;
    values.push({ text: `v${v}`, dtype });
    if (!needed.has(v)) return;
    printed.push(
      `let v${v} = ${printElementwise(
        op,
        args.map((arg) => values[arg] as Value),
        dtype,
        attrs,
      )};`,
    );
  });
  return { lines: printed, values, places };
}

/** The lines that compute element `i` of a map and store its outputs; see {@link printValues}. */
export function printMap(program: MapProgram, prefix = "", given?: ReadonlyMap<number, string>): string[] {
  const { inputs, outputs } = program;
  const wanted = outputs.map(({ value }) => value);
  const { lines, values, places } = printValues(program, wanted, prefix, given);
  const stores = outputs.map(({ value }, i) => {
    const number = inputs.length + i;
    return `write${prefix}${number}(${places[number]}, ${(values[value] as Value).text});`;
  });
  return [...lines, ...stores];
}

/** A map as one dispatch, or in parts where all of it would bind too much. */
export function dispatchMap(context: Context, program: MapProgram, label: string): Dispatch[] {
  const count = sizeOf(program.shape);
  if (count === 0) return [];
  const bind = (): Bound => bindOperands(context, count, accessesOf(program));
  const halves = halving();
  const whole = halves === null ? bind() : unlessTooMany(bind);
  if (whole === null)
    return (halves as Halving).halvesOfMap(program).flatMap((half) => dispatchMap(context, half, label));
  const { text, ...bound } = whole;
  const map = `fn map(i: i32) {\n  ${printMap(program).join("\n  ")}\n}`;
  const code = specialize(mapText, { operands: text, map });
  return [{ label, code, constants: {}, groups: spread(count, 256), ...bound }];
}
