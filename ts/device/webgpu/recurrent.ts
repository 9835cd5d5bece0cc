/** Lowers recurrent cells to shaders/recurrent.wgsl: its optional inputs, and the functions of its gates as text. */
import recurrentText from "../../../shaders/recurrent.wgsl";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { UnsupportedError } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import { checkOutput, type Dispatch, dispatchWork } from "./dispatch.ts";
import { type Context, scratch } from "./operands.ts";

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

export function recurrent(kernel: OpKernel, context: Context): Dispatch[] {
  const { op, output } = kernel;
  const [x, r, ...rest] = kernel.inputs as [Operand, Operand, ...Operand[]];
  const { direction, clip, variant, given } = kernel.attrs as Record<string, string | number | boolean>;
  const gates = gatesOf[op] as number;
  const [t, b] = x.shape as [number, number, number];
  const [directions, h] = [output.shape[1] as number, output.shape[3] as number];
  if (kernel.attrs["rounded"] === true) {
    throw new UnsupportedError(`${op}: cannot round what meets R on the webgpu device: wanted the wasm device`);
  }
  if (sizeOf(output.shape) === 0) return [];
  checkOutput(op, output);
  const { context: own, parts } = scratch(context, ["float32", directions * b * (gates + 1) * h]);
  const [gate] = parts;
  const names = String(given).split(",");
  const optional = Object.fromEntries(names.map((name, i) => [name, rest[i]]));
  const work = {
    text: recurrentText,
    count: directions * b,
    each: 1,
    reads: { x, r, gate, state: output, ...(rest.length > 0 ? optional : {}) },
    writes: { pre: gate, y: output },
    numbers: {
      t,
      b,
      h,
      backwards: direction === "reverse" ? 1 : direction === "bidirectional" ? 2 : 0,
      clip: { f32: clip as number },
    },
    constants: { gates, variant: Number(variant) },
    sections: {
      absent: Object.entries(absent)
        .flatMap(([name, text]) => (rest.length > 0 && names.includes(name) ? [] : [text]))
        .join("\n"),
      activations: printActivations(op, String(kernel.attrs["activations"]).split(","), directions),
    },
  };
  return [dispatchWork(kernel, own, work)];
}
