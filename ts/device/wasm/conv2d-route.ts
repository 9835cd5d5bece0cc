/** Which way a convolution goes, by its sizes alone; thresholds were measured (bench/lab/conv2d). */
import { suitsChannel, suitsDepthwise } from "./conv2d-depthwise.ts";
import { isPointwise } from "./conv2d-pointwise.ts";
import { isProduct } from "./conv2d-product.ts";
import type { Sizes } from "./conv2d-sizes.ts";
import { minimal } from "./conv2d-stage.ts";
import { planWinograd, suitsWinogradInput, type WinogradConvolution, type WinogradPlan } from "./conv2d-winograd.ts";

export type Route =
  | { readonly way: "product" }
  | { readonly way: "pointwise" }
  | { readonly way: "depthwise" }
  | { readonly way: "channel" }
  | { readonly way: "winograd"; readonly plan: WinogradPlan }
  | { readonly way: "direct"; readonly points: boolean };

/** `packed`: the weights are laid out beforehand, which costs a run nothing. */
export function routeOf(s: Sizes, packed: boolean): Route {
  if (isPointwise(s)) return { way: "pointwise" };
  if (isProduct(s)) return { way: "product" };
  if (suitsDepthwise(s)) return { way: "depthwise" };
  if (suitsChannel(s)) return { way: "channel" };
  const plan = minimal(s) ? planWinograd(forward(s), packed) : null;
  return plan === null ? { way: "direct", points: suitsPoints(s) } : { way: "winograd", plan };
}

export type InputRoute =
  | { readonly way: "product" }
  | { readonly way: "depthwise"; readonly turned: Sizes }
  | { readonly way: "winograd"; readonly plan: WinogradPlan }
  | { readonly way: "winograd5" }
  | { readonly way: "direct" };

/** The same for the gradient of the input, a transposed convolution. */
export function routeOfInput(s: Sizes, packed: boolean): InputRoute {
  if (isProduct(s)) return { way: "product" };
  const [top, left] = s.padding;
  const turned: Sizes = { ...s, x: s.y, y: s.x, padding: [2 - top, 2 - left, 0, 0] };
  if (s.stride[0] === 1 && s.w[0] === s.groups && suitsDepthwise(turned)) return { way: "depthwise", turned };
  const plan = minimal(s) && top <= 2 && left <= 2 ? planWinograd(backward(s), packed) : null;
  if (plan !== null) return { way: "winograd", plan };
  return { way: minimal(s, 5) && suitsWinogradInput(forward(s)) ? "winograd5" : "direct" };
}

/** The gradient of the input as minimal filtering sees it: x is dy. */
export function backward({
  x: [n, c, h, w],
  w: [o],
  y: [, , oh, ow],
  padding: [top, left],
}: Sizes): WinogradConvolution {
  return { n, c: o, h: oh, w: ow, o: c, oh: h, ow: w, top: 2 - top, left: 2 - left, flipped: true };
}

/** A convolution in the forward direction as minimal filtering sees it. */
export function forward({
  x: [n, c, h, w],
  w: [o],
  y: [, , oh, ow],
  padding: [top, left],
}: Sizes): WinogradConvolution {
  return { n, c, h, w, o, oh, ow, top, left, flipped: false };
}

/**
 * Tiles of 4 points × 8 channels waste nothing at a row's end and up to 7 channels; tiles of 4 channels × vectors of a row
 * the other way round.
 */
function suitsPoints({ y, groups }: Sizes): boolean {
  const [, o, oh, ow] = y;
  const points = Math.ceil((oh * ow) / 4) * 8 * Math.ceil(o / groups / 8);
  return points < 0.96 * oh * Math.ceil(ow / 4) * 4 * Math.ceil(o / groups / 4);
}
