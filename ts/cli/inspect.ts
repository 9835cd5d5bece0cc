/** `hebb inspect`: what a model is made of. */
import { type Inspection, inspect as inspectModel, type ValueDescription } from "../formats/onnx/index.ts";
import { type Command, columns } from "./command.ts";
import { loadModel, modelOptions } from "./model.ts";
import { withProgress } from "./progress.ts";
import { shapesOf, standInFeeds } from "./stand-in.ts";

export const inspect: Command = {
  usage: "<model>",
  summary: "inputs, outputs, operators, weights and work of a model, and what hebb cannot run",
  positionals: [1, 1],
  options: {
    shape: { type: "string", short: "s", value: "name=1x3x224x224,…", help: "sizes of inputs that leave some open" },
    json: { type: "boolean", help: "the same as JSON" },
    explain: {
      type: "boolean",
      help: "run it once on made-up inputs and show what became of every node: kernels, fusions, memory",
    },
    device: modelOptions.device,
  },
  async run(args) {
    if (args.values["explain"] === true) {
      const session = await loadModel(args);
      await session.run(await standInFeeds(session, args), { signal: args.signal });
      console.log(session.explain());
      return;
    }
    const source = args.positionals[0] as string;
    const shapes = shapesOf(args);
    const found = await withProgress(source, (onProgress) =>
      inspectModel(source, { signal: args.signal, onProgress, shapes }),
    );
    console.log(args.values["json"] === true ? JSON.stringify(found, null, 2) : report(found));
  },
};

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
