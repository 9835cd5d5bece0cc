/**
 * Every suite in every engine: `npm run test:engines -- [engine | suite]… [--every n] [--write]`. Prints a table, fails
 * with it, and with --write puts it into docs/engines.md; cells that did not run now keep what they held there.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../../scripts/build.mjs";
import { sharedData } from "../shared-data.ts";
import { openSource, type Row, rows, whyNot } from "./engines.ts";
import type { Outcome } from "./inside/suites.ts";
import { cellText, document, type Results, resultOf, tableOf } from "./matrix-report.ts";
import { faults, Keeper, runSuite, type Suite, suites } from "./suites.ts";

/** Milliseconds of a call: of some tens of small cases, or of one model. */
const limits = { wasm: 300_000, webgpu: 1_200_000, auto: 1_200_000 } as const;

const usage = `npm run test:engines -- [engine | suite]… [--every n] [--write]
engines: ${rows.map(({ name }) => name).join(", ")}
suites:  ${suites.map(({ name }) => name).join(", ")}`;

interface Options {
  readonly rows: readonly Row[];
  readonly suites: readonly Suite[];
  readonly every: number;
  readonly write: boolean;
}

function parse(args: readonly string[]): Options {
  const names = new Set<string>();
  let every = 1;
  let write = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === "--write") write = true;
    else if (arg === "--every") every = Number(args[++i]);
    else names.add(arg);
  }
  const known = new Set([...rows, ...suites].map(({ name }) => name));
  const unknown = [...names].filter((name) => !known.has(name));
  if (unknown.length > 0 || !(every >= 1)) throw new Error(`engines: cannot run ${args.join(" ")}: wanted\n${usage}`);
  const chosen = <T extends { readonly name: string }>(all: readonly T[]): readonly T[] => {
    const some = all.filter(({ name }) => names.has(name));
    return some.length > 0 ? some : all;
  };
  return { rows: chosen(rows), suites: chosen(suites), every, write };
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

async function main(): Promise<number> {
  const options = parse(process.argv.slice(2));
  const kept = join(root, "build/engines.json");
  const results: Results = existsSync(kept) ? JSON.parse(readFileSync(kept, "utf8")) : {};
  mkdirSync(dirname(kept), { recursive: true });
  let failures = 0;
  const [source, close] = await openSource(sharedData("").path);
  try {
    for (const row of options.rows) {
      const why = await whyNot(row, source);
      if (why !== null) {
        console.log(`${row.name}: skipped, ${why}`);
        results[row.name] ??= { version: "", why, suites: {} };
        continue;
      }
      const entry = results[row.name] ?? { version: "", why: null, suites: {} };
      results[row.name] = { ...entry, why: null };
      const keeper = new Keeper(() => row.kind.open(source));
      for (const suite of options.suites) {
        if (row.init.device === "webgpu" && !suite.anyDevice) continue;
        if (suite.missing !== null) {
          console.log(`${row.name} ${suite.name}: skipped, ${suite.missing}`);
          continue;
        }
        const engine = await keeper.get();
        (results[row.name] as { version: string }).version = engine.version;
        const begin = performance.now();
        const run = { init: row.init, every: options.every, limit: limits[row.init.device ?? "wasm"] };
        const onProgress = progressOf(`${row.name} ${suite.name}`);
        const outcomes = await runSuite(keeper, suite, source.url, { ...run, onProgress });
        const wrong = faults(suite, outcomes);
        failures += wrong.length;
        const result = resultOf(outcomes, wrong.length, suite.skipped, (performance.now() - begin) / 1000);
        (results[row.name] as Results[string]).suites[suite.name] = result;
        if (process.stdout.isTTY) process.stdout.write("\r\x1b[2K");
        console.log(`${row.name} ${suite.name}: ${cellText(result)}${slowest(outcomes)}`);
        for (const line of wrong) console.log(`  ${line}`);
        // A part says nothing of the whole.
        if (options.every === 1) writeFileSync(kept, JSON.stringify(results, null, 1));
      }
      await keeper.drop();
    }
  } finally {
    await close();
  }
  console.log(`\n${tableOf(results, options.rows, options.suites)}`);
  if (options.write) writeFileSync(join(root, "docs/engines.md"), document(results, rows, suites));
  return failures === 0 ? 0 : 1;
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
