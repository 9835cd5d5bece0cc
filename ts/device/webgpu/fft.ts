/** Lowers the discrete Fourier transform to a dispatch of shaders/fft.wgsl a factor of its length. */
import fftText from "../../../shaders/fft.wgsl";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { factorsOf } from "../../ops/fft.ts";
import { checkOutput, type Dispatch, dispatchWork } from "./dispatch.ts";
import { type Context, scratch } from "./operands.ts";

export function fft(kernel: OpKernel, context: Context): Dispatch[] {
  const { op, output } = kernel;
  const input = kernel.inputs[0] as Operand;
  const [rows, n] = output.shape as [number, number, number];
  if (rows * n === 0) return [];
  checkOutput(op, output);
  const inverse = kernel.attrs["inverse"] === true;
  const factors = n === 1 ? [1] : factorsOf(n);
  const { context: own, parts } = scratch(context, ["float32", factors.length > 1 ? 2 * rows * n : 0]);
  const [aside] = parts;
  let x = input;
  let s = 1;
  return factors.map((r, i) => {
    const left = factors.length - 1 - i;
    // The last stage writes the output, the one before it the scratch, and so on.
    const y = left % 2 === 0 ? output : aside;
    const dispatch = dispatchWork(kernel, own, {
      text: fftText,
      count: rows * n,
      reads: { x },
      writes: { y },
      numbers: { n, s, r, scale: { f32: inverse && left === 0 ? 1 / n : 1 } },
      constants: { real: Number(i === 0 && input.shape.length === 2), inverse: Number(inverse) },
      sections: { functions: "" },
    });
    x = y;
    s *= r;
    return dispatch;
  });
}
