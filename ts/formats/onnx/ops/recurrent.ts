/** RNN, GRU and LSTM. */
import { FormatError } from "../../../core/errors.ts";
import type { Node } from "../../../graph/node.ts";
import { cast } from "../../../ops/elementwise.ts";
import { permute } from "../../../ops/movement.ts";
import {
  type CellName,
  type Direction,
  type GateActivation,
  type RecurrentInputs,
  recurrent,
} from "../../../ops/recurrent.ts";
import { unrolled } from "../../../ops/recurrent-unrolled.ts";
import type { Call, Operators, Outputs } from "../call.ts";

/** ONNX's names in small letters, with the α and β that each function takes and their values where a model gives none. */
const functions: { readonly [name: string]: readonly [name: string, alpha?: number, beta?: number] } = {
  affine: ["affine", 1, 0],
  elu: ["elu", 1],
  hardsigmoid: ["hardSigmoid", 0.2, 0.5],
  leakyrelu: ["leakyRelu", 0.01],
  relu: ["relu"],
  scaledtanh: ["scaledTanh", 1, 1],
  sigmoid: ["sigmoid"],
  softplus: ["softplus"],
  softsign: ["softsign"],
  tanh: ["tanh"],
  thresholdedrelu: ["thresholdedRelu", 1],
};

const usual: { readonly [C in CellName]: readonly string[] } = {
  rnn: ["Tanh"],
  gru: ["Sigmoid", "Tanh"],
  lstm: ["Sigmoid", "Tanh", "Tanh"],
};

/** The functions of all gates. α and β are lists that the functions take from in turn, each as it needs. */
function activationsOf(call: Call, cell: CellName, directions: number): GateActivation[] {
  const own = usual[cell];
  const names = call.stringList("activations") ?? Array.from({ length: directions }, () => own).flat();
  if (names.length !== own.length * directions) {
    throw new FormatError(`${names.length} activations are given, wanted ${own.length * directions}`);
  }
  const alphas = [...(call.floats("activation_alpha") ?? [])];
  const betas = [...(call.floats("activation_beta") ?? [])];
  return names.map((given) => {
    const found = functions[given.toLowerCase()];
    if (found === undefined) throw call.unsupported(`activation ${given}`);
    const [name, alpha, beta] = found;
    return {
      name,
      alpha: alpha === undefined ? 0 : (alphas.shift() ?? alpha),
      beta: beta === undefined ? 0 : (betas.shift() ?? beta),
    };
  });
}

function directionOf(call: Call): Direction {
  const name = call.string("direction", "forward");
  if (name === "forward" || name === "reverse" || name === "bidirectional") return name;
  throw new FormatError(`direction "${name}", wanted forward, reverse or bidirectional`);
}

/** What a layer multiplies: x and, as ONNX lays them out, both weights. */
type Factors = Pick<RecurrentInputs, "x" | "w" | "r">;

/** A layer; inputs from the biases on are where LSTM has them. `variant` names the attribute of RecurrentOptions' variant. */
export function layer(call: Call, name: CellName, variant: string, { x, w, r }: Factors, rounded = false): Outputs {
  const direction = directionOf(call);
  const { dtype } = call.tensor(0);
  // Layout 1 has the batch in front: of x and y before time, of states before the directions.
  const batchFirst = call.int("layout", 0) === 1;
  const given = (i: number): Node | undefined => {
    const node = call.optional(i);
    return node === null ? undefined : cast(node, "float32");
  };
  const state = (i: number): Node | undefined => {
    const node = given(i);
    return node && batchFirst ? permute(node, [1, 0, 2]) : node;
  };
  const inputs: RecurrentInputs = {
    x: batchFirst ? permute(x, [1, 0, 2]) : x,
    w,
    r,
    bias: given(3),
    lengths: call.optional(4) ?? undefined,
    h: state(5),
    c: state(6),
    peepholes: given(7),
  };
  const trains = Object.values(inputs).some((node: Node | undefined) => node?.requiresGrad === true);
  const results = (trains ? unrolled : recurrent)(name, inputs, {
    direction,
    activations: activationsOf(call, name, direction === "bidirectional" ? 2 : 1),
    clip: call.float("clip", 0),
    variant: call.int(variant, 0) !== 0,
    rounded,
  });
  const { y, h, c } = results;
  const out = (node: Node): Node => cast(batchFirst ? permute(node, [1, 0, 2]) : node, dtype);
  return [cast(batchFirst ? permute(y, [2, 0, 1, 3]) : y, dtype), out(h), ...(c === null ? [] : [out(c)])];
}

const cell =
  (name: CellName, variant: string) =>
  (call: Call): Outputs => {
    const [x, w, r] = [0, 1, 2].map((i) => cast(call.tensor(i), "float32")) as [Node, Node, Node];
    return layer(call, name, variant, { x, w, r });
  };

export const operators: Operators = {
  GRU: cell("gru", "linear_before_reset"),
  LSTM: cell("lstm", "input_forget"),
  RNN: cell("rnn", ""),
};
