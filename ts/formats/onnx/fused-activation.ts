/** The activations that operators of com.microsoft carry out on their results. */
import type { Node } from "../../graph/node.ts";
import { clamp, leakyRelu } from "../../ops/activation.ts";
import { add, mul, num, relu, sigmoid, tanh } from "../../ops/elementwise.ts";
import type { Call } from "./call.ts";

type Activation = (x: Node, params: readonly (number | undefined)[]) => Node;

const activations: { readonly [name: string]: Activation } = {
  Clip: (x, [least, greatest]) => clamp(x, least ?? null, greatest ?? null),
  HardSigmoid: (x, [alpha = 0.2, beta = 0.5]) => clamp(add(mul(x, num(alpha, x)), num(beta, x)), 0, 1),
  Identity: (x) => x,
  LeakyRelu: (x, [alpha = 0.01]) => leakyRelu(x, alpha),
  Relu: relu,
  Sigmoid: sigmoid,
  Tanh: tanh,
};

/** y under the activation that the node names, if it names one. */
export function activated(call: Call, y: Node, params: readonly (number | undefined)[]): Node {
  const name = call.string("activation", "") || "Identity";
  const activation = activations[name];
  if (activation === undefined) throw call.unsupported(`activation ${name}`);
  return activation(y, params);
}
