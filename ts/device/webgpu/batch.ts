/**
 * Maps that run one program on different tensors (ts/compiler/batch.ts) as few dispatches: an optimiser's update of every
 * parameter. The elements of all tensors are numbered through, and an operand is that of the part which a number falls into.
 */
import mapText from "../../../shaders/map.wgsl";
import type { MapKernel, MapProgram, Operand } from "../../compiler/kernel.ts";
import { sizeOf } from "../../core/shape.ts";
import { type Dispatch, spread } from "./dispatch.ts";
import { accessesOf, dispatchMap, printMap } from "./map.ts";
import { type Access, bindOperands, type Context, ownBuffers, unlessTooMany } from "./operands.ts";
import { register } from "./register.ts";
import { specialize } from "./shader.ts";

/** Most parts of a dispatch. */
const mostParts = 64;

/** Programs that can be bound together, in order. */
function groups(programs: readonly MapProgram[], context: Context): MapProgram[][] {
  const result: MapProgram[][] = [];
  let bound = new Set<number>();
  for (const program of programs) {
    const own = ownBuffers(context, accessesOf(program));
    const group = result[result.length - 1];
    const all = new Set([...bound, ...own]);
    if (group !== undefined && group.length < mostParts && all.size < context.storageBuffers) {
      group.push(program);
      bound = all;
    } else {
      result.push([program]);
      bound = own;
    }
  }
  return result;
}

const same = (a: Operand, b: Operand): boolean =>
  a.buffer === b.buffer && a.offset === b.offset && sizeOf(a.shape) === sizeOf(b.shape);

/** read<n>(i) or write<n>(i, x), which choose among the parts' own functions. */
function printChoice({ name, operand, write }: Access, count: number): string {
  const type = register(operand.dtype);
  const call = (part: number): string => (write ? `write${name}_${part}(i, x);` : `return read${name}_${part}(i);`);
  const cases = Array.from({ length: count - 1 }, (_, p) => `case ${p + 1} { ${call(p + 1)} }`);
  const head = write ? `fn write${name}(i: i32, x: ${type})` : `fn read${name}(i: i32) -> ${type}`;
  return `${head} { switch part { ${cases.join(" ")} default { ${call(0)} } } }`;
}

function dispatchGroup(context: Context, group: readonly MapProgram[], label: string): Dispatch {
  const accesses = group.map((program) => accessesOf(program));
  const lists = (accesses[0] as Access[]).map((_, n) => accesses.map((list) => list[n] as Access));
  const shared = lists.map((list) => list.every(({ operand }) => same(operand, (list[0] as Access).operand)));
  const bind = lists.flatMap((list, n) =>
    shared[n] ? [list[0] as Access] : list.map((access, p) => ({ ...access, name: `${access.name}_${p}` })),
  );
  const sizes = group.map(({ shape }) => sizeOf(shape));
  const count = sizes.reduce((sum, size) => sum + size, 0);
  const numbers = Object.fromEntries(sizes.map((size, p) => [`size${p}`, size]));
  const { text, ...bound } = bindOperands(context, count, bind, numbers);
  const choices = lists.flatMap((list, n) => (shared[n] ? [] : [printChoice(list[0] as Access, group.length)]));
  // Operands of one element for all look like the others where there is one element alone.
  const largest = group[sizes.indexOf(Math.max(...sizes))] as MapProgram;
  const find = sizes
    .slice(1)
    .map((_, p) => `if (part == ${p} && i >= run.size${p}) { i -= run.size${p}; part = ${p + 1}; }`);
  const lines = ["var i = at;", "part = 0;", ...find, ...printMap(largest)];
  const operands = [text, "var<private> part: i32;", ...choices].join("\n");
  const code = specialize(mapText, { operands, map: `fn map(at: i32) {\n  ${lines.join("\n  ")}\n}` });
  return { label, code, constants: {}, groups: spread(count, 256), ...bound };
}

export function lowerMap({ programs, label = "map" }: MapKernel, context: Context): Dispatch[] {
  const filled = programs.filter(({ shape }) => sizeOf(shape) > 0);
  const alone = (program: MapProgram): Dispatch[] => dispatchMap(context, program, label);
  return groups(filled, context).flatMap((group) =>
    group.length === 1
      ? alone(group[0] as MapProgram)
      : (unlessTooMany(() => [dispatchGroup(context, group, label)]) ?? group.flatMap(alone)),
  );
}
