/** Elementwise functions composed of others: their gradients follow from their parts. */
import type { Node } from "../graph/node.ts";
import {
  abs,
  add,
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
import { real } from "./lane.ts";
import { hostLeaf } from "./leaf.ts";

/** x to a power that has a cheaper form; null for all others. */
export function knownPower(x: Node, exponent: number): Node | null {
  switch (exponent) {
    case 1:
      return x;
    case 2:
      return mul(x, x);
    case 3:
      return mul(mul(x, x), x);
    case 0.5:
      return sqrt(x);
    case -0.5:
      return div(num(1, x), sqrt(x));
    case -1:
      return div(num(1, x), x);
    default:
      return null;
  }
}

/** x to a power. The few powers with a cheaper form take it; any other number is read anew at every run. */
export function power(x: Node, exponent: Node | number): Node {
  if (typeof exponent !== "number") return pow(x, exponent);
  const base = real(x);
  return knownPower(base, exponent) ?? pow(base, hostLeaf(exponent, [], base.dtype));
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
  return celu(input, alpha, 1);
}

/** x where x > 0, else α (eˣᐟᵝ - 1); with β = α smooth at 0: Barron 2017. */
export function celu(input: Node, alpha: number, beta: number = alpha): Node {
  const x = real(input);
  return where(lt(num(0, x), x), x, mul(expm1(div(minimum(x, num(0, x)), num(beta, x))), num(alpha, x)));
}

/** λ elu(x) with the constants that keep mean 0 and variance 1; Klambauer et al. 2017. */
export function selu(x: Node, alpha = 1.6732632423543772, lambda = 1.0507009873554805): Node {
  const y = elu(x, alpha);
  return mul(y, num(lambda, y));
}

/** x tanh(softplus(x)); Misra 2019. */
export function mish(input: Node): Node {
  const x = real(input);
  return mul(x, tanh(softplus(x)));
}

/** x / (1 + |x|). */
export function softsign(input: Node): Node {
  const x = real(input);
  return div(x, add(num(1, x), abs(x)));
}

/** max(0, min(1, α x + β)). */
export function hardSigmoid(input: Node, alpha: number = 1 / 6, beta: number = 0.5): Node {
  const x = real(input);
  return minimum(maximum(add(mul(x, num(alpha, x)), num(beta, x)), num(0, x)), num(1, x));
}

/** x max(0, min(1, x / 6 + 1/2)); Howard et al. 2019. */
export function hardSwish(input: Node): Node {
  const x = real(input);
  return mul(x, hardSigmoid(x));
}
