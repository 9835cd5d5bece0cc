/**
 * The ONNX suite and trained models on WebGPU, in Chromium on its software adapter and in Deno: the answers that wasm gives,
 * and how many cases cross to it. Software adapters are slow, so each takes a part of the cases; HEBB_SUITES=all runs every
 * case and every model in both.
 */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { bundleForDeno, bundleForPage } from "../../runtime/bundle.ts";
import { callInPage, withPage } from "../../runtime/chromium.ts";
import { processes, runModule } from "../../runtime/processes.ts";
import { sharedData } from "../../shared-data.ts";
import { expectedFailures } from "./expected.ts";
import { casesOf, pathsOf } from "./folder.ts";
import type { SuiteCase, SuiteReport } from "./webgpu-suite.ts";

const all = process.env.HEBB_SUITES === "all";
/** One case in so many is run, unless all are. */
const every = 12;
const entry = "test/formats/onnx/webgpu-suite.ts";
const timeLimit = all ? 3_600_000 : 400_000;

/** Models that a software adapter runs within seconds. */
const light: ReadonlySet<string> = new Set([
  "acasxu-1-1",
  "cifar-oval-deep",
  "collins-rul-cnn-20",
  "lindex-deep",
  "mnist-cntk-8",
  "mnist-convnet-avgpool",
  "rl-lunarlander",
  "tract-qlstm_3-2-3_T3_S1",
  "tract-qsigmoid_1",
  "tract-xgboost_classifier_tree",
]);

const suite = sharedData("onnx/node");
const models = sharedData("models");
const missing = suite.missing || models.missing;

/** The suite's cases from number `first` on, and the models; `base` leads to a folder of the shared data. */
function casesFrom(first: number, base: (folder: string) => string): SuiteCase[] {
  const list = (folder: string, path: string, wanted: (name: string, i: number) => boolean, trained: boolean) =>
    casesOf(path)
      .filter((name) => expectedFailures[`${folder}/${name}`] === undefined)
      .filter((name, i) => all || wanted(name, i))
      .map((name) => ({ name, base: base(`${folder}/${name}/`), paths: pathsOf(`${path}/${name}`), trained }));
  return [
    ...list("onnx/node", suite.path, (_, i) => i % every === first, false),
    ...list("models", models.path, (name) => light.has(name), true),
  ];
}

function expectRight(report: SuiteReport, cases: readonly SuiteCase[], mostCrossing: number): void {
  console.log(
    `${report.passed} of ${cases.length} pass, ${report.crossed.length} cross to wasm; slowest: ${report.slowest.join(", ")}`,
  );
  expect(report.failures).toEqual([]);
  expect(report.passed).toBe(cases.length);
  expect(report.crossed.length / cases.length, report.crossed.join(", ")).toBeLessThanOrEqual(mostCrossing);
}

/** The largest share of cases of which wasm may run a part: those of dtypes or kernels that the GPU has not. */
const mostCrossing = 0.27;

describe(`the ONNX suite and models on WebGPU${suite.reason}`, () => {
  test.skipIf(missing)("in Chromium", { timeout: timeLimit }, async () => {
    const cases = casesFrom(0, (folder) => `/data/${folder}`);
    const routes = {
      "/main.js": { text: await bundleForPage(entry) },
      "/dist/": { folder: fileURLToPath(new URL("../../../dist", import.meta.url)) },
      "/data/": { folder: dirname(models.path) },
    };
    await withPage({ routes, webgpu: true, timeLimit }, async (page) => {
      expectRight(await callInPage<SuiteReport>(page, "/main.js", "runCases", cases), cases, mostCrossing);
    });
  });

  test.skipIf(missing || processes.deno === null)("in Deno", { timeout: timeLimit }, async ({ skip }) => {
    const deno = processes.deno as readonly string[];
    const main = await bundleForDeno(entry, "build/webgpu-suite");
    const folder = dirname(main);
    writeFileSync(
      join(folder, "run.js"),
      `import * as suite from "./main.js";
const [name, file] = Deno.args;
console.log(JSON.stringify(await suite[name](...(file === undefined ? [] : [JSON.parse(await Deno.readTextFile(file))]))));
Deno.exit(0);
`,
    );
    const why = await runModule<string | null>(deno, folder, "run.js", ["whyNoAdapter"]);
    skip(why !== null, `Deno finds no GPU: ${why}`);
    const cases = casesFrom(4, (path) => `file://${dirname(models.path)}/${path}`);
    const list = join(folder, "cases.json");
    writeFileSync(list, JSON.stringify(cases));
    const report = await runModule<SuiteReport>(deno, folder, "run.js", ["runCases", list], timeLimit);
    expectRight(report, cases, mostCrossing);
  });
});
