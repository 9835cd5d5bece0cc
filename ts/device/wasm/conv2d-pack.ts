/** Lays out the weights of convolutions that never change, for the routes that read them so (`assembly/conv2d-pack.ts`). */
import { CONV2D_PACK, CONV2D_PACK_WINOGRAD } from "../../../assembly/kernels.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import type { Node } from "../../graph/node.ts";
import * as ops from "../../ops/conv2d-packed.ts";
import type { CommandWriter } from "./command.ts";
import { routeOf } from "./conv2d-route.ts";
import type { Attributes, Quad, Sizes } from "./conv2d-sizes.ts";
import { winogradFloats } from "./conv2d-winograd.ts";

/** A convolution on packed weights, where its route reads such. */
export function packConv2d(node: Node): Node | null {
  const [x, w] = node.inputs as readonly [Node, Node];
  const s: Sizes = {
    ...(node.attrs as unknown as Attributes),
    x: x.shape as Quad,
    w: w.shape as Quad,
    y: node.shape as Quad,
  };
  const { groups } = s;
  const [o, cg, kh, kw] = s.w;
  const route = routeOf(s, true);
  if (route.way === "product" || route.way === "depthwise" || route.way === "channel") return null;
  if (route.way === "winograd") {
    const { chunk } = route.plan;
    const packed = ops.conv2dPack(w, { layout: "winograd", groups, chunk }, winogradFloats(o, cg, chunk));
    return ops.conv2dPacked(node, packed);
  }
  const width = route.way === "direct" && route.points ? 8 : 4;
  const size = groups * Math.ceil(o / groups / width) * width * cg * kh * kw;
  return ops.conv2dPacked(node, ops.conv2dPack(w, { layout: `panels${width}`, groups, chunk: 0 }, size));
}

export function conv2dPack({ inputs: [w], output, attrs }: OpKernel, out: CommandWriter): void {
  const { layout, groups, chunk } = attrs as unknown as ops.Packing;
  const [o, cg, kh, kw] = (w as Operand).shape as Quad;
  out.begin(layout === "winograd" ? CONV2D_PACK_WINOGRAD : CONV2D_PACK);
  out.operand(w as Operand);
  out.operand(output);
  if (layout === "winograd") {
    out.int(o, cg, chunk);
    out.scratch(576);
  } else out.int(groups, o / groups, cg * kh * kw, layout === "panels4" ? 4 : 8);
  out.end();
}
