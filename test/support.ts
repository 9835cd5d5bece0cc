/**
 * What works, found out by building the table of ops and lowering it for every device: nothing is computed here, the
 * tests of the same table do that. docs/support.md and a part of README.md are printed from it (scripts/support.mjs).
 */

import type { Kernel } from "../ts/compiler/kernel.ts";
import { type DType, dtypes } from "../ts/core/dtype.ts";
import { UnsupportedError } from "../ts/core/errors.ts";
import { CommandWriter } from "../ts/device/wasm/command.ts";
import { loadFullRows, lower as lowerWasm } from "../ts/device/wasm/lower.ts";
import { loadModelRows, lower as lowerWebgpu } from "../ts/device/webgpu/lower.ts";
import { contextOf } from "../ts/device/webgpu/operands.ts";
import { graphKey } from "../ts/graph/key.ts";
import { type Node, type Op, type OpKind, topological } from "../ts/graph/node.ts";
import * as hebb from "../ts/index.ts";
import { vocabulary } from "../ts/ops/vocabulary.ts";
import { compile } from "./compiler/compiled.ts";
import { type Case, valuesOf } from "./ops/case.ts";
import { table } from "./ops/table.ts";

export type DeviceName = "wasm" | "webgpu";

/** One op, and what the table of cases shows of it. */
export interface Support {
  readonly op: Op;
  /** Cases whose values or gradients hold the op. */
  readonly cases: ReadonlySet<string>;
  /** Cases that are checked against finite differences through the op's gradient. */
  readonly differentiated: ReadonlySet<string>;
  /** Why a device cannot run it, by device; null where it can, undefined where nothing reached it. */
  readonly devices: { readonly [D in DeviceName]: string | null | undefined };
}

/** Kinds whose ops are gone before a device sees a kernel, so that every device has them. */
const compiled: ReadonlySet<OpKind> = new Set(["leaf", "constant", "view", "join"]);
export const isCompiled = (op: Op): boolean => compiled.has(op.kind) || op.decompose !== undefined;

interface Entry {
  readonly op: Op;
  readonly cases: Set<string>;
  readonly differentiated: Set<string>;
  readonly devices: { [D in DeviceName]: string | null | undefined };
}

/** Builds every case and its gradients, and lowers them. */
export function supportOf(cases: readonly Case[] = table): Support[] {
  const entries = new Map<string, Entry>(
    vocabulary.map((op) => [
      op.name,
      { op, cases: new Set(), differentiated: new Set(), devices: { wasm: undefined, webgpu: undefined } },
    ]),
  );
  const entry = (name: string): Entry => {
    const found = entries.get(name);
    if (found === undefined) throw new Error(`support: cannot count ${name}: it is not in ts/ops/vocabulary.ts`);
    return found;
  };
  for (const item of cases) {
    const roots = rootsOf(item, (name) => entry(name).differentiated.add(item.name));
    for (const { op } of topological(roots)) entry(op.name).cases.add(item.name);
    lowered(roots, (device, name, why) => {
      const { devices } = entry(name);
      // One case that runs is enough: others may ask for dtypes that the device does not hold.
      devices[device] = devices[device] === null ? null : why;
    });
  }
  return [...entries.values()];
}

/** The nodes that the test of a case asks for. `differentiated` hears whose gradients were taken. */
function rootsOf(item: Case, differentiated: (op: string) => void): Node[] {
  const inputs = item.inputs.map((input) =>
    hebb.tensor(valuesOf(input), { shape: input.shape, dtype: input.dtype ?? "float32" }),
  );
  const { node } = item.run(hebb, ...inputs);
  if (item.gradient === false) return [node];
  const wanted = item.gradient ?? item.inputs.flatMap(({ dtype = "float32" }, i) => (dtypes[dtype].float ? [i] : []));
  const restore = overhear(differentiated);
  try {
    const objective = (...x: hebb.Tensor[]): hebb.Tensor =>
      item
        .run(hebb, ...inputs.map((input, i) => (wanted.includes(i) ? (x[wanted.indexOf(i)] as hebb.Tensor) : input)))
        .sum();
    const { grads } = hebb.valueAndGrad(objective)(...wanted.map((i) => inputs[i] as hebb.Tensor));
    return [node, ...grads.map((gradient) => gradient.node)];
  } finally {
    restore();
  }
}

/** Calls `heard` whenever a gradient flows through an op, until the function that it returns is called. */
function overhear(heard: (op: string) => void): () => void {
  const kept = vocabulary.map((op) => op.gradient);
  vocabulary.forEach((op, i) => {
    const own = kept[i] as Op["gradient"];
    if (typeof own !== "function") return;
    (op as { gradient: Op["gradient"] }).gradient = (dy, node) => {
      const parts = own(dy, node);
      if (parts.some((part) => part !== null)) heard(op.name);
      return parts;
    };
  });
  return () => {
    vocabulary.forEach((op, i) => {
      (op as { gradient: Op["gradient"] }).gradient = kept[i] as Op["gradient"];
    });
  };
}

await loadFullRows();
await loadModelRows();

type Report = (device: DeviceName, op: string, why: string | null) => void;

/** Compiles roots and lowers every kernel for both devices. */
function lowered(roots: readonly Node[], report: Report): void {
  const wanted = roots.filter(({ source }) => source === null).map((node) => ({ node }));
  const compiled = compile(wanted, graphKey(wanted).leaves, { operands: 32, instructions: 64 });
  const context = contextOf(compiled, {
    page: 2 ** 27,
    storageBuffers: 8,
    subgroup: 1,
    software: false,
    packedDot: false,
  });
  for (const kernel of compiled.schedule.kernels) {
    const tries: readonly (readonly [DeviceName, () => unknown])[] = [
      ["wasm", () => lowerWasm(kernel, new CommandWriter())],
      ["webgpu", () => lowerWebgpu(kernel, context)],
    ];
    for (const [device, lower] of tries) {
      const why = refusal(lower);
      if (kernel.kind !== "map") report(device, kernel.op, why);
      if (why === null) for (const op of instructionsOf(kernel)) report(device, op, null);
    }
  }
}

function refusal(lower: () => unknown): string | null {
  try {
    lower();
    return null;
  } catch (error) {
    if (error instanceof UnsupportedError) return error.message;
    throw error;
  }
}

function instructionsOf(kernel: Kernel): string[] {
  const maps = kernel.kind === "map" ? kernel.programs : kernel.kind === "reduce" ? [kernel.input] : [];
  const epilogue = kernel.kind === "map" || kernel.epilogue === null ? [] : [kernel.epilogue];
  return [...maps, ...epilogue].flatMap(({ instructions }) => instructions.map(({ op }) => op));
}

const families: readonly (readonly [title: string, kinds: readonly OpKind[]])[] = [
  ["elementwise", ["elementwise"]],
  ["views and joins", ["view", "join"]],
  ["reductions", ["reduce"]],
  ["kernels of their own", ["kernel"]],
];

const runs = ({ op, devices }: Support, device: DeviceName): boolean =>
  isCompiled(op) || op.compose !== undefined || devices[device] === null;

/** Ops that a device cannot run. */
export function missing(support: readonly Support[], device: DeviceName): string[] {
  return support.filter((row) => !runs(row, device)).map(({ op }) => op.name);
}

const familyOf = (support: readonly Support[], kinds: readonly OpKind[]): Support[] =>
  support.filter(({ op }) => kinds.includes(op.kind));

const line = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;

/** The part of README.md between its marks. */
export function summary(support: readonly Support[]): string {
  const rows = families.map(([title, kinds]) => {
    const own = familyOf(support, kinds);
    const cases = new Set(own.flatMap((row) => [...row.cases]));
    const count = (test: (row: Support) => boolean): number => own.filter(test).length;
    return line([
      title,
      own.length,
      count(({ op }) => typeof op.gradient === "function"),
      count((row) => runs(row, "wasm")),
      count((row) => runs(row, "webgpu")),
      cases.size,
    ]);
  });
  return [
    line(["family", "ops of the graph", "with a gradient", "on wasm", "on WebGPU", "cases"]),
    line(["---", "---:", "---:", "---:", "---:", "---:"]),
    ...rows,
    "",
    `Element types: ${Object.keys(dtypes).join(", ")}. Not on WebGPU yet: ${missing(support, "webgpu").join(", ")}.`,
  ].join("\n");
}

/** The text of docs/support.md. */
export function report(support: readonly Support[]): string {
  const sections = families.map(([title, kinds]) => {
    const rows = familyOf(support, kinds).map((row) => {
      const { op, cases, differentiated } = row;
      const place = (device: DeviceName): string => (runs(row, device) ? "✓" : "no");
      const differentiable = typeof op.gradient === "function";
      const gradient = op.gradient === null ? "none" : differentiable ? "✓" : "no";
      const checked = differentiable ? differentiated.size : "";
      return line([`\`${op.name}\``, gradient, place("wasm"), place("webgpu"), cases.size, checked]);
    });
    return [
      `## ${title[0]?.toUpperCase()}${title.slice(1)}`,
      "",
      line(["op", "gradient", "wasm", "WebGPU", "cases", "of them through its gradient"]),
      line(["---", "---", "---", "---", "---:", "---:"]),
      ...rows,
    ].join("\n");
  });
  return `# What works

Printed by \`node scripts/support.mjs\` from the vocabulary of the graph (\`ts/ops/vocabulary.ts\`) and the table of cases
(\`test/ops/table.ts\`); \`test/completeness.test.ts\` fails when it is stale.

Every case is computed on wasm, in both builds of the kernels, in Node and in Chromium, with its inputs stored in four
ways, and held to a float64 oracle; its gradients are held to finite differences of that oracle. On WebGPU the values of the
table are held to the same oracle, and further cases to wasm (\`test/device/webgpu-cases.ts\`).

*none*: the function has no gradient (integers, comparisons, steps). *no*: there is no rule for the
gradient, or the device has no kernel, and an \`UnsupportedError\` says so. Views and joins are the compiler's: a view is
folded into the kernel that reads it, a join is written in place or copied. \`relu\` runs as \`maximum\`; what is not listed here (\`gelu\`, \`var\`, \`crossEntropy\` …) is made
of what is.

Element types: ${dtypeList()}.

${sections.join("\n\n")}
`;
}

function dtypeList(): string {
  return (Object.keys(dtypes) as DType[]).map((name) => `\`${name}\` (${8 * dtypes[name].bytes} bits)`).join(", ");
}
