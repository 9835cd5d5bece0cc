/** Arithmetic and functions of numbers, element by element. */
import { uniformValue } from "../../../compiler/passes/fold.ts";
import { dtypes } from "../../../core/dtype.ts";
import { DTypeError, ShapeError } from "../../../core/errors.ts";
import { formatShape, sizeOf } from "../../../core/shape.ts";
import type { Node } from "../../../graph/node.ts";
import { knownPower } from "../../../ops/activation.ts";
import * as op from "../../../ops/elementwise.ts";
import { reshape } from "../../../ops/movement.ts";
import * as trigonometry from "../../../ops/trigonometry.ts";
import type { Call, Handler, Operators } from "../call.ts";
import { inReal, narrow, widened } from "../precision.ts";

/** Two operands. Before opset 7 the second broadcasts where `broadcast` says so, from `axis` on. */
function aligned(call: Call): [Node, Node] {
  const [a, b] = [call.tensor(0), call.tensor(1)];
  if (call.opset >= 7 || call.int("broadcast", 0) === 0) return [a, b];
  const axis = call.int("axis", a.shape.length - b.shape.length);
  const at = axis < 0 ? axis + a.shape.length : axis;
  const trailing = a.shape.length - at - b.shape.length;
  return [a, reshape(b, [...b.shape, ...new Array<number>(Math.max(0, trailing)).fill(1)])];
}

/** {@link aligned}, of one dtype. */
export function operands(call: Call): [Node, Node] {
  const [a, b] = aligned(call);
  if (a.dtype !== b.dtype) throw new DTypeError(`cannot combine ${a.dtype} with ${b.dtype}: wanted one dtype`);
  return [a, b];
}

/** All inputs, at least one, of one dtype. */
function terms(call: Call): Node[] {
  const xs = call.tensors();
  const other = xs.find(({ dtype }) => dtype !== xs[0]?.dtype);
  if (other !== undefined || xs.length === 0) {
    throw new DTypeError(`cannot combine ${xs.map(({ dtype }) => dtype).join(", ") || "nothing"}: wanted one dtype`);
  }
  return xs;
}

/** A function of numbers. */
export const unary =
  (of: (x: Node) => Node): Handler =>
  (call) => {
    const x = call.tensor(0);
    return narrow(of(widened(x)), x.dtype);
  };

export const binary =
  (of: (a: Node, b: Node) => Node): Handler =>
  (call) => {
    const [a, b] = operands(call);
    return narrow(of(widened(a), widened(b)), a.dtype);
  };

/** A function of all inputs, taken two by two. */
const joined =
  (of: (a: Node, b: Node) => Node, finish: (y: Node, count: number) => Node = (y) => y): Handler =>
  (call) => {
    const xs = terms(call);
    return narrow(finish(xs.map(widened).reduce(of), xs.length), (xs[0] as Node).dtype);
  };

/** Floored division's remainder, or with `fmod` that of truncated division. */
function modulo(call: Call): Node {
  const [a, b] = operands(call);
  return call.int("fmod", 0) !== 0 ? op.fmod(a, b) : op.mod(a, b);
}

/** The base's dtype is the result's. Powers of integers by reals are computed in float64. */
function power(call: Call): Node {
  const [x, y] = aligned(call);
  const exponent = sizeOf(y.shape) === 1 && y.shape.length <= x.shape.length ? uniformValue(y) : undefined;
  if (dtypes[x.dtype].float) {
    return inReal(x, (base) => {
      const known = exponent === undefined ? null : knownPower(base, exponent);
      return known ?? op.pow(base, op.cast(y, base.dtype));
    });
  }
  const type = dtypes[y.dtype].float ? "float64" : x.dtype;
  return op.cast(op.pow(op.cast(x, type), op.cast(y, type)), x.dtype);
}

/** Bounds are attributes before opset 11 and inputs from then on. */
function clip(call: Call): Node {
  const x = call.tensor(0);
  const bound = (name: "min" | "max", i: number): Node | null => {
    if (call.opset < 11) return call.attribute(name) === undefined ? null : op.num(call.float(name), x);
    const node = call.optional(i);
    if (node === null) return null;
    if (sizeOf(node.shape) !== 1) {
      throw new ShapeError(`${name} has shape ${formatShape(node.shape)}, wanted a single number`);
    }
    return reshape(node, []);
  };
  const [low, high] = [bound("min", 1), bound("max", 2)];
  const above = low === null ? x : op.maximum(x, low);
  return high === null ? above : op.minimum(above, high);
}

export const operators: Operators = {
  Abs: unary(op.abs),
  Acos: unary(trigonometry.acos),
  Acosh: unary(trigonometry.acosh),
  Add: binary(op.add),
  Asin: unary(trigonometry.asin),
  Asinh: unary(trigonometry.asinh),
  Atan: unary(op.atan),
  Atanh: unary(trigonometry.atanh),
  Ceil: unary(op.ceil),
  Clip: clip,
  Cos: unary(op.cos),
  Cosh: unary(trigonometry.cosh),
  Div: binary(op.div),
  Erf: unary(op.erf),
  Exp: unary(op.exp),
  Floor: unary(op.floor),
  Log: unary(op.log),
  Max: joined(op.maximum),
  Mean: joined(op.add, (sum, count) => op.div(sum, op.num(count, sum))),
  Min: joined(op.minimum),
  Mod: modulo,
  Mul: binary(op.mul),
  Neg: unary(op.neg),
  Pow: power,
  Reciprocal: unary((x) => op.div(op.num(1, x), x)),
  Round: unary(op.round),
  Sign: unary(op.sign),
  Sin: unary(op.sin),
  Sinh: unary(trigonometry.sinh),
  Sqrt: unary(op.sqrt),
  Sub: binary(op.sub),
  Sum: joined(op.add),
  Tan: unary(op.tan),
  Tanh: unary(op.tanh),
};
