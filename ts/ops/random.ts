/** Random numbers: counter-based, so a key makes the same bits on every device. */
import type { Shape } from "../core/shape.ts";
import { Node, noAttrs, type Op } from "../graph/node.ts";
import { cos, log, mul, num, sqrt, sub, uniform } from "./elementwise.ts";
import { hostLeaf } from "./leaf.ts";
import { reshape, slice } from "./movement.ts";

const randomOp: Op = { name: "random", kind: "kernel", epilogue: true, gradient: null };

/** The ops of this family. */
export const ops: readonly Op[] = [randomOp];

/** Two words of a key, or the node that holds them. */
export type RandomKey = readonly [number, number] | Node;

/** 32 random bits an element by Threefry-2x32; the key is data of a run, never part of the program. */
export function randomBits(key: RandomKey, shape: Shape): Node {
  const words = key instanceof Node ? key : hostLeaf(Int32Array.from(key), [2], "int32");
  return new Node(randomOp, [words], noAttrs, shape, "int32");
}

/** Uniform in [0, 1). */
export function rand(key: RandomKey, shape: Shape): Node {
  return uniform(randomBits(key, shape));
}

/** Standard normal, by Box and Muller: √(-2 ln(1 - u)) cos 2πv. */
export function randn(key: RandomKey, shape: Shape): Node {
  const pair = uniform(randomBits(key, [2, ...shape]));
  const half = (i: number) => reshape(slice(pair, [i, ...shape.map(() => 0)], [1, ...shape]), shape);
  const u = half(0);
  const v = half(1);
  return mul(sqrt(mul(log(sub(num(1, u), u)), num(-2, u))), cos(mul(v, num(2 * Math.PI, v))));
}
