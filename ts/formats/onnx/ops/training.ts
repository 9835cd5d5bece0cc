/** Gradients and steps of optimisers: the domain ai.onnx.preview.training. */

import { gradients } from "../../../autograd/gradients.ts";
import { rewrite } from "../../../compiler/passes/rewrite.ts";
import { FormatError } from "../../../core/errors.ts";
import type { Node } from "../../../graph/node.ts";
import { expand } from "../../../ops/broadcast.ts";
import { add, cast, div, lt, mul, num, pow, sqrt, sub, where } from "../../../ops/elementwise.ts";
import { reshape } from "../../../ops/movement.ts";
import type { Call, Operators, Outputs } from "../call.ts";

/** The derivative of y with respect to every x, where the inputs say that xs and zs are. */
function gradient(call: Call): Outputs {
  const xs = call.stringList("xs") ?? [];
  const names = [...xs, ...(call.stringList("zs") ?? [])];
  const given = call.tensors();
  if (given.length !== names.length) {
    throw new FormatError(`it has ${given.length} inputs, wanted a value for each of ${names.join(", ")}`);
  }
  const places = new Map(names.map((name, i) => [call.named(name), given[i] as Node]));
  const [y] = rewrite(
    [call.named(call.string("y"))],
    (node) => node,
    (node) => places.get(node),
  ) as [Node];
  return gradients(y, given.slice(0, xs.length), expand(num(1, y), y.shape));
}

const scaled = (x: Node, factor: number): Node => mul(x, num(factor, x));

/** One tensor that a step updates, its gradient and its state; a step gives the new tensor and the new state. */
type Step = (x: Node, gradient: Node, state: readonly Node[]) => readonly Node[];

/** Inputs are rate, count, then all tensors, all their gradients and all their states of each kind; outputs likewise. */
function optimize(call: Call, states: number, stepFor: (rate: Node, count: Node) => Step): Outputs {
  const count = (call.inputs.length - 2) / (states + 2);
  if (!Number.isInteger(count) || count < 1) {
    throw new FormatError(`it has ${call.inputs.length} inputs, wanted 2 and ${states + 2} a tensor`);
  }
  const scalar = (i: number): Node => reshape(cast(call.tensor(i), "float64"), []);
  const step = stepFor(scalar(0), scalar(1));
  const results = Array.from({ length: count }, (_, i) => {
    const [x, g, ...state] = Array.from({ length: states + 2 }, (_, k) => call.tensor(2 + k * count + i)) as [
      Node,
      Node,
    ];
    return step(x, add(g, scaled(x, call.float("norm_coefficient", 0))), state);
  });
  return Array.from({ length: states + 1 }, (_, k) => results.map((result) => result[k] as Node)).flat();
}

const adagrad = (call: Call): Outputs =>
  optimize(call, 1, (rate, count) => {
    const r = div(rate, add(num(1, count), scaled(count, call.float("decay_factor", 0))));
    return (x, g, [h]) => {
      const next = add(h as Node, mul(g, g));
      const root = add(sqrt(next), num(call.float("epsilon", 0), x));
      return [sub(x, div(mul(cast(r, x.dtype), g), root)), next];
    };
  });

const adam = (call: Call): Outputs =>
  optimize(call, 2, (rate, count) => {
    const [alpha, beta] = [call.float("alpha", 0.9), call.float("beta", 0.999)];
    const rest = (base: number): Node => sub(num(1, count), pow(num(base, count), count));
    const adjusted = div(mul(rate, sqrt(rest(beta))), rest(alpha));
    const r = where(lt(num(0, count), count), adjusted, rate);
    return (x, g, [v, h]) => {
      const nextV = add(scaled(v as Node, alpha), scaled(g, 1 - alpha));
      const nextH = add(scaled(h as Node, beta), scaled(mul(g, g), 1 - beta));
      const root = add(sqrt(nextH), num(call.float("epsilon", 0), x));
      const moved = sub(x, div(mul(cast(r, x.dtype), nextV), root));
      return [scaled(moved, 1 - call.float("norm_coefficient_post", 0)), nextV, nextH];
    };
  });

const momentum = (call: Call): Outputs =>
  optimize(call, 1, (rate, count) => {
    const [alpha, mode] = [call.float("alpha"), call.string("mode")];
    if (mode !== "standard" && mode !== "nesterov") {
      throw new FormatError(`attribute mode is "${mode}", wanted "standard" or "nesterov"`);
    }
    const beta = where(lt(num(0, count), count), num(call.float("beta"), count), num(1, count));
    return (x, g, [v]) => {
      const next = add(scaled(v as Node, alpha), mul(cast(beta, x.dtype), g));
      const direction = mode === "standard" ? next : add(g, scaled(next, alpha));
      return [sub(x, mul(cast(rate, x.dtype), direction)), next];
    };
  });

export const operators: Operators = {
  "ai.onnx.preview.training.Adagrad": adagrad,
  "ai.onnx.preview.training.Adam": adam,
  "ai.onnx.preview.training.Gradient": gradient,
  "ai.onnx.preview.training.Momentum": momentum,
};
