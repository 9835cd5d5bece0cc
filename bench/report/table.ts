/** Results as tables of text: the same cells for the terminal and for Markdown. */
import type { Adapter } from "../hosts/adapter.ts";
import type { Entry } from "../lanes/rounds.ts";
import { adapterNote, choiceCell, shareCells } from "./adapter.ts";
import { isMeasured, isRight, judge, judgeMean, type Ratio, type Verdict } from "./judge.ts";
import type { Page, Report, Result, RowResult, Timed } from "./result.ts";

export interface Table {
  readonly title: string;
  readonly note: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Three significant digits. */
export function digits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value.toPrecision(value >= 10 ? 3 : 2);
}

function cellOf(entry: Entry | undefined, unit: "ms" | "µs", flops: number | null): string {
  if (entry === undefined) return "";
  if (!isMeasured(entry)) return "—";
  const time = digits(entry.median * (unit === "µs" ? 1000 : 1));
  const speed = flops === null ? "" : ` (${digits(flops / entry.median / 1e6)})`;
  return `${time}${speed}${isRight(entry) ? "" : " ≠"}`;
}

const ratioText = (ratio: Ratio | null): string =>
  ratio === null ? "" : `${digits(ratio.median)}× (${digits(ratio.least)}×)`;

function rowCells(row: RowResult, names: readonly string[], unit: "ms" | "µs", adapter?: Adapter): string[] {
  const verdict = judge(row);
  return [
    row.name,
    ...names.map((name) =>
      cellOf(
        row.entries.find((entry) => entry.name === name),
        unit,
        row.flops,
      ),
    ),
    ...(adapter === undefined
      ? verdictCells(verdict)
      : [ratioText(verdict.web), ...shareCells(row, adapter), choiceCell(row)]),
  ];
}

function verdictCells({ web, native, targets }: Verdict): string[] {
  const marks = targets.map(({ text, reached }) => `${text}${reached === null ? "" : reached ? " ✓" : " ✗"}`);
  return [ratioText(web), ratioText(native), marks.join(", ")];
}

/** A mean has a line where more than one of its rows was measured. */
function meanLines({ rows, means }: Timed, names: readonly string[]): string[][] {
  return means.flatMap((mean) => {
    const { count, ...verdict } = judgeMean(mean, rows);
    return count < 2 ? [] : [[`${mean.name} (${count})`, ...names.map(() => ""), ...verdictCells(verdict)]];
  });
}

/** Why a contestant is missing from a row: each reason once. */
function reasonsOf({ rows, missing }: Timed): string {
  const lines = new Map<string, string[]>();
  for (const { name, entries } of rows) {
    for (const entry of entries) {
      if (isMeasured(entry)) continue;
      const line = `${entry.name}: ${entry.reason}`;
      lines.set(line, [...(lines.get(line) ?? []), name]);
    }
  }
  const refusals = [...lines].map(([line, names]) => `— ${line} (${names.join("; ")})`);
  return [...refusals, ...missing.map((file) => `— not measured: ${file} is not here`)].join("\n");
}

const shares = ["hebb of peak arithmetic", "hebb of peak bandwidth", "auto ÷ better device"];

export function tableOf(result: Result): Table {
  if (result.kind === "plain") return result;
  const names = [...new Set(result.rows.flatMap(({ entries }) => entries.map(({ name }) => name)))];
  const unit = result.unit === "ms" ? "ms" : "µs";
  const { adapter } = result;
  const speed = result.rows.some(({ flops }) => flops !== null) ? " (GFLOP/s of the plain sum)" : "";
  return {
    title: `${result.title}, ${result.engine}`,
    note: [
      adapter === undefined ? "" : adapterNote(adapter),
      `Median ${unit}${speed}; ratios of medians (of least times).`,
      reasonsOf(result),
    ]
      .filter((line) => line !== "")
      .join("\n"),
    header: ["", ...names, "best web ÷ hebb", ...(adapter === undefined ? ["hebb ÷ best native", "target"] : shares)],
    rows: [...result.rows.map((row) => rowCells(row, names, result.unit, adapter)), ...meanLines(result, names)],
  };
}

function widthsOf({ header, rows }: Table): number[] {
  return header.map((cell, i) => Math.max(cell.length, ...rows.map((row) => (row[i] ?? "").length)));
}

export function terminalText(table: Table): string {
  const widths = widthsOf(table);
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  ");
  return [`\n${table.title}`, table.note, line(table.header), ...table.rows.map(line)].join("\n");
}

export function markdownText({ title, note, header, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = `|${header.map((_, i) => (i === 0 ? "---" : "--:")).join("|")}|`;
  return [`## ${title}`, note.replaceAll("\n", "\n\n"), [line(header), rule, ...rows.map(line)].join("\n")].join(
    "\n\n",
  );
}

/** How the numbers came about: on one core, and on a GPU. */
const methods = {
  core: (
    rounds: number,
  ): string => `Everything runs on one core. In each of ${rounds} rounds every contestant works in turn, so what disturbs the machine
disturbs all of them: ratios of one table can be relied on, times of different days cannot. Every result is compared with
that of the native runtime; ≠ marks one that differs by more than a thousandth of its greatest value, which then counts for
nothing. Operands lie in each runtime's own memory where it lets them, and the work ends where the result can be used.`,
  gpu: (
    rounds: number,
  ): string => `In each of ${rounds} rounds every contestant works in turn on the same adapter. A run of an operation ends at a fence,
the same for all (\`queue.onSubmittedWorkDone()\`), its operands and its result staying on the GPU; a run of a model or of a
training step ends where the result or the loss is on the host. Every result is compared with that of hebb's wasm device,
which stands beside; ≠ marks one that differs by more than a thousandth of its greatest value, which then counts for nothing.
\`auto\` is hebb with \`device: "auto"\`, measured once its choice stands; the last column has the median, over the rounds, of its
time by that of the better of both devices in the same round, and 5 rounds or more tell whether it is within 5 %.`,
  threads: (
    rounds: number,
  ): string => `In each of ${3 * rounds} short rounds hebb works with one thread and with two, in turn, each in a process or a page of its own, so
what disturbs the machine disturbs both. Both have run often enough before to know which commands are worth sharing.`,
} as const;

/** How a page is called, and made. */
const titles: { readonly [page in Page]: string } = {
  ops: "Operations",
  quantized: "Quantised operations",
  models: "Whole models",
  light: "Light models",
  training: "Training steps",
  calls: "One call",
  startup: "Start-up",
  size: "Size",
  memory: "Memory",
  share: "Share of TypeScript",
  edge: "Edge functions",
  threads: "Threads",
  ladder: "Ladder of products",
  webgpu: "WebGPU",
};

export function reportMarkdown({ page, machine, versions, rounds, results }: Report): string {
  const gpu = page === "webgpu";
  const intro = `# ${titles[page]}

Made by \`npm run bench -- ${gpu ? "--webgpu" : `--only ${page}`} --write\`. ${machine}. ${versions.join("; ")}.

${methods[gpu ? "gpu" : page === "threads" ? "threads" : "core"](rounds)}`;
  return `${[intro, ...results.map((result) => markdownText(tableOf(result)))].join("\n\n")}\n`;
}
