/**
 * Convolution on weights laid out beforehand. Nobody writes these: a device puts them in the place of `conv2d` where the
 * weights never change (`compiler/passes/pack-weights.ts`), and knows the layouts.
 */
import { Node, type Op } from "../graph/node.ts";
import type { Conv2dOptions } from "./conv2d.ts";

export interface Packing extends Pick<Conv2dOptions, "stride" | "dilation" | "groups"> {
  /**
   * panels4, panels8: blocks of so many output channels, interleaved. winograd: transformed for minimal filtering; flipped: of
   * the gradient of the input. phases: blocks of 4 input channels, taps by the phase of the stride that they fall on.
   */
  readonly layout: "panels4" | "panels8" | "winograd" | "flipped" | "phases";
  /** winograd, flipped: channels that lie together. */
  readonly chunk: number;
}

const conv2dPackOp: Op = { name: "conv2dPack", kind: "kernel", gradient: null };

const conv2dPackedOp: Op = { name: "conv2dPacked", kind: "kernel", epilogue: true, gradient: null };
const conv2dInputPackedOp: Op = { name: "conv2dInputPacked", kind: "kernel", epilogue: true, gradient: null };

/** The ops of this family; made after gradients were taken, so they have none. */
export const ops: readonly Op[] = [conv2dPackOp, conv2dPackedOp, conv2dInputPackedOp];

/** The weights in another layout, of `size` elements. */
export function conv2dPack(w: Node, packing: Packing, size: number): Node {
  return new Node(conv2dPackOp, [w], { ...packing }, [size], "float32");
}

/** `node`, a conv2d or conv2dInput, on packed weights. */
export function conv2dPacked({ op, inputs: [x, w], attrs, shape }: Node, packed: Node): Node {
  const own = op.name === "conv2d" ? conv2dPackedOp : conv2dInputPackedOp;
  return new Node(own, [x as Node, packed], { ...attrs, weight: (w as Node).shape }, shape, "float32");
}
