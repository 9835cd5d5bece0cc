/** The commands REDUCE and REDUCE_WIDE: see `assembly/reduce.ts` and `assembly/reduce-wide.ts`. */
import { REDUCE, REDUCE_WIDE } from "../../../assembly/kernels.ts";
import { F64, I64, U64 } from "../../../assembly/lanes.ts";
import * as code from "../../../assembly/opcodes.ts";
import type { MapProgram, ReduceKernel } from "../../compiler/kernel.ts";
import { type DType, dtypes, isWide } from "../../core/dtype.ts";
import { UnsupportedError } from "../../core/errors.ts";
import { store } from "../../core/storage.ts";
import type { CommandWriter } from "./command.ts";
import { writeEpilogue, writeMap } from "./map.ts";

interface Reduction {
  readonly opcode: number;
  /** The neutral element: what a reduction of nothing gives. */
  neutral(dtype: DType): number | bigint;
}

function least(dtype: DType): number | bigint {
  const { float, signed, bits } = dtypes[dtype];
  return float ? -Infinity : signed ? -(2n ** BigInt(bits - 1)) : 0n;
}

function greatest(dtype: DType): number | bigint {
  const { float, signed, bits } = dtypes[dtype];
  return float ? Infinity : 2n ** BigInt(signed ? bits - 1 : bits) - 1n;
}

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
  const { float, bits, signed } = dtypes[dtype];
  const neutral = reduction.neutral(dtype);
  const [outer, reduced, inner] = kernel.space;
  if (outer * inner === 0) return;
  const isOrdered = reduction.opcode >= code.MAX;
  if (
    (float && dtype !== "float32" && dtype !== "float64") ||
    bits === 4 ||
    bits === 2 ||
    (dtype === "uint32" && isOrdered)
  ) {
    throw new UnsupportedError(
      `${kernel.op}: cannot reduce ${dtype} on the wasm device: wanted ${float ? "float32" : "int32"}`,
    );
  }
  const wide = isWide(dtype);
  out.begin(wide ? REDUCE_WIDE : REDUCE);
  writeEpilogue(out, kernel.epilogue);
  out.block(() => writeMap(out, kernel.input, kernel.value));
  out.operand(kernel.output);
  if (wide) {
    out.int(outer, reduced, inner, reduction.opcode, float ? F64 : signed ? I64 : U64);
    out.int(...new Int32Array(store(dtype, [neutral] as number[]).buffer));
  } else {
    out.int(outer, reduced, inner, reduction.opcode + (float ? 0 : 1));
    if (float) out.float(Number(neutral));
    else out.int(Number(neutral));
    out.int(dtypes[kernel.output.dtype].bytes);
  }
  out.scratch(code.REDUCE_SCRATCH);
  out.end();
}
