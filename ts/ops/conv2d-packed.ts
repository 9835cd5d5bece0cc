/**
 * Convolution on weights laid out beforehand. Nobody writes these: a device puts them in the place of `conv2d` where the
 * weights never change (`compiler/passes/pack-weights.ts`), and knows the layouts.
 */
import { Node, type Op } from "../graph/node.ts";
import type { Conv2dOptions } from "./conv2d.ts";

export interface Packing {
  /** panels4, panels8: blocks of so many output channels, interleaved. winograd: transformed for minimal filtering. */
  readonly layout: "panels4" | "panels8" | "winograd";
  readonly groups: number;
  /** winograd: output channels that lie together. */
  readonly chunk: number;
}

const conv2dPackOp: Op = { name: "conv2dPack", kind: "kernel", gradient: null };

const conv2dPackedOp: Op = { name: "conv2dPacked", kind: "kernel", epilogue: true, gradient: null };

/** The ops of this family; made after gradients were taken, so they have none. */
export const ops: readonly Op[] = [conv2dPackOp, conv2dPackedOp];

/** The weights in another layout, of `size` elements. */
export function conv2dPack(w: Node, packing: Packing, size: number): Node {
  return new Node(conv2dPackOp, [w], { ...packing }, [size], "float32");
}

/** `node`, a conv2d, on packed weights. */
export function conv2dPacked({ inputs: [x, w], attrs, shape }: Node, packed: Node): Node {
  const options = { ...(attrs as unknown as Conv2dOptions), weight: (w as Node).shape };
  return new Node(conv2dPackedOp, [x as Node, packed], options, shape, "float32");
}
