/** Functions of angles, of circles and of hyperbolas, and their inverses. */
import { approx, type Case } from "./case.ts";
import { unary } from "./elementwise-case.ts";

export const trigonometry: readonly Case[] = [
  unary("sin", (x) => x.sin(), Math.sin),
  unary("cos", (x) => x.cos(), Math.cos),
  unary("tan", (x) => x.tan(), Math.tan, { low: -1.1, high: 1.2 }, { tolerance: approx }),
  unary("asin", (x) => x.asin(), Math.asin, { low: -0.9, high: 0.9 }, { tolerance: approx }),
  unary("acos", (x) => x.acos(), Math.acos, { low: -0.9, high: 0.9 }, { tolerance: approx }),
  unary("atan", (x) => x.atan(), Math.atan),
  unary("sinh", (x) => x.sinh(), Math.sinh, {}, { tolerance: approx }),
  unary("cosh", (x) => x.cosh(), Math.cosh, {}, { tolerance: approx }),
  unary("sinh, saturated", (x) => x.sinh(), Math.sinh, { low: -80, high: 80 }, { tolerance: approx, gradient: false }),
  unary("asinh", (x) => x.asinh(), Math.asinh, {}, { tolerance: approx }),
  unary(
    "asinh, large",
    (x) => x.asinh(),
    Math.asinh,
    { low: -1e30, high: 1e30 },
    { tolerance: approx, gradient: false },
  ),
  unary("acosh", (x) => x.acosh(), Math.acosh, { low: 1.1, high: 30 }, { tolerance: approx }),
  unary("atanh", (x) => x.atanh(), Math.atanh, { low: -0.95, high: 0.95 }, { tolerance: approx }),
  unary("tanh", (x) => x.tanh(), Math.tanh),
];
