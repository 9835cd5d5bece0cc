/** Activations. */
import type { Case } from "./case.ts";
import { unary } from "./elementwise-case.ts";
import { erf } from "./oracle.ts";

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

export const activation: readonly Case[] = [
  unary(
    "clamp",
    (x) => x.clamp(-1.01, 0.8),
    (x) => Math.min(Math.max(x, -1.01), 0.8),
  ),
  unary("sigmoid", (x) => x.sigmoid(), sigmoid),
  unary(
    "relu",
    (x) => x.relu(),
    (x) => Math.max(x, 0),
  ),
  unary(
    "silu",
    (x) => x.silu(),
    (x) => x * sigmoid(x),
  ),
  unary(
    "gelu",
    (x) => x.gelu(),
    (x) => (x / 2) * (1 + erf(x * Math.SQRT1_2)),
  ),
  unary(
    "gelu tanh",
    (x) => x.gelu({ approximate: "tanh" }),
    (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  ),
  unary(
    "softplus",
    (x) => x.softplus(),
    (x) => Math.log1p(Math.exp(x)),
  ),
  unary(
    "leakyRelu",
    (x) => x.leakyRelu(0.1),
    (x) => (x > 0 ? x : 0.1 * x),
  ),
  unary(
    "elu",
    (x) => x.elu(1.3),
    (x) => (x > 0 ? x : 1.3 * Math.expm1(x)),
  ),
];
