/**
 * Which elements dropout keeps. With a seed the numbers that decide are those that ONNX's reference takes, the same at every
 * run; without one every run has other ones. Fetched by models that drop elements at all.
 */
import { sizeOf } from "../../core/shape.ts";
import type { Node } from "../../graph/node.ts";
import { le, num } from "../../ops/elementwise.ts";
import { rand } from "../../ops/random.ts";
import type { Call } from "./call.ts";
import { constantLeaf } from "./feed.ts";
import { MersenneTwister } from "./mersenne-twister.ts";
import { keyOf } from "./ops/random.ts";

/** 1 where a number of 0 ≤ u < 1 is not below the ratio. */
export function maskOf(call: Call, x: Node, ratio: number): Node {
  if (call.attribute("seed") !== undefined) {
    const twister = new MersenneTwister(call.int("seed"));
    const kept = Uint8Array.from({ length: sizeOf(x.shape) }, () => Number(twister.uniform() >= ratio));
    return constantLeaf(kept, x.shape, "bool");
  }
  const draws = rand(keyOf(call), x.shape);
  return le(num(ratio, draws), draws);
}
