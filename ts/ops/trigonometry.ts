/** Inverse and hyperbolic functions by identities of the elementwise vocabulary. */
import type { Node } from "../graph/node.ts";
import {
  add,
  atan,
  div,
  exp,
  expm1,
  log,
  log1p,
  lt,
  maximum,
  minimum,
  mul,
  neg,
  num,
  sqrt,
  sub,
  where,
} from "./elementwise.ts";
import { real } from "./lane.ts";

/** An odd function by its values at x ≥ 0; its gradient at 0 is that of the right side. */
function odd(x: Node, f: (a: Node) => Node): Node {
  const negative = lt(x, num(0, x));
  const y = f(where(negative, neg(x), x));
  return where(negative, neg(y), y);
}

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

/** sinh x = (u + u / (u + 1)) / 2 with u = eˣ - 1: accurate near 0. The quotient is 1 long before u overflows. */
export function sinh(input: Node): Node {
  return odd(real(input), (x) => {
    const u = expm1(x);
    const v = minimum(u, num(2 ** 60, u));
    return mul(add(u, div(v, add(v, num(1, v)))), num(0.5, u));
  });
}

/** cosh x = (eˣ + e⁻ˣ) / 2. */
export function cosh(input: Node): Node {
  const x = real(input);
  return mul(add(exp(x), exp(neg(x))), num(0.5, x));
}

/** asinh x = ln(1 + x + x² / (1 + √(1 + x²))), accurate near 0; ln 2x where x² + 1 is x². */
export function asinh(input: Node): Node {
  return odd(real(input), (x) => {
    const large = num(2 ** 30, x);
    const small = minimum(x, large);
    const square = mul(small, small);
    const one = num(1, x);
    const near = log1p(add(small, div(square, add(one, sqrt(add(one, square))))));
    return where(lt(x, large), near, add(log(maximum(x, large)), num(Math.LN2, x)));
  });
}

/** acosh x = ln(1 + t + √t √(t + 2)) with t = x - 1. */
export function acosh(input: Node): Node {
  const x = real(input);
  const t = sub(x, num(1, x));
  return log1p(add(t, mul(sqrt(t), sqrt(add(t, num(2, t))))));
}

/** atanh x = ln(1 + 2x / (1 - x)) / 2. */
export function atanh(input: Node): Node {
  return odd(real(input), (x) => mul(log1p(div(mul(num(2, x), x), sub(num(1, x), x))), num(0.5, x)));
}
