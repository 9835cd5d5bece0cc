/** Inverse and hyperbolic functions by identities of the elementwise vocabulary. */
import type { Node } from "../graph/node.ts";
import { add, atan, cast, div, exp, expm1, mul, neg, num, sqrt, sub } from "./elementwise.ts";

const real = (x: Node): Node => cast(x, "float32");

/** asin x = atan(x / √((1 - x)(1 + x))). */
export function asin(input: Node): Node {
  const x = real(input);
  return atan(div(x, sqrt(mul(sub(num(1, x), x), add(num(1, x), x)))));
}

/** acos x = 2 atan(√((1 - x) / (1 + x))). */
export function acos(input: Node): Node {
  const x = real(input);
  return mul(atan(sqrt(div(sub(num(1, x), x), add(num(1, x), x)))), num(2, x));
}

/** sinh x = (u + u / (u + 1)) / 2 with u = eˣ - 1: accurate near 0. */
export function sinh(input: Node): Node {
  const u = expm1(real(input));
  return mul(add(u, div(u, add(u, num(1, u)))), num(0.5, u));
}

/** cosh x = (eˣ + e⁻ˣ) / 2. */
export function cosh(input: Node): Node {
  const x = real(input);
  return mul(add(exp(x), exp(neg(x))), num(0.5, x));
}
