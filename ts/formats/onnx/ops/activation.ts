/** Activations, element by element. */
import { FormatError, ShapeError } from "../../../core/errors.ts";
import { formatShape, sameShape } from "../../../core/shape.ts";
import type { Node } from "../../../graph/node.ts";
import * as activation from "../../../ops/activation.ts";
import { add, cast, lt, mul, num, relu, sigmoid, sub, where } from "../../../ops/elementwise.ts";
import { reshape } from "../../../ops/movement.ts";
import type { Call, Handler, Operators } from "../call.ts";
import { inReal, inReals, wide } from "../precision.ts";
import { unary } from "./math.ts";

/** A function of reals with float attributes, whose defaults are given by name. */
const tuned =
  (defaults: Readonly<Record<string, number>>, of: (x: Node, ...values: number[]) => Node): Handler =>
  (call) => {
    const values = Object.entries(defaults).map(([name, fallback]) => call.float(name, fallback));
    return inReal(call.tensor(0), (x) => of(x, ...values));
  };

const scaled = (x: Node, factor: number): Node => mul(x, num(factor, x));

const swish = (x: Node, alpha = 1): Node => mul(x, sigmoid(scaled(x, alpha)));

/** Swish of a gate, times a value. */
function swiglu(call: Call): Node {
  const [gate, value] = [call.tensor(0), call.tensor(1)];
  if (!sameShape(gate.shape, value.shape)) {
    throw new ShapeError(`cannot gate ${formatShape(value.shape)} by ${formatShape(gate.shape)}: wanted one shape`);
  }
  return inReal(gate, (x) => mul(swish(x, call.float("alpha", 1)), wide(value)));
}

function gelu(call: Call): Node {
  const approximate = call.string("approximate", "none");
  if (approximate !== "none" && approximate !== "tanh") {
    throw new FormatError(`attribute approximate is "${approximate}", wanted "none" or "tanh"`);
  }
  return inReal(call.tensor(0), (x) => activation.gelu(x, approximate));
}

/** Before opset 7 a slope of one axis belongs to the channels. */
function prelu(call: Call): Node {
  const x = call.tensor(0);
  let slope = cast(call.tensor(1), x.dtype);
  if (call.opset < 7 && slope.shape.length === 1) {
    slope = reshape(slope, [...slope.shape, ...new Array<number>(Math.max(0, x.shape.length - 2)).fill(1)]);
  }
  return where(lt(x, num(0, x)), mul(x, slope), x);
}

function shrink(call: Call): Node {
  const [bias, lambda] = [call.float("bias", 0), call.float("lambd", 0.5)];
  return inReals(call.tensor(0), (x) => {
    const inner = where(lt(num(lambda, x), x), sub(x, num(bias, x)), num(0, x));
    return where(lt(x, num(-lambda, x)), add(x, num(bias, x)), inner);
  });
}

/** The constants of Selu became more exact at opset 6. */
const selu: Handler = (call) => {
  const [alpha, gamma] = call.opset < 6 ? [1.6732, 1.0507] : [1.6732632423543772, 1.0507009873554805];
  return inReal(call.tensor(0), (x) => activation.selu(x, call.float("alpha", alpha), call.float("gamma", gamma)));
};

export const operators: Operators = {
  Celu: tuned({ alpha: 1 }, (x, alpha = 1) => activation.celu(x, alpha)),
  Elu: tuned({ alpha: 1 }, (x, alpha = 1) => activation.elu(x, alpha)),
  Gelu: gelu,
  HardSigmoid: tuned({ alpha: 0.2, beta: 0.5 }, activation.hardSigmoid),
  HardSwish: unary(activation.hardSwish),
  LeakyRelu: tuned({ alpha: 0.01 }, (x, alpha = 0.01) => activation.leakyRelu(x, alpha)),
  Mish: unary(activation.mish),
  PRelu: prelu,
  Relu: unary(relu),
  Selu: selu,
  Shrink: shrink,
  Sigmoid: unary(sigmoid),
  Softplus: unary(activation.softplus),
  Softsign: unary(activation.softsign),
  SwiGLU: swiglu,
  Swish: tuned({ alpha: 1 }, swish),
  ThresholdedRelu: tuned({ alpha: 1 }, (x, alpha = 1) => where(lt(num(alpha, x), x), x, num(0, x))),
};
