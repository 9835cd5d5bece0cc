/** The REDUCE command: see `assembly/reduce.ts`. */
import { REDUCE } from "../../../assembly/kernels.ts";
import * as code from "../../../assembly/opcodes.ts";
import type { MapProgram, ReduceKernel } from "../../compiler/kernel.ts";
import { type DType, dtypes } from "../../core/dtype.ts";
import { UnsupportedError } from "../../core/errors.ts";
import { rangeOf } from "../../core/storage.ts";
import type { CommandWriter } from "./command.ts";
import { writeEpilogue, writeMap } from "./map.ts";

interface Reduction {
  readonly opcode: number;
  /** The neutral element: what a reduction of nothing gives. */
  neutral(dtype: DType): number;
}

const least = (dtype: DType): number => (dtypes[dtype].float ? -Infinity : rangeOf(dtype).least);
const greatest = (dtype: DType): number => (dtypes[dtype].float ? Infinity : rangeOf(dtype).greatest);

const reductions: Readonly<Record<string, Reduction>> = {
  sum: { opcode: code.SUM, neutral: () => 0 },
  prod: { opcode: code.PROD, neutral: () => 1 },
  max: { opcode: code.MAX, neutral: least },
  min: { opcode: code.MIN, neutral: greatest },
  any: { opcode: code.MAX, neutral: least },
  all: { opcode: code.MIN, neutral: greatest },
  argmax: { opcode: code.ARGMAX, neutral: () => 0 },
  argmin: { opcode: code.ARGMIN, neutral: () => 0 },
};

function dtypeOf(program: MapProgram, value: number): DType {
  const dtype = program.inputs[value]?.dtype ?? program.instructions[value - program.inputs.length]?.dtype;
  if (dtype === undefined) throw new Error(`reduce: cannot find value ${value}: the program defines no such value`);
  return dtype;
}

export function lowerReduce(kernel: ReduceKernel, out: CommandWriter): void {
  const reduction = reductions[kernel.op];
  if (reduction === undefined)
    throw new UnsupportedError(`${kernel.op}: cannot run on the wasm device: it has no such reduction`);
  const dtype = dtypeOf(kernel.input, kernel.value);
  const { float } = dtypes[dtype];
  const neutral = reduction.neutral(dtype);
  const [outer, reduced, inner] = kernel.space;
  if (outer * inner === 0) return;
  out.begin(REDUCE);
  writeEpilogue(out, kernel.epilogue);
  out.block(() => writeMap(out, kernel.input, kernel.value));
  out.operand(kernel.output);
  out.int(outer, reduced, inner, reduction.opcode + (float ? 0 : 1));
  if (float) out.float(neutral);
  else out.int(neutral);
  out.int(dtypes[kernel.output.dtype].bytes);
  out.scratch(code.REDUCE_SCRATCH);
  out.end();
}
