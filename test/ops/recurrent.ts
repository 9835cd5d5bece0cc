import { concat, type Tensor } from "../../ts/index.ts";
import { hostLeaf } from "../../ts/ops/leaf.ts";
import {
  type CellName,
  recurrent as cellOf,
  type GateActivation,
  type RecurrentInputs,
} from "../../ts/ops/recurrent.ts";
import { unrolled } from "../../ts/ops/recurrent-unrolled.ts";
import { approx, type Case, type Input } from "./case.ts";
import { type Recurrence, type RecurrentArrays, recurrentOracle } from "./recurrent-oracle.ts";

const act = (name: string, alpha = 0, beta = 0): GateActivation => ({ name, alpha, beta });
const usual: { readonly [C in CellName]: readonly GateActivation[] } = {
  rnn: [act("tanh")],
  gru: [act("sigmoid"), act("tanh")],
  lstm: [act("sigmoid"), act("tanh"), act("tanh")],
};

interface Sizes {
  readonly t: number;
  readonly b: number;
  readonly i: number;
  readonly h: number;
}

type Optional = "bias" | "h" | "c" | "peepholes";

/** A case whose inputs are x, w, r and those that are named. */
function row(
  name: string,
  { t, b, i, h }: Sizes,
  given: readonly Optional[],
  options: Partial<Recurrence> & { readonly cell: CellName },
  layer: typeof cellOf = cellOf,
): Case {
  const backwards = options.backwards ?? [false];
  const directions = backwards.length;
  const gates = { rnn: 1, gru: 3, lstm: 4 }[options.cell];
  const own = options.activations ?? usual[options.cell];
  const recurrence: Recurrence = {
    ...options,
    backwards,
    activations: Array.from({ length: directions }, () => own).flat(),
  };
  const { clip = 0, variant = false, lengths } = recurrence;
  const shapes: { readonly [O in Optional]: readonly number[] } = {
    bias: [directions, 2 * gates * h],
    h: [directions, b, h],
    c: [directions, b, h],
    peepholes: [directions, 3 * h],
  };
  const input = (shape: readonly number[], phase: number): Input => ({ shape, low: -0.8, high: 0.8, phase });
  const named = <T>(xs: readonly T[]): { x: T; w: T; r: T } & { [O in Optional]?: T | undefined } => {
    const [x, w, r, ...rest] = xs as [T, T, T, ...T[]];
    return { x, w, r, ...Object.fromEntries(given.map((key, at) => [key, rest[at]])) };
  };
  return {
    name: `${options.cell} ${name}`,
    inputs: [
      input([t, b, i], 0),
      input([directions, gates * h, i], 0.3),
      input([directions, gates * h, h], 0.7),
      ...given.map((key, at) => input(shapes[key], 0.1 + 0.2 * at)),
    ],
    run: ({ Tensor }, ...xs) => {
      const nodes = named(xs.map(({ node }) => node)) as RecurrentInputs;
      const results = layer(
        options.cell,
        { ...nodes, lengths: lengths && hostLeaf(Int32Array.from(lengths), [b], "int32") },
        {
          direction: directions === 2 ? "bidirectional" : backwards[0] ? "reverse" : "forward",
          activations: recurrence.activations,
          clip,
          variant,
        },
      );
      const state = (node: typeof results.h): Tensor => new Tensor(node).unsqueeze(0);
      return concat([new Tensor(results.y), state(results.h), ...(results.c ? [state(results.c)] : [])], 0);
    },
    oracle: (...xs) => recurrentOracle(named(xs) as RecurrentArrays, recurrence),
    ...(layer === cellOf ? { gradient: false as const } : {}),
    tolerance: approx,
  };
}

const small: Sizes = { t: 5, b: 1, i: 3, h: 4 };
const odd: Sizes = { t: 4, b: 3, i: 5, h: 7 };
const large: Sizes = { t: 3, b: 1, i: 40, h: 53 };
const all: readonly GateActivation[] = [
  act("relu"),
  act("affine", 0.7, 0.1),
  act("leakyRelu", 0.1),
  act("thresholdedRelu", 0.3),
  act("scaledTanh", 0.8, 1.3),
  act("hardSigmoid", 0.3, 0.4),
  act("elu", 0.9),
  act("softsign"),
  act("softplus"),
];

/** Layers as the ops of their formulas, which have gradients. */
const tiny: Sizes = { t: 3, b: 2, i: 2, h: 2 };
const differentiable = (
  name: string,
  given: readonly Optional[],
  options: Partial<Recurrence> & { readonly cell: CellName },
): Case => row(`unrolled, ${name}`, tiny, given, options, unrolled);

export const recurrent: readonly Case[] = [
  ...all.map((activation) => differentiable(`of ${activation.name}`, [], { cell: "rnn", activations: [activation] })),
  differentiable("in both directions", ["bias", "h"], { cell: "rnn", backwards: [false, true], lengths: [3, 1] }),
  differentiable("plain", ["bias", "h"], { cell: "gru", backwards: [true] }),
  differentiable("linear before its reset", ["bias", "h"], { cell: "gru", backwards: [false, true], variant: true }),
  differentiable("with lengths", [], { cell: "gru", lengths: [2, 0] }),
  differentiable("plain", ["bias", "h", "c"], { cell: "lstm" }),
  differentiable("with all", ["bias", "h", "c", "peepholes"], {
    cell: "lstm",
    backwards: [false, true],
    lengths: [1, 3],
  }),
  differentiable("clipped, with coupled gates", ["peepholes"], { cell: "lstm", variant: true, clip: 0.9 }),
  row("of one row", small, [], { cell: "rnn" }),
  row("of a batch in both directions", odd, ["bias", "h"], { cell: "rnn", backwards: [false, true] }),
  row("with lengths", odd, ["bias", "h"], { cell: "rnn", backwards: [false, true], lengths: [4, 1, 3] }),
  ...all.map((activation) => row(`of ${activation.name}`, odd, ["bias"], { cell: "rnn", activations: [activation] })),
  row("clipped", odd, ["bias"], { cell: "rnn", clip: 0.5 }),
  row("of one row", small, ["bias"], { cell: "gru" }),
  row("of one wide row", large, ["bias", "h"], { cell: "gru", backwards: [true] }),
  row("of a batch in both directions", odd, ["bias", "h"], { cell: "gru", backwards: [false, true] }),
  row("linear before its reset", odd, ["bias", "h"], { cell: "gru", variant: true }),
  row("linear before its reset without bias", small, ["h"], { cell: "gru", variant: true }),
  row("with lengths", odd, ["h"], { cell: "gru", backwards: [false, true], lengths: [2, 4, 0] }),
  row("clipped, of other functions", odd, [], {
    cell: "gru",
    activations: [act("hardSigmoid", 0.2, 0.5), act("softsign")],
    clip: 0.6,
  }),
  row("of one row", small, ["bias", "h", "c"], { cell: "lstm" }),
  row("of one wide row", large, ["bias", "h", "c"], { cell: "lstm" }),
  row("of a batch in both directions", odd, ["bias", "h", "c"], { cell: "lstm", backwards: [false, true] }),
  row("backwards, without state", odd, [], { cell: "lstm", backwards: [true] }),
  row("with peepholes", odd, ["bias", "h", "c", "peepholes"], { cell: "lstm", backwards: [false, true] }),
  row("with coupled gates", odd, ["bias", "c"], { cell: "lstm", variant: true }),
  row("with lengths", odd, ["bias", "h", "c"], { cell: "lstm", backwards: [false, true], lengths: [1, 4, 2] }),
  row("clipped, with peepholes", small, ["bias", "h", "c", "peepholes"], { cell: "lstm", clip: 0.4 }),
];
