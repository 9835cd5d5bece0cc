/**
 * What an engine runs of the tests: functions that are called from outside by name, with JSON in and out. The entries
 * beside this file answer such calls in a page, a worker, a process and an edge worker; ../suites.ts calls them.
 */
import { sharesMemory } from "#platform";
import { save } from "../../../ts/formats/safetensors.ts";
import * as hebb from "../../../ts/index.ts";
import { shareAll } from "../../device/shared.ts";
import { checkCase, modelTolerance, suiteTolerance } from "../../formats/onnx/suite.ts";
import { batchOf, lenet5 } from "../../golden/lenet5.ts";
import { checkGradients, checkValues, type Layout, layouts, planOf } from "../../ops/check.ts";
import { table } from "../../ops/table.ts";

/** What became of a case. */
export interface Outcome {
  readonly name: string;
  /** What is wrong, or null. */
  readonly error: string | null;
  /** Whether wasm ran it, in part or whole, where a GPU was asked for. */
  readonly crossed: boolean;
  readonly ms: number;
}

export interface OpOptions {
  readonly layouts?: readonly Layout[];
  readonly gradients?: boolean;
}

/** A case of an ONNX suite, or a trained model. */
export interface ModelCase {
  readonly name: string;
  /** Where its folder lies, with a slash at the end. */
  readonly base: string;
  /** Its files, by their paths in the folder. */
  readonly paths: readonly string[];
  /** Whether it is a trained model, with a tolerance of its own. */
  readonly trained: boolean;
}

/** A deterministic training. */
export interface Training {
  readonly threads: number;
  readonly steps: number;
}

/** Kernels for an engine that compiles none. */
export interface Kernels {
  readonly plain: WebAssembly.Module;
  readonly relaxed: WebAssembly.Module;
}

let kernels: Kernels | null = null;
export function handIn(given: Kernels): void {
  kernels = given;
}

async function start(init: hebb.InitOptions): Promise<void> {
  if (kernels === null) return hebb.init(init);
  return hebb.init({ ...init, wasm: init.deterministic === true ? kernels.plain : kernels.relaxed });
}

/** Why there is no adapter to run on, or null. */
async function whyNoAdapter(): Promise<string | null> {
  const adapter = await globalThis.navigator?.gpu?.requestAdapter();
  return adapter ? null : "there is no GPU adapter";
}

/** Rows `at` of the table of ops. */
async function ops(at: readonly number[], options: OpOptions = {}): Promise<Outcome[]> {
  return judgeAll(at, async (i) => {
    const item = table[i] as (typeof table)[number];
    return { name: item.name, run: () => checkRow(item, options) };
  });
}

async function checkRow(item: (typeof table)[number], options: OpOptions): Promise<string> {
  for (const layout of options.layouts ?? (Object.keys(layouts) as Layout[])) {
    for (const check of options.gradients === false ? [checkValues] : [checkValues, checkGradients]) {
      const failure = await check(hebb, item, layout);
      if (failure === null) continue;
      throw new Error(`${layout}, ${failure.what}: error ${failure.error}, allowed ${failure.allowed}`);
    }
  }
  return planOf(hebb, item);
}

async function models(cases: readonly ModelCase[]): Promise<Outcome[]> {
  return judgeAll(cases, async ({ name, base, paths, trained }) => {
    const bytes = async (path: string): Promise<Uint8Array> => {
      const answer = await fetch(base + path);
      if (!answer.ok) throw new Error(`cannot read ${path}: status ${answer.status}`);
      return new Uint8Array(await answer.arrayBuffer());
    };
    const files = new Map(await Promise.all(paths.map(async (path) => [path, await bytes(path)] as const)));
    const tolerance = trained ? modelTolerance : suiteTolerance;
    return { name, run: async () => (await checkCase(files, tolerance)).explain() };
  });
}

/** Runs cases one after another; each gives the text of its plan. */
async function judgeAll<T>(
  items: readonly T[],
  prepare: (item: T) => Promise<{ name: string; run: () => Promise<string> }>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const item of items) {
    const { name, run } = await prepare(item);
    const begin = performance.now();
    let error: string | null = null;
    let plan = "";
    try {
      plan = await run();
    } catch (reason) {
      error = String(reason);
    }
    outcomes.push({ name, error, crossed: /^stage \d+ on wasm$/m.test(plan), ms: performance.now() - begin });
  }
  return outcomes;
}

const batch = 64;

/**
 * LeNet-5 trained from a seed with Adam: the bytes of its safetensors file, in base 64. Threads share every command of it,
 * however small, where the engine has any.
 */
async function train({ threads, steps }: Training): Promise<string> {
  const init = { device: "wasm", deterministic: true, threads } as const;
  if (threads === 1 || kernels !== null || !sharesMemory()) {
    await start(init);
    return trained(steps);
  }
  await shareAll(threads, init);
  try {
    return await trained(steps);
  } finally {
    await shareAll(1);
  }
}

async function trained(steps: number): Promise<string> {
  hebb.manualSeed(2026);
  const model = lenet5();
  const optimizer = new hebb.optim.Adam(model.parameters(), { lr: 0.002 });
  for (let step = 0; step < steps; step++) {
    const { x, y } = batchOf(step, batch);
    const images = hebb.tensor(x, { shape: [batch, 1, 28, 28] });
    await optimizer.step(hebb.nn.crossEntropy(model.forward(images), hebb.tensor(y)));
  }
  const bytes = await save(model.stateDict());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

export const suites = { models, ops, start, train, whyNoAdapter } as const;

export interface Call {
  readonly name: keyof typeof suites;
  readonly args: readonly unknown[];
}

export type Answer = { readonly value: unknown } | { readonly error: string };

/** Makes a call; what it throws is an answer too. */
export async function answer({ name, args }: Call): Promise<Answer> {
  try {
    const value = await (suites[name] as (...args: readonly unknown[]) => Promise<unknown>)(...args);
    return { value: value ?? null };
  } catch (error) {
    return { error: String((error as Error).stack ?? error) };
  }
}
