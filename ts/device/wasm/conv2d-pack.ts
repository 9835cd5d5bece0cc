/** Lays out the weights of convolutions that never change, for the routes that read them so (`assembly/conv2d-pack.ts`). */
import { CONV2D_PACK, CONV2D_PACK_INPUT, CONV2D_PACK_WINOGRAD } from "../../../assembly/kernels.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import type { Node } from "../../graph/node.ts";
import * as ops from "../../ops/conv2d-packed.ts";
import type { CommandWriter } from "./command.ts";
import { routeOf, routeOfInput } from "./conv2d-route.ts";
import type { Attributes, Quad, Sizes } from "./conv2d-sizes.ts";
import { write } from "./conv2d-stage.ts";
import { winogradFloats, winogradStrides } from "./conv2d-winograd.ts";

/** A convolution on packed weights, where its route reads such. */
export function packConv2d(node: Node): Node | null {
  const [x, w] = node.inputs as readonly [Node, Node];
  const attrs = node.attrs as unknown as Attributes;
  const s: Sizes = { ...attrs, x: x.shape as Quad, w: w.shape as Quad, y: node.shape as Quad };
  const [o, cg, kh, kw] = s.w;
  const route = routeOf(s, true);
  if (route.way === "product" || route.way === "depthwise" || route.way === "channel") return null;
  if (route.way === "winograd") {
    const { chunk } = route.plan;
    return packed(node, { layout: "winograd", chunk }, winogradFloats(o, cg, chunk));
  }
  const width = route.way === "direct" && route.points ? 8 : 4;
  const size = s.groups * Math.ceil(o / s.groups / width) * width * cg * kh * kw;
  return packed(node, { layout: `panels${width}`, chunk: 0 }, size);
}

/** The same for the gradient of a convolution's input, a transposed convolution. */
export function packConv2dInput(node: Node): Node | null {
  const [dy, w] = node.inputs as readonly [Node, Node];
  const attrs = node.attrs as unknown as Attributes;
  const s: Sizes = { ...attrs, x: node.shape as Quad, w: w.shape as Quad, y: dy.shape as Quad };
  const [o, cg, kh, kw] = s.w;
  const route = routeOfInput(s, true);
  if (route.way === "winograd") {
    const { chunk } = route.plan;
    return packed(node, { layout: "flipped", chunk }, winogradFloats(cg, o, chunk));
  }
  if (route.way !== "direct") return null;
  return packed(node, { layout: "phases", chunk: 0 }, 4 * Math.ceil(cg / 4) * o * kh * kw);
}

function packed(node: Node, layout: Pick<ops.Packing, "layout" | "chunk">, size: number): Node {
  const { stride, dilation, groups } = node.attrs as unknown as Attributes;
  return ops.conv2dPacked(node, ops.conv2dPack(node.inputs[1] as Node, { ...layout, stride, dilation, groups }, size));
}

export function conv2dPack(kernel: OpKernel, out: CommandWriter): void {
  const w = kernel.inputs[0] as Operand;
  const packing = kernel.attrs as unknown as ops.Packing;
  const { layout, groups, chunk } = packing;
  const [o, cg, kh, kw] = w.shape as Quad;
  if (layout === "phases") {
    const s: Sizes = {
      ...packing,
      padding: [0, 0, 0, 0],
      x: [0, groups * cg, 0, 0],
      w: [o, cg, kh, kw],
      y: [0, o, 0, 0],
    };
    write(out, CONV2D_PACK_INPUT, { ...kernel, inputs: [w, w] }, s, 0, 0);
    return;
  }
  const minimal = layout === "winograd" || layout === "flipped";
  out.begin(minimal ? CONV2D_PACK_WINOGRAD : CONV2D_PACK);
  out.operand(w);
  out.operand(kernel.output);
  if (minimal) {
    const flipped = layout === "flipped";
    const [outputs, channels] = flipped ? [cg, o] : [o, cg];
    out.int(outputs, channels, chunk, ...winogradStrides(outputs, channels, flipped));
    out.scratch(576);
  } else out.int(groups, o / groups, cg * kh * kw, layout === "panels4" ? 4 : 8);
  out.end();
}
