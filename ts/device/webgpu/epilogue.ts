/**
 * Where a kernel writes an element, its epilogue runs: write_y(i, x) is the map program with x for what the kernel computed.
 *
 * So a shader knows nothing of epilogues. It promises to call write_y once for every element of its output and to read none
 * of them again. The raw output is stored where somebody else reads it.
 */
import type { Kernel, MapProgram, Operand } from "../../compiler/kernel.ts";
import { isContiguous } from "../../compiler/view.ts";
import { dtypes } from "../../core/dtype.ts";
import { checkOutput, type Dispatch, dispatchWork, type Work } from "./dispatch.ts";
import { accessesOf, printMap } from "./map.ts";
import { type Context, unlessTooMany } from "./operands.ts";
import { register } from "./register.ts";

/** Names of the epilogue's operands in the shader. */
const prefix = "_after";

/** A dispatch that writes its kernel's output as y, through the epilogue where that is possible. */
export function dispatchKernel(
  kernel: Exclude<Kernel, { kind: "map" }>,
  context: Context,
  work: Omit<Work, "writes" | "after">,
): Dispatch {
  const { op, output, epilogue } = kernel;
  checkOutput(op, output);
  const given = epilogue === null ? null : ownInputs(epilogue, output);
  if (epilogue !== null && given !== null) {
    const readElsewhere = (context.readers[output.buffer] as number) > 1;
    const lines = [...(readElsewhere ? ["write_raw(i, x);"] : []), ...printMap(epilogue, prefix, given)];
    const text = `fn write_y(i: i32, x: ${register(output.dtype)}) {\n  ${lines.join("\n  ")}\n}`;
    const accesses = accessesOf(epilogue, prefix).filter((_, i) => !given.has(i));
    const after = { accesses, text };
    const fused = unlessTooMany(() => dispatchWork(kernel, context, { ...work, writes: { raw: output }, after }));
    // More buffers than can be bound are better read by two kernels than copied.
    if (fused?.staged.length === 0) return { ...fused, fused: true };
  }
  return dispatchWork(kernel, context, { ...work, writes: { y: output } });
}

/**
 * The inputs that are the kernel's output, element by element; null where the epilogue must wait: it reads the output in
 * another order, or writes bytes, which would make every access to their buffer atomic.
 */
function ownInputs({ inputs, outputs }: MapProgram, output: Operand): Map<number, string> | null {
  const words = [output, ...outputs.map(({ to }) => to)].every(({ dtype }) => dtypes[dtype].bytes === 4);
  if (!words) return null;
  const given = new Map<number, string>();
  for (const [i, input] of inputs.entries()) {
    if (input.buffer !== output.buffer) continue;
    if (input.dtype !== output.dtype || input.offset !== output.offset || !isContiguous(input)) return null;
    given.set(i, "x");
  }
  return given;
}
