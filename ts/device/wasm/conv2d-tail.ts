/**
 * Takes what most often follows a convolution — a bias a channel, a lower and an upper bound — out of its epilogue: the kernel
 * does it while its outputs are in registers (`assembly/conv2d-tail.ts`). What else there is stays in the epilogue.
 */
import type { Instruction, MapProgram, Operand, OpKernel } from "../../compiler/kernel.ts";
import { isContiguous } from "../../compiler/view.ts";
import type { CommandWriter } from "./command.ts";

/** y = min(max(y + bias, low), high); null for what is not there. */
export interface Tail {
  readonly bias: Operand | null;
  readonly low: Operand | null;
  readonly high: Operand | null;
}

/** A kernel that applies a tail to what it computes. */
export interface TailedKernel extends OpKernel {
  readonly tail?: Tail;
}

const order = ["bias", "low", "high"] as const;
const parts: { readonly [op: string]: keyof Tail } = { add: "bias", maximum: "low", minimum: "high" };

/** The kernel with the tail that its epilogue begins with; `free`: nothing but the epilogue reads its raw output. */
export function takeTail(kernel: OpKernel, free: boolean): TailedKernel {
  const program = kernel.epilogue;
  if (program === null || !free || !channelwise(program, kernel.output)) return kernel;
  const raw = program.inputs.findIndex((input) => input.buffer === kernel.output.buffer);
  const base = program.inputs.length + program.outputs.length;
  const tail: { -readonly [P in keyof Tail]: Tail[P] } = { bias: null, low: null, high: null };
  const taken = new Set<number>();
  let value = raw;
  for (let from = 0; from < order.length; ) {
    const step = onlyReader(program, value);
    const { op, args } = program.instructions[step] ?? { op: "", args: [] };
    const part = parts[op];
    const other = program.inputs[args[args[0] === value ? 1 : 0] as number];
    if (part === undefined || other === undefined || order.indexOf(part) < from || !suits(part, other)) break;
    tail[part] = other;
    from = order.indexOf(part) + 1;
    taken.add(step);
    value = base + step;
  }
  if (taken.size === 0) return kernel;
  const [only, ...others] = program.outputs as [MapProgram["outputs"][number]];
  const whole = taken.size === program.instructions.length && others.length === 0 && only.value === value;
  // A window of a join may have gaps between the images.
  if (!whole || !isContiguous(only.to)) return { ...kernel, tail, epilogue: without(program, taken, value, raw) };
  const { buffer, offset } = only.to;
  return { ...kernel, tail, output: { ...kernel.output, buffer, offset }, epilogue: null };
}

/** Appends the arguments that `Tail.read` reads. */
export function writeTail(out: CommandWriter, { tail }: TailedKernel): void {
  for (const part of order) {
    const operand = tail?.[part] ?? null;
    if (operand === null) out.int(-1, 0);
    else out.operand(operand);
  }
}

/** Is the second axis of the program's space that of the output's channels? */
function channelwise({ shape, inputs }: MapProgram, output: Operand): boolean {
  const [n, o] = output.shape;
  return shape.length >= 2 && shape[0] === n && shape[1] === o && inputs.every(({ dtype }) => dtype === "float32");
}

/** A bias changes along the second axis alone, a bound along none. */
function suits(part: keyof Tail, { shape, strides }: Operand): boolean {
  return strides.every((stride, axis) => shape[axis] === 1 || stride === (part === "bias" && axis === 1 ? 1 : 0));
}

/** The instruction that alone reads the value, which is not stored; -1 if there is none. */
function onlyReader({ instructions, outputs }: MapProgram, value: number): number {
  const count = (args: readonly number[]): number => args.filter((arg) => arg === value).length;
  const stored = outputs.some((output) => output.value === value);
  const readers = instructions.reduce((sum, { args }) => sum + count(args), 0);
  return readers === 1 && !stored ? instructions.findIndex(({ args }) => args.includes(value)) : -1;
}

/** The program without the steps taken, whose result `value` is now read at input `raw`. */
function without(program: MapProgram, taken: ReadonlySet<number>, value: number, raw: number): MapProgram {
  const base = program.inputs.length + program.outputs.length;
  const rest = program.instructions.map((_, i) => i).filter((i) => !taken.has(i));
  const used = new Set([raw, ...rest.flatMap((i) => (program.instructions[i] as Instruction).args)]);
  const inputs = program.inputs.map((_, i) => i).filter((i) => used.has(i));
  const renumbered = (v: number): number => {
    if (v === value) return inputs.indexOf(raw);
    return v < base ? inputs.indexOf(v) : inputs.length + program.outputs.length + rest.indexOf(v - base);
  };
  return {
    shape: program.shape,
    inputs: inputs.map((i) => program.inputs[i] as Operand),
    outputs: program.outputs.map((output) => ({ to: output.to, value: renumbered(output.value) })),
    instructions: rest.map((i) => {
      const instruction = program.instructions[i] as Instruction;
      return { ...instruction, args: instruction.args.map(renumbered) };
    }),
  };
}
