/**
 * The elementwise vocabulary: one row an op. A device has one row for each as well; together they are all that fusion needs.
 *
 * Binary builders broadcast and promote; ops on reals turn integers into float32.
 */
import { type DType, dtypes, promote } from "../core/dtype.ts";
import { DTypeError } from "../core/errors.ts";
import { broadcastShapes } from "../core/shape.ts";
import { Node, noAttrs, type Op } from "../graph/node.ts";
import { expand, spread } from "./broadcast.ts";
import { bitcastOp, cast, castOp } from "./cast.ts";
import { constant } from "./leaf.ts";

export { bitcast, cast } from "./cast.ts";

/** What an op accepts: any dtype, numbers (bool becomes int32), reals (integers become float32), bits (integers and bool). */
export type Domain = "any" | "number" | "real" | "bits";

export interface ElementwiseOp extends Op {
  readonly domain: Domain;
  readonly result: "same" | "bool";
}

/** The elementwise ops that every device implements. */
export type ElementwiseName =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "pow"
  | "mod"
  | "fmod"
  | "maximum"
  | "minimum"
  | "eq"
  | "lt"
  | "le"
  | "and"
  | "or"
  | "xor"
  | "invert"
  | "shiftLeft"
  | "shiftRight"
  | "not"
  | "neg"
  | "abs"
  | "sign"
  | "floor"
  | "ceil"
  | "round"
  | "trunc"
  | "sqrt"
  | "exp"
  | "expm1"
  | "log"
  | "log1p"
  | "sin"
  | "cos"
  | "tan"
  | "atan"
  | "tanh"
  | "erf"
  | "sigmoid"
  | "where"
  | "cast"
  | "bitcast"
  | "uniform";

type Rule = (dy: Node, x: Node, y: Node, b: Node) => readonly (Node | null)[];

/** A row: `rule` gets dy, the first input, the node itself and the second input. */
function row(
  name: string,
  domain: Domain,
  fold: (...values: number[]) => number,
  rule: Rule | null,
  result: "same" | "bool" = "same",
): ElementwiseOp {
  const gradient: Op["gradient"] =
    rule && ((dy, node) => rule(dy, node.inputs[0] as Node, node, (node.inputs[1] ?? node.inputs[0]) as Node));
  return { name, kind: "elementwise", gradient, fold, domain, result };
}

const half = (x: Node): Node => mul(x, num(0.5, x));
const zeros = (x: Node): Node => expand(num(0, x), x.shape);
const gradientIf = (condition: Node, dy: Node): Node => where(condition, dy, zeros(dy));
/** dy to the winner, half to each at a tie. */
const toWinner = (dy: Node, a: Node, b: Node, aWins: (a: Node, b: Node) => Node): Node[] => {
  const tie = eq(a, b);
  return [where(tie, half(dy), gradientIf(aWins(a, b), dy)), where(tie, half(dy), gradientIf(aWins(b, a), dy))];
};

/** Every op that devices implement, by name. */
export const elementwise: { readonly [N in ElementwiseName]: ElementwiseOp } = {
  // d(a + b) = dy, dy
  add: row(
    "add",
    "number",
    (a, b) => a + b,
    (dy) => [dy, dy],
  ),
  // d(a - b) = dy, -dy
  sub: row(
    "sub",
    "number",
    (a, b) => a - b,
    (dy) => [dy, neg(dy)],
  ),
  // d(a b) = dy b, dy a
  mul: row(
    "mul",
    "number",
    (a, b) => a * b,
    (dy, a, _, b) => [mul(dy, b), mul(dy, a)],
  ),
  // d(a / b) = dy / b, -dy y / b; of integers the whole part of the quotient, 0 over 0
  div: row(
    "div",
    "number",
    (a, b) => a / b,
    (dy, _, y, b) => [div(dy, b), neg(div(mul(dy, y), b))],
  ),
  // d(a^b) = dy b a^(b-1), dy y log a (0 where a = 0)
  pow: row(
    "pow",
    "number",
    (a, b) => a ** b,
    (dy, a, y, b) => {
      const zero = eq(a, num(0, a));
      const da = where(eq(b, num(0, b)), zeros(dy), mul(dy, mul(b, pow(a, sub(b, num(1, b))))));
      return [da, where(zero, zeros(dy), mul(dy, mul(y, log(where(zero, expand(num(1, a), a.shape), a)))))];
    },
  ),
  // d(a mod b) = dy, -dy floor(a / b)
  mod: row(
    "mod",
    "number",
    (a, b) => a - Math.floor(a / b) * b,
    (dy, a, _, b) => [dy, neg(mul(dy, floor(div(a, b))))],
  ),
  // d fmod(a, b) = dy, -dy trunc(a / b)
  fmod: row(
    "fmod",
    "number",
    (a, b) => a % b,
    (dy, a, _, b) => [dy, neg(mul(dy, trunc(div(a, b))))],
  ),
  maximum: row("maximum", "number", Math.max, (dy, a, _, b) => toWinner(dy, a, b, (p, q) => lt(q, p))),
  minimum: row("minimum", "number", Math.min, (dy, a, _, b) => toWinner(dy, a, b, lt)),

  eq: row("eq", "any", (a, b) => Number(a === b), null, "bool"),
  lt: row("lt", "any", (a, b) => Number(a < b), null, "bool"),
  le: row("le", "any", (a, b) => Number(a <= b), null, "bool"),
  and: row("and", "bits", (a, b) => bitwise(a, b, a & b), null),
  or: row("or", "bits", (a, b) => bitwise(a, b, a | b), null),
  xor: row("xor", "bits", (a, b) => bitwise(a, b, a ^ b), null),
  invert: row("invert", "bits", (a) => -1 - a, null),
  // Bits that leave are lost; to the right the sign's bit comes in, 0 where there is none.
  shiftLeft: row("shiftLeft", "bits", (a, b) => (b < 0 ? Number.NaN : a * 2 ** b), null),
  shiftRight: row("shiftRight", "bits", (a, b) => (b < 0 ? Number.NaN : Math.floor(a / 2 ** b)), null),
  not: row("not", "any", (a) => Number(a === 0), null, "bool"),

  // d(-x) = -dy
  neg: row(
    "neg",
    "number",
    (x) => -x,
    (dy) => [neg(dy)],
  ),
  // d|x| = dy sign x
  abs: row("abs", "number", Math.abs, (dy, x) => [mul(dy, sign(x))]),
  sign: row("sign", "number", Math.sign, null),
  floor: row("floor", "number", Math.floor, null),
  ceil: row("ceil", "number", Math.ceil, null),
  round: row("round", "number", roundEven, null),
  trunc: row("trunc", "number", Math.trunc, null),
  // d√x = dy / 2√x
  sqrt: row("sqrt", "real", Math.sqrt, (dy, _, y) => [div(half(dy), y)]),
  // d eˣ = dy eˣ
  exp: row("exp", "real", Math.exp, (dy, _, y) => [mul(dy, y)]),
  // d(eˣ - 1) = dy (y + 1)
  expm1: row("expm1", "real", Math.expm1, (dy, _, y) => [mul(dy, add(y, num(1, y)))]),
  // d ln x = dy / x
  log: row("log", "real", Math.log, (dy, x) => [div(dy, x)]),
  // d ln(1 + x) = dy / (1 + x)
  log1p: row("log1p", "real", Math.log1p, (dy, x) => [div(dy, add(x, num(1, x)))]),
  // d sin x = dy cos x
  sin: row("sin", "real", Math.sin, (dy, x) => [mul(dy, cos(x))]),
  // d cos x = -dy sin x
  cos: row("cos", "real", Math.cos, (dy, x) => [neg(mul(dy, sin(x)))]),
  // d tan x = dy (1 + y²)
  tan: row("tan", "real", Math.tan, (dy, _, y) => [mul(dy, add(num(1, y), mul(y, y)))]),
  // d atan x = dy / (1 + x²)
  atan: row("atan", "real", Math.atan, (dy, x) => [div(dy, add(num(1, x), mul(x, x)))]),
  // d tanh x = dy (1 - y²)
  tanh: row("tanh", "real", Math.tanh, (dy, _, y) => [mul(dy, sub(num(1, y), mul(y, y)))]),
  // d erf x = dy 2/√π exp(-x²)
  erf: row("erf", "real", erfFloat64, (dy, x) => [mul(dy, mul(num(2 / Math.sqrt(Math.PI), x), exp(neg(mul(x, x)))))]),
  // dσ(x) = dy y (1 - y)
  sigmoid: row(
    "sigmoid",
    "real",
    (x) => 1 / (1 + Math.exp(-x)),
    (dy, _, y) => [mul(dy, mul(y, sub(num(1, y), y)))],
  ),

  // d where(c, a, b) = nothing, dy where c, dy where not c
  where: row(
    "where",
    "any",
    (c, a, b) => (c ? a : b),
    (dy, c) => [null, gradientIf(c, dy), where(c, zeros(dy), dy)],
  ),
  cast: { ...castOp, domain: "any", result: "same" },
  bitcast: { ...bitcastOp, domain: "any", result: "same" },
  uniform: row("uniform", "any", (x) => (x >>> 8) * 2 ** -24, null),
};

const reluOp: Op = {
  name: "relu",
  kind: "elementwise",
  // d relu(x) = dy where x > 0
  gradient: (dy, node) => [gradientIf(lt(num(0, node), node), dy)],
  decompose: ({ inputs: [x] }) => maximum(x as Node, num(0, x as Node)),
};

/** The ops of this family. */
export const ops: readonly Op[] = [...Object.values(elementwise), reluOp];

/** A number of the program itself in the dtype of `like`. */
export function num(value: number, like: Node): Node {
  return constant(value, like.dtype);
}

function accept(op: ElementwiseOp, dtype: DType): DType {
  if (op.domain === "real") return dtypes[dtype].float ? dtype : "float32";
  if (op.domain === "number") return dtype === "bool" ? "int32" : dtype;
  if (op.domain === "bits" && dtypes[dtype].float) {
    throw new DTypeError(`${op.name}: cannot combine bits of ${dtype}: wanted an integer dtype or bool`);
  }
  return dtype;
}

function unary(op: ElementwiseOp, x: Node): Node {
  const dtype = accept(op, x.dtype);
  return new Node(op, [cast(x, dtype)], noAttrs, x.shape, op.result === "bool" ? "bool" : dtype);
}

function binary(op: ElementwiseOp, a: Node, b: Node): Node {
  const dtype = accept(op, promote(a.dtype, b.dtype));
  const shape = broadcastShapes(op.name, a.shape, b.shape);
  const inputs = [spread(cast(a, dtype), shape), spread(cast(b, dtype), shape)];
  return new Node(op, inputs, noAttrs, shape, op.result === "bool" ? "bool" : dtype);
}

/** `a` where `condition` is true (not 0), else `b`. */
export function where(condition: Node, a: Node, b: Node): Node {
  const dtype = promote(a.dtype, b.dtype);
  const shape = broadcastShapes("where", condition.shape, broadcastShapes("where", a.shape, b.shape));
  const chosen = condition.dtype === "bool" ? condition : not(not(condition));
  const inputs = [spread(chosen, shape), spread(cast(a, dtype), shape), spread(cast(b, dtype), shape)];
  return new Node(elementwise.where, inputs, noAttrs, shape, dtype);
}

/** 32 random bits as a float32 in [0, 1). */
export function uniform(bits: Node): Node {
  return new Node(elementwise.uniform, [bits], noAttrs, bits.shape, "float32");
}

export function relu(x: Node): Node {
  return new Node(reluOp, [x], noAttrs, x.shape, x.dtype);
}

export const add = (a: Node, b: Node): Node => binary(elementwise.add, a, b);
export const sub = (a: Node, b: Node): Node => binary(elementwise.sub, a, b);
export const mul = (a: Node, b: Node): Node => binary(elementwise.mul, a, b);
export const div = (a: Node, b: Node): Node => binary(elementwise.div, a, b);
export const pow = (a: Node, b: Node): Node => binary(elementwise.pow, a, b);
export const mod = (a: Node, b: Node): Node => binary(elementwise.mod, a, b);
export const fmod = (a: Node, b: Node): Node => binary(elementwise.fmod, a, b);
export const maximum = (a: Node, b: Node): Node => binary(elementwise.maximum, a, b);
export const minimum = (a: Node, b: Node): Node => binary(elementwise.minimum, a, b);
export const eq = (a: Node, b: Node): Node => binary(elementwise.eq, a, b);
export const lt = (a: Node, b: Node): Node => binary(elementwise.lt, a, b);
export const le = (a: Node, b: Node): Node => binary(elementwise.le, a, b);
export const and = (a: Node, b: Node): Node => binary(elementwise.and, a, b);
export const or = (a: Node, b: Node): Node => binary(elementwise.or, a, b);
export const xor = (a: Node, b: Node): Node => binary(elementwise.xor, a, b);
export const shiftLeft = (a: Node, b: Node): Node => binary(elementwise.shiftLeft, whole(a), b);
export const shiftRight = (a: Node, b: Node): Node => binary(elementwise.shiftRight, whole(a), b);
/** Every bit turned over; of bool its negation. */
export const invert = (x: Node): Node => (x.dtype === "bool" ? not(x) : unary(elementwise.invert, x));
export const not = (x: Node): Node => unary(elementwise.not, x);
export const neg = (x: Node): Node => unary(elementwise.neg, x);
export const abs = (x: Node): Node => unary(elementwise.abs, x);
export const sign = (x: Node): Node => {
  const { signed, bits } = dtypes[x.dtype];
  return signed || bits < 32 ? unary(elementwise.sign, x) : cast(not(not(x)), x.dtype);
};
export const floor = (x: Node): Node => unary(elementwise.floor, x);
export const ceil = (x: Node): Node => unary(elementwise.ceil, x);
export const round = (x: Node): Node => unary(elementwise.round, x);
export const trunc = (x: Node): Node => unary(elementwise.trunc, x);
export const sqrt = (x: Node): Node => unary(elementwise.sqrt, x);
export const exp = (x: Node): Node => unary(elementwise.exp, x);
export const expm1 = (x: Node): Node => unary(elementwise.expm1, x);
export const log = (x: Node): Node => unary(elementwise.log, x);
export const log1p = (x: Node): Node => unary(elementwise.log1p, x);
export const sin = (x: Node): Node => unary(elementwise.sin, x);
export const cos = (x: Node): Node => unary(elementwise.cos, x);
export const tan = (x: Node): Node => unary(elementwise.tan, x);
export const atan = (x: Node): Node => unary(elementwise.atan, x);
export const tanh = (x: Node): Node => unary(elementwise.tanh, x);
export const erf = (x: Node): Node => unary(elementwise.erf, x);
export const sigmoid = (x: Node): Node => unary(elementwise.sigmoid, x);

/** What JavaScript's operators say of 32 bits; NaN where an operand has more. */
const bitwise = (a: number, b: number, result: number): number =>
  (a | 0) === a && (b | 0) === b ? result : Number.NaN;

const whole = (x: Node): Node => (x.dtype === "bool" ? cast(x, "int32") : x);

/** Rounds half to even, as IEEE 754 and NumPy do. */
function roundEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}

/** erf for folding constants: the Taylor series of Abramowitz and Stegun 7.1.6, converging for every x that is not saturated. */
function erfFloat64(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let total = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(total) && n < 300; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}
