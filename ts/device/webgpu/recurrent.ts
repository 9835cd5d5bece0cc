/** Lowers recurrent cells to shaders/recurrent.wgsl: its optional inputs, and the functions of its gates as text. */
import recurrentText from "../../../shaders/recurrent.wgsl";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { UnsupportedError } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import { checkOutput, type Dispatch, dispatchWork } from "./dispatch.ts";
import { type Context, scratch, unlessTooMany } from "./operands.ts";

const gatesOf: { readonly [op: string]: number } = { rnn: 1, gru: 3, lstm: 4 };

/** Functions of x, α and β. */
const activations: { readonly [name: string]: (a: string, b: string) => string } = {
  sigmoid: () => "sigmoidf(x)",
  tanh: () => "tanhf(x)",
  relu: () => "maximum(x, 0.0)",
  affine: (a, b) => `${a} * x + ${b}`,
  leakyRelu: (a) => `select(x, ${a} * x, x < 0.0)`,
  thresholdedRelu: (a) => `select(0.0, x, x > ${a})`,
  scaledTanh: (a, b) => `${a} * tanhf(${b} * x)`,
  hardSigmoid: (a, b) => `maximum(minimum(${a} * x + ${b}, 1.0), 0.0)`,
  elu: (a) => `select(x, ${a} * expm1f(x), x < 0.0)`,
  softsign: () => "x / (1.0 + abs(x))",
  // ln(1 + eˣ) = max(x, 0) + ln(1 + e^-|x|)
  softplus: () => "maximum(x, 0.0) + log1pf(expf(-abs(x)))",
};

/** What stands for inputs that are not given. */
const absent: { readonly [name: string]: string } = {
  ...Object.fromEntries(
    ["h", "c", "peepholes", "bias"].map((name) => [name, `fn read_${name}(i: i32) -> f32 { return 0.0; }`]),
  ),
  lengths: "fn read_lengths(i: i32) -> i32 { return run.t; }",
};

const literal = (number: string | undefined): string => `f32(${Number(number)})`;

function printActivation(op: string, written: string): string {
  const [name = "", alpha, beta] = written.split(" ");
  const print = activations[name];
  if (print === undefined) throw new UnsupportedError(`${op}: cannot use ${name}: the webgpu device has no such gate`);
  return print(literal(alpha), literal(beta));
}

/** The functions of the gates; a direction has as many as its cell knows. */
function printActivations(op: string, list: readonly string[], directions: number): string {
  const own = list.length / directions;
  const of = (d: number, i: number): string => printActivation(op, list[d * own + Math.min(i, own - 1)] as string);
  return ["f", "g", "k"]
    .map((name, i) => {
      const [forwards, back] = [of(0, i), of(directions - 1, i)];
      const other = forwards === back ? "" : `if (d == 1) { return ${back}; } `;
      return `fn activate_${name}(x: f32, d: i32) -> f32 { ${other}return ${forwards}; }`;
    })
    .join("\n");
}

/** Steps of items, those of one direction where there are two. */
interface Steps {
  readonly from: number;
  readonly to: number;
  /** Whether they are the first, which begin with the given state. */
  readonly begin: boolean;
  readonly direction: 0 | 1 | null;
}

/** Less at once, one after the other: directions, then the first and the further steps of one. */
function halvesOf(steps: Steps, directions: number, backwards: (direction: 0 | 1) => boolean): Steps[] | null {
  const { from, to, direction, begin } = steps;
  if (direction === null && directions === 2) return ([0, 1] as const).map((d) => ({ ...steps, direction: d }));
  if (to - from < 2) return null;
  const middle = (from + to) >> 1;
  const [early, late]: Steps[] = [
    { ...steps, to: middle },
    { ...steps, from: middle },
  ];
  const order = backwards(direction ?? 0) ? [late, early] : [early, late];
  return (order as Steps[]).map((half, i) => ({ ...half, begin: begin && i === 0 }));
}

export function recurrent(kernel: OpKernel, context: Context): Dispatch[] {
  const { op, output } = kernel;
  const [x, r, ...rest] = kernel.inputs as [Operand, Operand, ...Operand[]];
  const { direction, clip, variant, given } = kernel.attrs as Record<string, string | number | boolean>;
  const gates = gatesOf[op] as number;
  const [t, b, ...own] = x.shape as [number, number, ...number[]];
  const [directions, h] = [output.shape[1] as number, output.shape[3] as number];
  if (kernel.attrs["rounded"] === true) {
    throw new UnsupportedError(`${op}: cannot round what meets R on the webgpu device: wanted the wasm device`);
  }
  if (sizeOf(output.shape) === 0) return [];
  checkOutput(op, output);
  const items = directions * b;
  const room = scratch(context, ["float32", items * (gates + 1) * h]);
  const [gate] = room.parts;
  const names = String(given).split(",");
  const optional = Object.fromEntries(names.map((name, i) => [name, rest[i]]));
  const backwards = direction === "reverse" ? 1 : direction === "bidirectional" ? 2 : 0;
  const sections = {
    absent: Object.entries(absent)
      .flatMap(([name, text]) => (rest.length > 0 && names.includes(name) ? [] : [text]))
      .join("\n"),
    activations: printActivations(op, String(kernel.attrs["activations"]).split(","), directions),
  };
  const rows = (from: number, length: number): Operand => window(output, from * items * h, [length, items * h]);
  const state = rows(t, gates === 4 ? 2 : 1);
  const dispatch = ({ from, to, direction: one, begin }: Steps): Dispatch =>
    dispatchWork(kernel, room.context, {
      text: recurrentText,
      count: one === null ? items : b,
      each: 1,
      reads: {
        x: window(x, from * b * sizeOf(own), [to - from, b * sizeOf(own)]),
        ...{ r, gate, held: state },
        ...(rest.length > 0 ? optional : {}),
      },
      writes: { pre: gate, state, y: rows(from, to - from) },
      numbers: {
        ...{ t, b, h, items, backwards },
        first: (one ?? 0) * b,
        since: from,
        steps: to - from,
        begin: Number(begin),
        clip: { f32: clip as number },
      },
      constants: { gates, variant: Number(variant) },
      sections,
    });
  const lowered = (steps: Steps): Dispatch[] => {
    const whole = unlessTooMany(() => dispatch(steps));
    if (whole !== null) return [whole];
    const halves = halvesOf(steps, directions, (d) => ((backwards >> d) & 1) === 1);
    return halves?.flatMap(lowered) ?? [dispatch(steps)];
  };
  return lowered({ from: 0, to: t, begin: true, direction: null });
}

/** A contiguous part of a contiguous operand. */
const window = (operand: Operand, from: number, [rows, length]: readonly [number, number]): Operand => ({
  ...operand,
  offset: operand.offset + from,
  shape: [rows, length],
  strides: [length, 1],
});
