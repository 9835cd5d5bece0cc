/** The RECURRENT command: see `assembly/recurrent.ts`. */
import { RECURRENT } from "../../../assembly/kernels.ts";
import * as code from "../../../assembly/recurrent-codes.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { UnsupportedError } from "../../core/errors.ts";
import type { CommandWriter } from "./command.ts";

const cells: { readonly [op: string]: { readonly code: number; readonly gates: number } } = {
  rnn: { code: code.RNN, gates: 1 },
  gru: { code: code.GRU, gates: 3 },
  lstm: { code: code.LSTM, gates: 4 },
};

const activations: { readonly [name: string]: number } = {
  sigmoid: code.SIGMOID,
  tanh: code.TANH,
  relu: code.RELU,
  affine: code.AFFINE,
  leakyRelu: code.LEAKY_RELU,
  thresholdedRelu: code.THRESHOLDED_RELU,
  scaledTanh: code.SCALED_TANH,
  hardSigmoid: code.HARD_SIGMOID,
  elu: code.ELU,
  softsign: code.SOFTSIGN,
  softplus: code.SOFTPLUS,
};

export function recurrent(kernel: OpKernel, out: CommandWriter): void {
  const [x, r, ...rest] = kernel.inputs as [Operand, Operand, ...Operand[]];
  const { direction, clip, variant, given } = kernel.attrs as Record<string, string | number | boolean>;
  const cell = cells[kernel.op] as { code: number; gates: number };
  const [t, b] = x.shape as [number, number, number];
  const [directions, h] = [kernel.output.shape[1] as number, kernel.output.shape[3] as number];
  if (directions * b * h === 0) return;
  const names = String(given).split(",");
  out.begin(RECURRENT);
  for (const operand of [kernel.output, x, r]) out.operand(operand);
  for (const name of ["h", "c", "peepholes", "bias", "lengths"]) {
    const at = names.indexOf(name);
    if (at >= 0) out.operand(rest[at] as Operand);
    else out.int(-1, 0);
  }
  const { packed, rounded } = kernel.attrs;
  out.int(t, b, h, directions, cell.code, (variant ? 1 : 0) | (packed === true ? 2 : 0) | (rounded === true ? 4 : 0));
  out.int(direction === "reverse" ? 1 : direction === "bidirectional" ? 2 : 0);
  out.float(clip as number);
  writeActivations(out, kernel.op, String(kernel.attrs["activations"]).split(","), directions);
  out.scratch(4 * (cell.gates + (rounded === true ? 3 : 2)) * b * ((h + 3) & ~3) + 64);
  out.end();
}

/** Three rows a direction: RNN f; GRU f, g; LSTM f, g, h. */
function writeActivations(out: CommandWriter, op: string, list: readonly string[], directions: number): void {
  const own = list.length / directions;
  for (let d = 0; d < directions; d++) {
    for (let i = 0; i < 3; i++) {
      const [name = "", alpha, beta] = (list[d * own + Math.min(i, own - 1)] as string).split(" ");
      const kind = activations[name];
      if (kind === undefined) throw new UnsupportedError(`${op}: cannot use ${name}: the wasm device has no such gate`);
      out.int(kind);
      out.float(Number(alpha), Number(beta));
    }
  }
}
