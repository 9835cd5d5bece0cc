/**
 * Every suite in every engine: `npm run test:engines -- [engine | suite]… [--every n] [--write]`. Prints a table, fails
 * with it, and with --write puts every cell into docs/engines.md as it is done; cells that did not run keep what they hold.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/build.mjs";
import { sharedData } from "../shared-data.ts";
import type { Source } from "./engine.ts";
import { openSource, type Row, rows, whyNot } from "./engines.ts";
import type { Outcome } from "./inside/suites.ts";
import { cellText, document, type Result, type Results, readDocument, resultOf, tableOf } from "./matrix-report.ts";
import { Keeper, runSuite } from "./run-suite.ts";
import { judge, type Suite, suites } from "./suites.ts";

/** Milliseconds of a call: of some tens of small cases, or of one model. */
const limits = { wasm: 300_000, webgpu: 1_200_000, auto: 1_200_000 } as const;

const usage = `npm run test:engines -- [engine | suite]… [--every n] [--case text] [--write]
engines: ${rows.map(({ name }) => name).join(", ")}
suites:  ${suites.map(({ name }) => name).join(", ")}`;

interface Options {
  readonly rows: readonly Row[];
  readonly suites: readonly Suite[];
  readonly every: number;
  /** A part of the names of the cases that are wanted; "" wants all. */
  readonly only: string;
  readonly write: boolean;
}

function parse(args: readonly string[]): Options {
  const names = new Set<string>();
  let every = 1;
  let only = "";
  let write = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === "--write") write = true;
    else if (arg === "--every") every = Number(args[++i]);
    else if (arg === "--case") only = args[++i] ?? "";
    else names.add(arg);
  }
  const known = new Set([...rows, ...suites].map(({ name }) => name));
  const unknown = [...names].filter((name) => !known.has(name));
  if (unknown.length > 0 || !(every >= 1)) throw new Error(`engines: cannot run ${args.join(" ")}: wanted\n${usage}`);
  const chosen = <T extends { readonly name: string }>(all: readonly T[]): readonly T[] => {
    const some = all.filter(({ name }) => names.has(name));
    return some.length > 0 ? some : all;
  };
  return { rows: chosen(rows), suites: chosen(suites), every, only, write };
}

/** A line that the next one takes the place of, where there is a terminal; else one line in so many seconds. */
function progressOf(title: string): (done: number, total: number) => void {
  let last = 0;
  return (done, total) => {
    const line = `${title}: ${done} of ${total}`;
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[2K${line}`);
    else if (performance.now() - last > 15_000) {
      last = performance.now();
      console.log(line);
    }
  };
}

const page = join(root, "docs/engines.md");

/** Puts a row's cells into the page, beside those that other runs put there, at the same time too. */
function write(name: string, { version, why, suites: found }: Results[string]): void {
  const results = existsSync(page) ? readDocument(readFileSync(page, "utf8"), suites) : {};
  results[name] = { version, why, suites: { ...results[name]?.suites, ...found } };
  writeFileSync(page, document(results, rows, suites));
}

/** Whose engine ends with this program, however it ends. */
let running: Keeper | null = null;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    void (running?.drop() ?? Promise.resolve()).finally(() => process.exit(1));
  });
}

async function runRow(row: Row, source: Source, options: Options): Promise<Results[string]> {
  const why = await whyNot(row, source);
  if (why !== null) {
    console.log(`${row.name}: skipped, ${why}`);
    return { version: "", why, suites: {} };
  }
  const found: Results[string]["suites"] = {};
  const keeper = new Keeper(() => row.kind.open(source));
  const { version } = await keeper.get();
  running = keeper;
  try {
    for (const suite of options.suites) {
      if (row.init.device === "webgpu" && !suite.anyDevice) continue;
      if (suite.missing !== null) {
        console.log(`${row.name} ${suite.name}: skipped, ${suite.missing}`);
        continue;
      }
      const { only } = options;
      if (only !== "" && !suite.items(source.url).some(({ name }) => name.includes(only))) continue;
      found[suite.name] = await runCell(row, suite, keeper, source, options);
      // A part says nothing of the whole.
      if (options.write && options.every === 1 && only === "") write(row.name, { version, why, suites: found });
    }
  } finally {
    await keeper.drop();
  }
  return { version, why, suites: found };
}

async function runCell(
  row: Row,
  suite: Suite,
  keeper: Keeper,
  source: Source,
  { every, only }: Options,
): Promise<Result> {
  const begin = performance.now();
  const outcomes = await runSuite(keeper, suite, source.url, {
    init: row.init,
    every,
    ...(only !== "" && { only: (name) => name.includes(only) }),
    ...(row.ops && { ops: row.ops }),
    limit: limits[row.init.device ?? "wasm"],
    onProgress: progressOf(`${row.name} ${suite.name}`),
  });
  const verdict = judge(suite, outcomes, row.lacks);
  const result = resultOf(verdict, suite.skipped, (performance.now() - begin) / 1000);
  if (process.stdout.isTTY) process.stdout.write("\r\x1b[2K");
  console.log(`${row.name} ${suite.name}: ${cellText(result)}${slowest(outcomes)}`);
  for (const line of verdict.faults) console.log(`  ${line}`);
  return result;
}

async function main(): Promise<number> {
  const options = parse(process.argv.slice(2));
  const results: Results = {};
  const [source, close] = await openSource(sharedData("").path);
  try {
    for (const row of options.rows) results[row.name] = await runRow(row, source, options);
  } finally {
    await close();
  }
  console.log(`\n${tableOf(results, options.rows, options.suites)}`);
  const failed = Object.values(results).some(({ suites: found }) =>
    Object.values(found).some((cell) => cell.failed > 0),
  );
  return failed ? 1 : 0;
}

/** The slowest cases, where any took a second. */
function slowest(outcomes: readonly Outcome[]): string {
  const slow = [...outcomes].sort((a, b) => b.ms - a.ms).filter(({ ms }) => ms > 1000);
  const text = slow.slice(0, 4).map(({ name, ms }) => `${name} ${(ms / 1000).toFixed(1)} s`);
  return text.length === 0 ? "" : `; slowest: ${text.join(", ")}`;
}

try {
  process.exit(await main());
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
