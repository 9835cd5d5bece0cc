/** Elementwise functions composed of others: their gradients follow from their parts. */
import type { Node } from "../graph/node.ts";
import {
  abs,
  add,
  cast,
  div,
  erf,
  exp,
  expm1,
  log1p,
  lt,
  maximum,
  minimum,
  mul,
  neg,
  num,
  pow,
  sigmoid,
  sqrt,
  tanh,
  where,
} from "./elementwise.ts";
import { hostLeaf } from "./leaf.ts";

const real = (x: Node): Node => cast(x, "float32");

/** x to a power. The few powers with a cheaper form take it; any other number is read anew at every run. */
export function power(x: Node, exponent: Node | number): Node {
  if (typeof exponent !== "number") return pow(x, exponent);
  const base = real(x);
  switch (exponent) {
    case 1:
      return base;
    case 2:
      return mul(base, base);
    case 3:
      return mul(mul(base, base), base);
    case 0.5:
      return sqrt(base);
    case -0.5:
      return div(num(1, base), sqrt(base));
    case -1:
      return div(num(1, base), base);
    default:
      return pow(base, hostLeaf(exponent, [], base.dtype));
  }
}

/** Limits x to low … high. */
export function clamp(x: Node, low: number | null, high: number | null): Node {
  const above = low === null ? x : where(lt(x, num(low, x)), num(low, x), x);
  return high === null ? above : where(lt(num(high, above), above), num(high, above), above);
}

/** x σ(x); Elfwing, Uchibe, Doya 2017. */
export function silu(x: Node): Node {
  return mul(real(x), sigmoid(x));
}

/** x Φ(x); Hendrycks, Gimpel 2016. */
export function gelu(input: Node, approximate: "none" | "tanh"): Node {
  const x = real(input);
  const half = mul(x, num(0.5, x));
  if (approximate === "none") return mul(half, add(num(1, x), erf(mul(x, num(Math.SQRT1_2, x)))));
  const cubic = add(x, mul(mul(mul(x, x), x), num(0.044715, x)));
  return mul(half, add(num(1, x), tanh(mul(cubic, num(Math.sqrt(2 / Math.PI), x)))));
}

/** ln(1 + eˣ) = max(x, 0) + ln(1 + e^-|x|): no overflow. */
export function softplus(input: Node): Node {
  const x = real(input);
  // maximum halves its gradient at the tie, so that the sum's is σ(0) = 1/2 there.
  return add(maximum(x, num(0, x)), log1p(exp(neg(abs(x)))));
}

export function leakyRelu(x: Node, slope: number): Node {
  return where(lt(num(0, x), x), x, mul(x, num(slope, x)));
}

/** x where x > 0, else α (eˣ - 1); Clevert, Unterthiner, Hochreiter 2015. */
export function elu(input: Node, alpha: number): Node {
  const x = real(input);
  return where(lt(num(0, x), x), x, mul(expm1(minimum(x, num(0, x))), num(alpha, x)));
}

/** x max(0, min(1, x / 6 + 1/2)); Howard et al. 2019. */
export function hardSwish(x: Node): Node {
  const gate = minimum(maximum(add(mul(x, num(1 / 6, x)), num(0.5, x)), num(0, x)), num(1, x));
  return mul(x, gate);
}
