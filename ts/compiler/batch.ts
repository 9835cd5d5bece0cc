/**
 * Batching: neighbouring maps that run the same program on different tensors become one kernel with a segment for each,
 * e.g. an optimiser's update of all parameters.
 */
import { sizeOf } from "../core/shape.ts";
import { type Kernel, type MapKernel, type MapProgram, type Operand, readsOf, writesOf } from "./kernel.ts";
import { union } from "./passes/origins.ts";
import { isContiguous } from "./view.ts";

export function batchMaps(kernels: readonly Kernel[]): Kernel[] {
  const result: Kernel[] = [];
  for (const kernel of kernels) {
    const last = result[result.length - 1];
    if (last?.kind === "map" && kernel.kind === "map" && canBatch(last, kernel)) {
      result[result.length - 1] = {
        ...last,
        programs: [...last.programs, ...kernel.programs],
        origins: union([last, kernel]),
      };
    } else {
      result.push(kernel);
    }
  }
  return result;
}

function canBatch(a: MapKernel, b: MapKernel): boolean {
  const first = a.programs[0] as MapProgram;
  if (![...a.programs, ...b.programs].every((program) => sameProgram(first, program))) return false;
  const written = new Set(writesOf(a).map((operand) => operand.buffer));
  const read = new Set(readsOf(a).map((operand) => operand.buffer));
  if (readsOf(b).some((operand) => written.has(operand.buffer))) return false;
  return !writesOf(b).some((operand) => written.has(operand.buffer) || read.has(operand.buffer));
}

function sameProgram(a: MapProgram, b: MapProgram): boolean {
  return signature(a) === signature(b) && isPlain(a) && isPlain(b);
}

/** Segments have no strides: every operand is contiguous or one element for all. */
function isPlain({ inputs, outputs }: MapProgram): boolean {
  return (
    inputs.every((operand) => isContiguous(operand) || isSplat(operand)) && outputs.every(({ to }) => isContiguous(to))
  );
}

export function isSplat({ shape, strides }: Operand): boolean {
  return strides.every((stride, i) => stride === 0 || shape[i] === 1);
}

function signature({ shape, inputs, outputs, instructions }: MapProgram): string {
  const operands = [...inputs, ...outputs.map(({ to }) => to)];
  const kinds = operands.map((operand) => operand.dtype + (sizeOf(shape) > 1 && isSplat(operand) ? "*" : ""));
  const steps = instructions.map(({ op, dtype, args }) => `${op}:${dtype}:${args.join()}`);
  return `${inputs.length}|${kinds.join()}|${outputs.map((output) => output.value).join()}|${steps.join(";")}`;
}
