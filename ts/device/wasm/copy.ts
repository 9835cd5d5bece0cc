/** Copies between strided windows: see `assembly/copy.ts`. */
import { MAP } from "../../../assembly/kernels.ts";
import type { Operand } from "../../compiler/kernel.ts";
import { dtypes } from "../../core/dtype.ts";
import type { CommandWriter } from "./command.ts";
import { collapse } from "./space.ts";

/** Copies `from` to `to`, both windows of `shape`, in the order that suits memory best. */
export function lowerCopy(from: Operand, to: Operand, shape: readonly number[], out: CommandWriter): void {
  // Outermost the dimension along which the output is sparsest.
  const order = shape
    .map((_, d) => d)
    .sort((a, b) => Math.abs(to.strides[b] as number) - Math.abs(to.strides[a] as number));
  const permuted = (operand: Operand): Operand => ({
    ...operand,
    strides: order.map((d) => operand.strides[d] as number),
  });
  const space = collapse(
    order.map((d) => shape[d] as number),
    [permuted(to), permuted(from)],
  );
  const dims = space.shape.map((extent, d) => ({
    extent,
    out: space.strides[0]?.[d] as number,
    input: space.strides[1]?.[d] as number,
  }));
  // Next to the last the one along which the input is densest.
  if (dims.length > 2) {
    const last = dims.pop() as (typeof dims)[number];
    const dense = dims.reduce(
      (best, dim) => (Math.abs(dim.input) === 1 && Math.abs(last.input) !== 1 ? dim : best),
      dims.at(-1),
    );
    const rest = dims.filter((dim) => dim !== dense);
    dims.splice(0, dims.length, ...rest, dense as (typeof dims)[number], last);
  }
  while (dims.length < 2) dims.unshift({ extent: 1, out: 0, input: 0 });
  out.begin(MAP);
  out.int(0, -1, dtypes[to.dtype].bytes, dims.length);
  out.operand(to);
  out.operand(from);
  out.int(...dims.map((dim) => dim.extent), ...dims.map((dim) => dim.out), ...dims.map((dim) => dim.input));
  out.end();
}
