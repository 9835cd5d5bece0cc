/** Cases of the ONNX suites on WebGPU, for pages and Deno: what fails, and what crosses to wasm. */
import * as hebb from "../../../ts/index.ts";
import { checkCase, modelTolerance, suiteTolerance } from "./suite.ts";

export interface SuiteCase {
  readonly name: string;
  /** Where its folder lies, with a slash at the end. */
  readonly base: string;
  /** Its files, by their paths in the folder. */
  readonly paths: readonly string[];
  /** Whether it is a trained model, with a tolerance of its own. */
  readonly trained: boolean;
}

export interface SuiteReport {
  readonly passed: number;
  /** What went wrong, a line a case. */
  readonly failures: readonly string[];
  /** Cases of which wasm ran a part, or all: they cross between devices. */
  readonly crossed: readonly string[];
  /** Milliseconds of the slowest cases. */
  readonly slowest: readonly string[];
}

/** Why there is no adapter to run on, or null. */
export async function whyNoAdapter(): Promise<string | null> {
  const adapter = await globalThis.navigator?.gpu?.requestAdapter();
  return adapter ? null : "there is no GPU adapter";
}

export async function runCases(cases: readonly SuiteCase[]): Promise<SuiteReport> {
  await hebb.init({ device: "webgpu" });
  const failures: string[] = [];
  const crossed: string[] = [];
  const times: { name: string; ms: number }[] = [];
  let passed = 0;
  for (const { name, base, paths, trained } of cases) {
    const start = performance.now();
    try {
      const session = await checkCase(await read(base, paths), trained ? modelTolerance : suiteTolerance);
      if (/^stage \d+ on wasm$/m.test(session.explain())) crossed.push(name);
      passed++;
    } catch (error) {
      failures.push(`${name}: ${String(error)}`);
    }
    times.push({ name, ms: performance.now() - start });
  }
  times.sort((a, b) => b.ms - a.ms);
  const slowest = times.slice(0, 8).map(({ name, ms }) => `${name} ${ms.toFixed(0)} ms`);
  return { passed, failures, crossed, slowest };
}

async function read(base: string, paths: readonly string[]): Promise<Map<string, Uint8Array>> {
  const bytes = async (path: string) => new Uint8Array(await (await fetch(base + path)).arrayBuffer());
  return new Map(await Promise.all(paths.map(async (path) => [path, await bytes(path)] as const)));
}
