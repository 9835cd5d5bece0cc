/** `hebb inspect`: what a model is made of. */
import { type Inspection, inspect as inspectModel, type ValueDescription } from "../formats/onnx/index.ts";
import { type Arguments, type Command, columns, UsageError } from "./command.ts";
import { withProgress } from "./progress.ts";

export const inspect: Command = {
  usage: "<model>",
  summary: "inputs, outputs, operators, weights and work of a model, and what hebb cannot run",
  positionals: [1, 1],
  options: {
    shape: { type: "string", short: "s", value: "name=1x3x224x224,…", help: "sizes of inputs that leave some open" },
    json: { type: "boolean", help: "the same as JSON" },
  },
  async run(args) {
    const source = args.positionals[0] as string;
    const shapes = shapesOf(args);
    const found = await withProgress(source, (onProgress) =>
      inspectModel(source, { signal: args.signal, onProgress, shapes }),
    );
    console.log(args.values["json"] === true ? JSON.stringify(found, null, 2) : report(found));
  },
};

/** The shapes of the option `shape`. */
export function shapesOf({ values }: Arguments): Record<string, number[]> {
  const text = values["shape"];
  if (text === undefined) return {};
  return Object.fromEntries(
    String(text)
      .split(",")
      .map((part) => {
        const at = part.lastIndexOf("=");
        const sizes = part.slice(at + 1).split("x");
        if (at > 0 && sizes.every((size) => /^\d+$/.test(size))) return [part.slice(0, at), sizes.map(Number)];
        throw new UsageError(`--shape: cannot use ${part}: wanted a name, = and sizes with x between`);
      }),
  );
}

function report(found: Inspection): string {
  const { producer, inputs, outputs, opsets, operators, parameters, bytes, flops, unknown, unsupported } = found;
  const versions = Object.entries(opsets).map(([domain, version]) => `${domain} ${version}`);
  const values = (title: string, list: readonly ValueDescription[]): string[] => [
    "",
    title,
    columns(list.map(({ name, kind, dtype, shape }) => [`  ${name}`, typeText(kind, dtype, shape)])),
  ];
  const rows = operators.map(({ name, count, flops: own }) => [
    `  ${name}`,
    String(count),
    flops === null ? "" : amount(own),
    flops ? `${((100 * own) / flops).toFixed(1)} %` : "",
  ]);
  const nodes = operators.reduce((sum, { count }) => sum + count, 0);
  return [
    ...(producer === "" ? [] : [`made by    ${producer}`]),
    `opsets     ${versions.join(", ")}`,
    `weights    ${amount(parameters)} values, ${amount(bytes)}B`,
    `work       ${flops === null ? `not known: ${unknown} (--shape says what open sizes are; 1 otherwise)` : `${amount(flops)}FLOP a run, open sizes taken as 1`}`,
    ...values("inputs", inputs),
    ...values("outputs", outputs),
    "",
    `${nodes} nodes`,
    columns([["  operator", "nodes", "FLOP", "part"], ...rows], [1, 2, 3]),
    "",
    unsupported.length === 0
      ? "hebb runs all of them"
      : `hebb cannot run:\n${unsupported.map((name) => `  ${name}`).join("\n")}`,
  ].join("\n");
}

function typeText(kind: string, dtype: string | undefined, shape: ValueDescription["shape"]): string {
  const sizes = shape === undefined ? "of any shape" : `[${shape.map((size) => size ?? "?").join(", ")}]`;
  return `${kind === "tensor" ? "" : `${kind} of `}${dtype ?? "any dtype"} ${sizes}`;
}

/** A count in thousands of thousands. */
export function amount(count: number): string {
  const units = ["", "k", "M", "G", "T"];
  let unit = 0;
  for (let rest = count; rest >= 1000 && unit < units.length - 1; rest /= 1000) unit++;
  return `${unit === 0 ? count : (count / 1000 ** unit).toFixed(2)} ${units[unit]}`;
}
