/**
 * Recurrent cells over whole sequences, as ONNX defines RNN, GRU and LSTM.
 *
 * The inputs of all steps are multiplied by their weights at once; the kernel walks the steps. It writes one array,
 * [t + 1 or 2, directions, b, h]: a row a step, then the last output, then an LSTM's last cell; the results are views of it.
 */
import { DTypeError, ShapeError } from "../core/errors.ts";
import { formatShape, type Shape, sameShape } from "../core/shape.ts";
import { Node, type Op } from "../graph/node.ts";
import { add, cast } from "./elementwise.ts";
import { matmul, transpose } from "./matmul.ts";
import { concat, reshape, slice } from "./movement.ts";

export type CellName = "rnn" | "gru" | "lstm";
export type Direction = "forward" | "reverse" | "bidirectional";

/** A function of a gate, in ONNX's numbering of α and β; what a function does not use is 0. */
export interface GateActivation {
  readonly name: string;
  readonly alpha: number;
  readonly beta: number;
}

export interface RecurrentInputs {
  /** [t, b, i] */
  readonly x: Node;
  /** [directions, gates h, i] */
  readonly w: Node;
  /** [directions, gates h, h] */
  readonly r: Node;
  /** [directions, 2 gates h]: the input's biases, then the recurrent ones. */
  readonly bias?: Node | undefined;
  /** [directions, b, h] */
  readonly h?: Node | undefined;
  /** [directions, b, h], LSTM only. */
  readonly c?: Node | undefined;
  /** [directions, 3 h], input, output and forget gate, LSTM only. */
  readonly peepholes?: Node | undefined;
  /** [b], integers: steps of each sequence. */
  readonly lengths?: Node | undefined;
}

export interface RecurrentOptions {
  readonly direction: Direction;
  /** One, two or three functions (RNN, GRU, LSTM) a direction. */
  readonly activations: readonly GateActivation[];
  /** What gates are given is limited to ± clip; 0: not at all. */
  readonly clip: number;
  /** GRU: the recurrent product comes before the reset. LSTM: the forget gate is 1 - the input gate. */
  readonly variant: boolean;
  /** LSTM: h is rounded to 256 values from its least to its greatest, and 0, before it meets R: what 8-bit products read. */
  readonly rounded?: boolean;
}

export interface RecurrentResults {
  /** [t, directions, b, h] */
  readonly y: Node;
  /** [directions, b, h] */
  readonly h: Node;
  /** [directions, b, h], LSTM only. */
  readonly c: Node | null;
}

const op = (name: CellName): Op => ({ name, kind: "kernel", gradient: null });

const cells: { readonly [C in CellName]: { readonly op: Op; readonly gates: number } } = {
  rnn: { op: op("rnn"), gates: 1 },
  gru: { op: op("gru"), gates: 3 },
  lstm: { op: op("lstm"), gates: 4 },
};

/** The ops of this family. */
export const ops: readonly Op[] = Object.values(cells).map((cell) => cell.op);

export function recurrent(name: CellName, inputs: RecurrentInputs, options: RecurrentOptions): RecurrentResults {
  const { projected, steps } = project(name, inputs, options);
  return recurrentSteps(name, projected, steps, options);
}

/** The inputs multiplied by their weights, [t, b, directions gates h], and what the steps read besides. */
export function project(
  name: CellName,
  inputs: RecurrentInputs,
  options: RecurrentOptions,
): { projected: Node; steps: StepInputs } {
  const { x, w, r, bias, h, c, peepholes, lengths } = inputs;
  const { gates } = cells[name];
  const directions = options.direction === "bidirectional" ? 2 : 1;
  const [t = 0, b = 0, i = 0] = x.shape;
  const size = r.shape[2] ?? 0;
  const wide = gates * size;
  const wanted = (what: string, node: Node | undefined, shape: Shape): void => {
    if (node === undefined || sameShape(node.shape, shape)) return;
    throw new ShapeError(
      `${name}: cannot use ${what} ${formatShape(node.shape)} with ${x.shape.length === 3 ? formatShape(x.shape) : "x"}: wanted ${formatShape(shape)}`,
    );
  };
  wanted("x", x, [t, b, i]);
  wanted("w", w, [directions, wide, i]);
  wanted("r", r, [directions, wide, size]);
  wanted("bias", bias, [directions, 2 * wide]);
  wanted("the first h", h, [directions, b, size]);
  wanted("the first c", c, [directions, b, size]);
  wanted("peepholes", peepholes, [directions, 3 * size]);
  wanted("lengths", lengths, [b]);
  for (const node of [x, w, r, bias, h, c, peepholes]) {
    if (node !== undefined && node.dtype !== "float32") {
      throw new DTypeError(`${name}: cannot use ${node.dtype}: wanted float32`);
    }
  }
  const rows = matmul(reshape(x, [t * b, i]), transpose(reshape(w, [directions * wide, i])));
  const split = bias && splitBias(name, bias, size, options.variant);
  const projected = split === undefined ? rows : add(rows, reshape(split.input, [directions * wide]));
  const steps = { r, h, c, peepholes, bias: split?.recurrent, lengths: lengths && cast(lengths, "int32") };
  return { projected: reshape(projected, [t, b, directions * wide]), steps };
}

/** What the steps read besides the inputs' projection; as {@link RecurrentInputs} has them, of the biases the recurrent ones. */
export type StepInputs = Pick<RecurrentInputs, "r" | "h" | "c" | "peepholes" | "bias" | "lengths">;

/** The steps alone, on inputs that were multiplied by their weights: [t, b, directions gates h]. */
export function recurrentSteps(
  name: CellName,
  projected: Node,
  { r, ...optional }: StepInputs,
  options: RecurrentOptions,
): RecurrentResults {
  const [t, b] = projected.shape as [number, number];
  const [directions, , size] = r.shape as [number, number, number];
  const given = Object.entries(optional).filter(([, node]) => node !== undefined);
  const attrs = {
    direction: options.direction,
    activations: options.activations.map(({ name, alpha, beta }) => `${name} ${alpha} ${beta}`).join(","),
    clip: options.clip,
    variant: options.variant,
    rounded: options.rounded === true,
    given: given.map(([key]) => key).join(),
  };
  const states = name === "lstm" ? 2 : 1;
  const shape = [t + states, directions, b, size];
  const nodes = [projected, r, ...given.map(([, node]) => node as Node)];
  const out = new Node(cells[name].op, nodes, attrs, shape, "float32");
  const part = (start: number, count: number): Node => slice(out, [start, 0, 0, 0], [count, ...shape.slice(1)]);
  const state = (at: number): Node => reshape(part(t + at, 1), shape.slice(1));
  return { y: part(0, t), h: state(0), c: name === "lstm" ? state(1) : null };
}

/** Both biases of a gate are one, but for a GRU's new state where the reset comes between them. */
function splitBias(name: CellName, bias: Node, size: number, variant: boolean): { input: Node; recurrent?: Node } {
  const [directions, both] = bias.shape as [number, number];
  const wide = both / 2;
  const part = (start: number, count: number): Node => slice(bias, [0, start], [directions, count]);
  if (name !== "gru" || !variant) return { input: add(part(0, wide), part(wide, wide)) };
  const gates = add(part(0, 2 * size), part(wide, 2 * size));
  return { input: concat([gates, part(2 * size, size)], 1), recurrent: part(wide + 2 * size, size) };
}
