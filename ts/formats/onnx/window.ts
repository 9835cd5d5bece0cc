/** How the windows of convolutions and poolings slide, as their attributes say: strides, dilations, pads, auto_pad, ceil_mode. */
import { FormatError } from "../../core/errors.ts";
import type { Node } from "../../graph/node.ts";
import { reachOf } from "../../ops/convolution.ts";
import { add, cast } from "../../ops/elementwise.ts";
import { reshape } from "../../ops/movement.ts";
import type { Pooling } from "../../ops/pooling.ts";
import type { Call } from "./call.ts";

/** A list attribute with a number for every axis, `fallback` where it is absent, and none of less. */
export function axisList(call: Call, name: string, length: number, fallback: number): readonly number[] {
  const list = call.ints(name);
  if (list === null || list.length === 0) return new Array<number>(length).fill(fallback);
  if (list.length !== length || list.some((value) => value < fallback)) {
    throw new FormatError(`${name} is [${list.join(", ")}], wanted ${length} numbers of at least ${fallback}`);
  }
  return list;
}

/** The mode of auto_pad; explicit pads are NOTSET. */
export function autoPad(call: Call): "NOTSET" | "VALID" | "SAME_UPPER" | "SAME_LOWER" {
  const mode = call.string("auto_pad", "NOTSET") || "NOTSET";
  if (mode === "NOTSET" || mode === "VALID" || mode === "SAME_UPPER" || mode === "SAME_LOWER") return mode;
  throw call.unsupported(`auto_pad ${mode}`);
}

/** A sum of padding in two halves; an odd element goes where the mode says. */
export function splitPadding(total: number, mode: string): [before: number, after: number] {
  const less = Math.floor(total / 2);
  return mode === "SAME_UPPER" ? [less, total - less] : [total - less, less];
}

/** Windows of `kernel` over axes of the sizes `input`. */
export function windowsOf(call: Call, input: readonly number[], kernel: readonly number[]): Pooling {
  const rank = input.length;
  if (kernel.length !== rank || kernel.some((size) => size < 1)) {
    throw new FormatError(`the kernel is [${kernel.join(", ")}], wanted ${rank} sizes of at least 1`);
  }
  const stride = axisList(call, "strides", rank, 1);
  const dilation = axisList(call, "dilations", rank, 1);
  const pads = axisList(call, "pads", 2 * rank, 0);
  const mode = autoPad(call);
  const ceil = call.int("ceil_mode", 0) !== 0;
  const axes = input.map((length, i) => {
    const step = stride[i] as number;
    const reach = reachOf(kernel[i] as number, dilation[i] as number);
    if (mode === "SAME_UPPER" || mode === "SAME_LOWER") {
      const size = Math.ceil(length / step);
      const [before, after] = splitPadding(Math.max(0, (size - 1) * step + reach - length), mode);
      return { before, after, size };
    }
    const [before, after] = mode === "VALID" ? [0, 0] : [pads[i] as number, pads[rank + i] as number];
    const room = (length + before + after - reach) / step;
    let size = (ceil ? Math.ceil(room) : Math.floor(room)) + 1;
    // A window that begins behind the axis is none; one that begins in front of it is, unless nothing is rounded up.
    if (ceil && mode === "NOTSET" && (size - 1) * step >= length + before) size--;
    if (ceil && mode === "VALID") size = Math.floor(room) + 1;
    if (size < 1) throw new FormatError(`a window of ${reach} does not fit into ${length} padded by ${before + after}`);
    return { before, after, size };
  });
  return {
    kernel,
    stride,
    dilation,
    before: axes.map(({ before }) => before),
    after: axes.map(({ after }) => after),
    size: axes.map(({ size }) => size),
  };
}

/** y [n, o, …] with a number added to every channel. */
export function addBias(y: Node, bias: Node | null): Node {
  if (bias === null) return y;
  return add(y, reshape(cast(bias, y.dtype), [bias.shape[0] as number, ...y.shape.slice(2).map(() => 1)]));
}
