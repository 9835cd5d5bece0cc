/**
 * Recurrent cells as the ops of their formulas, step after step: what has gradients, which the kernels have not. The formulas
 * are ONNX's (RNN, GRU, LSTM), the layout of the results is that of recurrent.ts.
 */
import { UnsupportedError } from "../core/errors.ts";
import type { Node } from "../graph/node.ts";
import { clamp, elu, hardSigmoid, leakyRelu, softplus, softsign } from "./activation.ts";
import { expand } from "./broadcast.ts";
import { add, lt, mul, num, relu, sigmoid, sub, tanh, where } from "./elementwise.ts";
import { constant } from "./leaf.ts";
import { matmul, transpose } from "./matmul.ts";
import { concat, reshape, slice } from "./movement.ts";
import {
  type CellName,
  type GateActivation,
  project,
  type RecurrentInputs,
  type RecurrentOptions,
  type RecurrentResults,
  type StepInputs,
} from "./recurrent.ts";

/** Functions of gates by their names in {@link GateActivation}. */
const functions: { readonly [name: string]: (x: Node, alpha: number, beta: number) => Node } = {
  affine: (x, a, b) => add(mul(x, num(a, x)), num(b, x)),
  elu: (x, a) => elu(x, a),
  hardSigmoid: (x, a, b) => hardSigmoid(x, a, b),
  leakyRelu: (x, a) => leakyRelu(x, a),
  relu,
  scaledTanh: (x, a, b) => mul(tanh(mul(x, num(b, x))), num(a, x)),
  sigmoid,
  softplus,
  softsign,
  tanh,
  thresholdedRelu: (x, a) => where(lt(num(a, x), x), x, num(0, x)),
};

/** What a cell remembers: [b, h] each. */
interface State {
  readonly h: Node;
  /** LSTM only. */
  readonly c: Node | null;
}

/** One direction of a layer. */
interface Walk {
  /** [h, gates h] */
  readonly r: Node;
  /** [h] */
  readonly bias: Node | null;
  /** [h] for input, output and forget gate. */
  readonly peepholes: readonly Node[] | null;
  /** The functions of its gates, of what is limited. */
  readonly gates: readonly ((x: Node) => Node)[];
  /** As the last of {@link gates}, of what is not. */
  readonly free: (x: Node) => Node;
  readonly variant: boolean;
}

/** Column `at` of `count` columns of [b, …h]. */
function part(x: Node, at: number, size: number, count = 1): Node {
  return slice(x, [0, at * size], [x.shape[0] as number, count * size]);
}

type Step = (x: Node, state: State, walk: Walk) => State;

const steps: { readonly [C in CellName]: Step } = {
  rnn: (x, { h }, { r, gates: [f] }) => ({ h: (f as Gate)(add(x, matmul(h, r))), c: null }),
  gru(x, { h }, { r, bias, gates: [f, g], variant }) {
    const size = h.shape[1] as number;
    const both = (f as Gate)(add(part(x, 0, size, 2), matmul(h, part(r, 0, size, 2))));
    const [z, reset] = [part(both, 0, size), part(both, 1, size)];
    const own = part(r, 2, size);
    const recurrent = variant ? mul(reset, plus(matmul(h, own), bias)) : matmul(mul(reset, h), own);
    const fresh = (g as Gate)(add(part(x, 2, size), recurrent));
    return { h: add(fresh, mul(z, sub(h, fresh))), c: null };
  },
  lstm(x, { h, c }, { r, peepholes, gates: [f, g], free, variant }) {
    const size = h.shape[1] as number;
    const before = c as Node;
    const all = add(x, matmul(h, r));
    const gate = (at: number, peep: number, cell: Node): Node => {
      const looked = peepholes === null ? null : mul(cell, peepholes[peep] as Node);
      return (f as Gate)(plus(part(all, at, size), looked));
    };
    const take = gate(0, 0, before);
    const forget = variant ? sub(num(1, take), take) : gate(2, 2, before);
    const after = add(mul(forget, before), mul(take, (g as Gate)(part(all, 3, size))));
    return { h: mul(gate(1, 1, after), free(after)), c: after };
  },
};

type Gate = (x: Node) => Node;

const plus = (x: Node, y: Node | null): Node => (y === null ? x : add(x, y));

/** As `recurrent`. Throws {@link UnsupportedError} for states that are rounded. */
export function unrolled(name: CellName, inputs: RecurrentInputs, options: RecurrentOptions): RecurrentResults {
  if (options.rounded) {
    throw new UnsupportedError(`${name}: cannot differentiate a layer whose states are rounded`);
  }
  const { projected, steps: given } = project(name, inputs, options);
  const [t, b] = projected.shape as [number, number];
  const [directions, , size] = given.r.shape as [number, number, number];
  const ways = Array.from({ length: directions }, (_, d) => {
    const backwards = options.direction === "reverse" || d === 1;
    return walked(name, projected, given, options, d, backwards);
  });
  const joined = (nodes: readonly Node[]): Node => concat(nodes, 0);
  const ys = ways.map(({ ys }) => reshape(joined(ys), [t, 1, b, size]));
  return {
    y: concat(ys, 1),
    h: reshape(joined(ways.map(({ last }) => last.h)), [directions, b, size]),
    c: name === "lstm" ? reshape(joined(ways.map(({ last }) => last.c as Node)), [directions, b, size]) : null,
  };
}

/** The outputs of a direction in the order of time, each [b, h], and its last state. */
function walked(
  name: CellName,
  projected: Node,
  { r, h, c, bias, peepholes, lengths }: StepInputs,
  { activations, clip, variant }: RecurrentOptions,
  d: number,
  backwards: boolean,
): { ys: Node[]; last: State } {
  const [t, b] = projected.shape as [number, number];
  const [directions, wide, size] = r.shape as [number, number, number];
  const row = (node: Node): Node =>
    reshape(slice(node, [d, 0], [1, node.shape[1] as number]), [node.shape[1] as number]);
  const first = (node: Node | undefined): Node =>
    node === undefined
      ? expand(constant(0, "float32"), [b, size])
      : reshape(slice(node, [d, 0, 0], [1, b, size]), [b, size]);
  const own = activations.slice((d * activations.length) / directions, ((d + 1) * activations.length) / directions);
  const walk: Walk = {
    r: transpose(reshape(slice(r, [d, 0, 0], [1, wide, size]), [wide, size])),
    bias: bias === undefined ? null : row(bias),
    peepholes: peepholes === undefined ? null : [0, 1, 2].map((k) => slice(row(peepholes), [k * size], [size])),
    gates: own.map((each) => (x) => applied(each, clip > 0 ? clamp(x, -clip, clip) : x)),
    free: (x) => applied(own.at(-1) as GateActivation, x),
    variant,
  };
  let state: State = { h: first(h), c: name === "lstm" ? first(c) : null };
  const ys = new Array<Node>(t);
  for (let i = 0; i < t; i++) {
    const time = backwards ? t - 1 - i : i;
    const x = reshape(slice(projected, [time, 0, d * wide], [1, b, wide]), [b, wide]);
    const next = steps[name](x, state, walk);
    if (lengths === undefined) {
      state = next;
      ys[time] = next.h;
      continue;
    }
    const within = lt(constant(time, "int32"), reshape(lengths, [b, 1]));
    ys[time] = where(within, next.h, num(0, next.h));
    state = { h: where(within, next.h, state.h), c: next.c && where(within, next.c, state.c as Node) };
  }
  return { ys, last: state };
}

const applied = ({ name, alpha, beta }: GateActivation, x: Node): Node => {
  const f = functions[name];
  if (f === undefined) throw new UnsupportedError(`recurrent: cannot differentiate ${name}`);
  return f(x, alpha, beta);
};
