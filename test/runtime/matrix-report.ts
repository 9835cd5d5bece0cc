/** The matrix as a table: of a run in the terminal, and of all that ran in docs/engines.md. */
import type { Row } from "./engines.ts";
import { lenetHash, type Suite, type Verdict } from "./suites.ts";

/** What came of a suite in an engine. */
export interface Result {
  readonly passed: number;
  readonly failed: number;
  /** Cases that are expected to fail, see test/formats/onnx/expected.ts. */
  readonly skipped: number;
  /** Cases that the engine refuses in words, see engines.ts. */
  readonly refused: number;
  /** Cases that wasm ran in part or whole where a GPU was asked for. */
  readonly crossed: number;
  readonly seconds: number;
}

/** By engine, then by suite. */
export type Results = Record<string, { version: string; why: string | null; suites: Record<string, Result> }>;

export function resultOf(verdict: Verdict, skipped: number, seconds: number): Result {
  const { passed, refused, faults, crossed } = verdict;
  return { passed, failed: faults.length, skipped, refused, crossed: crossed.length, seconds };
}

const count = (n: number): string => n.toLocaleString("en-US");

export function cellText({ passed, failed, skipped, refused, crossed, seconds }: Result): string {
  const counts = Object.entries({ FAIL: failed, refused, skipped, cross: crossed }).filter(([, n]) => n > 0);
  const parts = [`${count(passed)} pass`, ...counts.map(([word, n]) => `${count(n)} ${word}`)];
  return `${parts.join(", ")}, ${seconds < 10 ? seconds.toFixed(1) : seconds.toFixed(0)} s`;
}

/** What a cell's text says, or null where the suite did not run. */
function resultOfText(text: string): Result | null {
  const seconds = /([\d.]+) s$/.exec(text)?.[1];
  if (seconds === undefined) return null;
  const number = (word: string): number =>
    Number((new RegExp(`([\\d,]+) ${word}\\b`).exec(text)?.[1] ?? "0").replaceAll(",", ""));
  return {
    passed: number("pass"),
    failed: number("FAIL"),
    skipped: number("skipped"),
    refused: number("refused"),
    crossed: number("cross"),
    seconds: Number(seconds),
  };
}

/** What {@link document} wrote. */
export function readDocument(text: string, suites: readonly Suite[]): Results {
  const rows = text.split("\n").flatMap((line) => (/^\| [\w-]+ \|/.test(line) ? [line.slice(2, -2).split(" | ")] : []));
  // The first two lines are the table's head.
  return Object.fromEntries(
    rows.slice(2).map(([name = "", version = "", ...texts]) => {
      const found = suites.flatMap((suite, i) => {
        const result = resultOfText(texts[i] ?? "");
        return result === null ? [] : [[suite.name, result] as const];
      });
      const why = texts.map((each) => /^skipped: (.*)$/.exec(each)?.[1]).find((each) => each !== undefined) ?? null;
      return [name, { version, why, suites: Object.fromEntries(found) }];
    }),
  );
}

function cells(results: Results, rows: readonly Row[], suites: readonly Suite[]): string[][] {
  return rows.flatMap(({ name, init }) => {
    const found = results[name];
    if (found === undefined) return [];
    const texts = suites.map((suite) => {
      if (init.device === "webgpu" && !suite.anyDevice) return "–";
      const result = found.suites[suite.name];
      return result === undefined ? (found.why === null ? "not run" : `skipped: ${found.why}`) : cellText(result);
    });
    return [[name, found.version, ...texts]];
  });
}

/** Columns in line. */
export function tableOf(results: Results, rows: readonly Row[], suites: readonly Suite[]): string {
  const lines = [["engine", "version", ...suites.map(({ name }) => name)], ...cells(results, rows, suites)];
  const widths = lines[0]?.map((_, i) => Math.max(...lines.map((line) => (line[i] as string).length))) ?? [];
  return lines
    .map((line) =>
      line
        .map((cell, i) => cell.padEnd(widths[i] as number))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** docs/engines.md. */
export function document(results: Results, rows: readonly Row[], suites: readonly Suite[]): string {
  const line = (texts: readonly string[]): string => `| ${texts.join(" | ")} |`;
  return `# Engines

What runs where, measured by \`npm run test:engines -- --write\`, which writes this page. Every row is a real engine, and
every column one suite that is the same in all of them:

${suites.map(({ name, title }) => `* **${name}**: ${title}`).join("\n")}

${line(["engine", "version", ...suites.map(({ name }) => name)])}
${line(["---", "---", ...suites.map(() => "---:")])}
${cells(results, rows, suites).map(line).join("\n")}

*skipped* are cases whose reference cannot be right, with the reasons in \`test/formats/onnx/expected.ts\`. *refused* are cases
that throw an \`UnsupportedError\` there: images in formats that the engine has no decoder of (\`test/runtime/engines.ts\`).
*cross* are cases of which wasm ran a part where WebGPU was asked for: 64-bit types and the few kernels that a GPU has not; one
not listed in \`test/runtime/suites.ts\` is a FAIL. The GPU is a software adapter in all of these rows (SwiftShader in Chromium,
lavapipe in Deno, which offers no subgroups), so seconds there say nothing of a real one; they are of two cores that did other
work as well. On WebGPU the table of ops stores inputs in two of the four ways that wasm is given.

\`npm run test:engines -- firefox models\` runs one cell, \`-- --every 10\` a tenth of every suite. A smoke test of the
same suites in every engine that is installed is a part of \`npm test\`.

## The published hash

With \`deterministic: true\` the same seed gives the same weights, to the last bit, in every engine. The proof is a LeNet-5
that \`test/golden/lenet5.ts\` and \`train\` of \`test/runtime/inside/suites.ts\` train for 30 steps with Adam: the SHA-256
of its safetensors file is

    ${lenetHash}

in each of the rows above that are wasm's, for one thread and for two, which then share every command. Edge workers and service
workers start no threads, so there the second training is the first again. Pages of WebKitGTK are told to share memory, as those
of Safari do.
`;
}
