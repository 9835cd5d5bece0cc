/**
 * The benchmarks: hebb and its peers in one run, in Node and in Chromium, every contestant in a process or page of its own.
 *
 * Prints tables, stores all numbers under bench/results/ and, with --write, makes a page of each suite under docs/benchmarks/;
 * with --webgpu those of a GPU and docs/benchmarks/webgpu.md.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";

import { chromiumEngine } from "./lanes/chromium.ts";
import type { Engine, Lane } from "./lanes/lane.ts";
import { nodeEngine, relaxedFlag } from "./lanes/node.ts";
import { openTorch } from "./lanes/pytorch.ts";
import type { Pace } from "./lanes/rounds.ts";
import { type Options, readOptions } from "./options.ts";
import { isMeasured, isRight } from "./report/judge.ts";
import type { Page, Report, Result } from "./report/result.ts";
import { reportMarkdown, tableOf, terminalText } from "./report/table.ts";
import { root } from "./repository.ts";
import { calls } from "./suites/calls.ts";
import { runEdge } from "./suites/edge.ts";
import { light } from "./suites/light.ts";
import { runMemory } from "./suites/memory.ts";
import { models } from "./suites/models.ts";
import { ops } from "./suites/ops.ts";
import { quantized } from "./suites/quantized.ts";
import { runTimed, type Setting } from "./suites/run-timed.ts";
import { runWebGpu } from "./suites/run-webgpu.ts";
import { runShare } from "./suites/share.ts";
import { runSize } from "./suites/size.ts";
import { runStartUp } from "./suites/start-up.ts";
import { runThreads } from "./suites/threads.ts";
import { training } from "./suites/training.ts";

const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

function peerVersions(): string[] {
  const { dependencies } = JSON.parse(readFileSync(join(root, "bench/package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  return Object.entries(dependencies).map(([name, version]) => `${name} ${version}`);
}

/** The native lanes, and the versions of all peers. */
async function openNatives(plain: Engine): Promise<{ lanes: Lane[]; versions: string[] }> {
  const versions = peerVersions();
  const lanes: Lane[] = [await plain.open("onnxruntime-node")];
  const torch = await openTorch();
  if (torch === null) log("PyTorch: there is none here; its column is left out");
  else {
    lanes.push(torch.lane);
    versions.push(`PyTorch ${torch.version}`);
  }
  return { lanes, versions };
}

/** Every suite that was asked for, in every engine that it is for. */
async function measure(options: Options, add: (page: Page, result: Result) => void): Promise<string[]> {
  const { suites, quick, rounds, match, who } = options;
  const pace: Pace = { rounds, warm: quick ? 60 : 400, budget: quick ? 25 : 80 };
  if (options.webgpu) {
    await runWebGpu(options, { pace, log }, (result) => add("webgpu", result));
    return peerVersions();
  }
  const plain = await nodeEngine([]);
  const natives = await openNatives(plain);
  const timed = [ops, quantized, models, light, training, calls].filter(({ name }) =>
    (suites as readonly string[]).includes(name),
  );
  const inEngine = async (engine: Engine): Promise<void> => {
    log(engine.title);
    const setting: Setting = { engine, natives: natives.lanes, pace, quick, match, who, log };
    for (const suite of timed) add(suite.name, await runTimed(setting, suite));
    if (suites.includes("startup")) add("startup", await runStartUp(engine, rounds, who));
  };
  try {
    if (options.chromium) {
      const chromium = await chromiumEngine();
      try {
        await inEngine(chromium);
      } finally {
        await chromium.close();
      }
      if (suites.includes("threads")) {
        const isolated = await chromiumEngine({ isolated: true });
        try {
          add("threads", await runThreads({ engine: isolated, pace, match, log }));
        } finally {
          await isolated.close();
        }
      }
    }
    if (options.node) {
      await inEngine(plain);
      const relaxed = await nodeEngine([relaxedFlag]);
      const setting: Setting = { engine: relaxed, natives: natives.lanes, pace, quick, match, who, log };
      for (const suite of timed) if (suite !== calls) add(suite.name, await runTimed(setting, suite));
      if (suites.includes("share")) add("share", await runShare(plain, quick));
      if (suites.includes("threads")) add("threads", await runThreads({ engine: relaxed, pace, match, log }));
      if (suites.includes("memory")) add("memory", await runMemory(plain, quick, who));
    }
    if (suites.includes("edge")) add("edge", await runEdge(rounds, quick));
    if (suites.includes("size")) add("size", await runSize());
  } finally {
    for (const lane of natives.lanes) await lane.close();
  }
  return natives.versions;
}

/** Rows in which hebb gave no result, or a wrong one. */
function failuresOf(results: readonly Result[]): string[] {
  return results.flatMap((result) => {
    if (result.kind !== "timed") return [];
    return result.rows.flatMap(({ name, entries }) =>
      entries.flatMap((entry) => {
        if (!entry.name.startsWith("hebb")) return [];
        if (!isMeasured(entry)) return [`${result.engine}: ${name}: ${entry.name}: ${entry.reason}`];
        return isRight(entry) ? [] : [`${result.engine}: ${name}: ${entry.name} is off by ${entry.off}`];
      }),
    );
  });
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const pages = new Map<Page, Result[]>();
  const versions = await measure(options, (page, result) => {
    pages.set(page, [...(pages.get(page) ?? []), result]);
    console.log(terminalText(tableOf(result)));
  });
  const machine = `${cpus()[0]?.model.trim() ?? "unknown processor"}, ${cpus().length} cores, ${process.platform}`;
  const failures: string[] = [];
  for (const [page, results] of pages) {
    const report: Report = { page, machine, versions, rounds: options.rounds, results };
    put(`bench/results/${page}.json`, `${JSON.stringify(report, null, 1)}\n`);
    const wrong = failuresOf(results);
    failures.push(...wrong);
    // What hebb cannot do, or does wrong, is no measurement.
    if (options.write && wrong.length === 0) put(`docs/benchmarks/${page}.md`, reportMarkdown(report));
  }
  for (const line of failures) console.error(line);
  if (failures.length > 0) process.exitCode = 1;
}

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
