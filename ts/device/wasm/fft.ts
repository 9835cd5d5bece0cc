/** The FFT command: see `assembly/fft.ts`. */
import { FFT } from "../../../assembly/kernels.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { factorsOf } from "../../ops/fft.ts";
import type { CommandWriter } from "./command.ts";

export function fft(kernel: OpKernel, out: CommandWriter): void {
  const input = kernel.inputs[0] as Operand;
  const [rows, n] = kernel.output.shape as [number, number, number];
  if (rows * n === 0) return;
  const factors = factorsOf(n);
  out.begin(FFT);
  out.operand(kernel.output);
  out.operand(input);
  out.int(rows, n, kernel.attrs["inverse"] === true ? 1 : 0, input.shape.length === 2 ? 1 : 0);
  out.int(factors.length, ...factors);
  for (let k = 0; k < n; k++) out.float(...turn(k, n));
  out.scratch(8 * n + 64);
  out.end();
}

/** cos and sin of 2πk / n by IEEE operations alone, the same in every engine: folded into an eighth of the circle. */
function turn(k: number, n: number): [number, number] {
  const quarter = Math.floor((4 * k) / n);
  const rest = 4 * k - quarter * n;
  const far = 2 * rest > n;
  const x = ((far ? n - rest : rest) / n) * (Math.PI / 2);
  const [near, other] = [series(x, 1), series(x, 0)];
  const [sin, cos] = far ? [other, near] : [near, other];
  const turned: readonly (readonly [number, number])[] = [
    [cos, sin],
    [-sin, cos],
    [-cos, -sin],
    [sin, -cos],
  ];
  return [...(turned[quarter] as readonly [number, number])];
}

/** The Taylor series of sin (from x) or cos (from 1) for x up to π/4, to float64's last bits. */
function series(x: number, first: 0 | 1): number {
  let term = first === 1 ? x : 1;
  let sum = term;
  for (let i = first + 1; i < 20; i += 2) {
    term *= -(x * x) / (i * (i + 1));
    sum += term;
  }
  return sum;
}
