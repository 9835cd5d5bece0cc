/** The columns of the matrix: the cases of each suite, and the way to run them in an engine. */
import { createHash } from "node:crypto";
import type { InitOptions } from "../../ts/index.ts";
import { expectedFailures } from "../formats/onnx/expected.ts";
import { casesOf, pathsOf } from "../formats/onnx/folder.ts";
import { table } from "../ops/table.ts";
import { sharedData } from "../shared-data.ts";
import type { Engine } from "./engine.ts";
import type { Answer, Call, ModelCase, OpOptions, Outcome, Training } from "./inside/suites.ts";

/** Of the safetensors file of the LeNet-5 that {@link trainings} train: the same in every engine and for any number of threads. */
export const lenetHash = "5501688127d083d7f00c38f276ff2dc279bb0cab5616a0559dc7e97d26c43e41";

const trainings: readonly Training[] = [{ threads: 1, steps: 30 }];

/** One case, by the name that reports use. */
interface Item {
  readonly name: string;
  /** What the engine is given for it. */
  readonly value: unknown;
}

export interface Suite {
  readonly name: string;
  /** What it shows, for the head of the table. */
  readonly title: string;
  /** Why there is nothing to run, or null. */
  readonly missing: string | null;
  /** How many cases are expected to fail and are left out. */
  readonly skipped: number;
  /** The largest share of cases of which wasm may run a part where a GPU is asked for. */
  readonly mostCrossing: number;
  /** Every case that is expected to pass; `url` leads to the data. */
  items(url: string): Item[];
  /** Cases that one call runs. */
  readonly each: number;
  /** Whether it says something of a device: all but those that choose their own. */
  readonly anyDevice: boolean;
  run(engine: Engine, values: readonly unknown[], options: OpOptions): Promise<Outcome[]>;
}

const onnx = sharedData("onnx/node");
const models = sharedData("models");

function modelItems(suite: string, path: string, trained: boolean, url: string): Item[] {
  return casesOf(path)
    .filter((name) => expectedFailures[`${suite}/${name}`] === undefined)
    .map((name) => {
      const value: ModelCase = {
        name,
        base: `${url}/data/${suite}/${name}/`,
        paths: pathsOf(`${path}/${name}`),
        trained,
      };
      return { name, value };
    });
}

const skippedOf = (suite: string, path: string): number =>
  casesOf(path).filter((name) => expectedFailures[`${suite}/${name}`] !== undefined).length;

export const suites: readonly Suite[] = [
  {
    name: "ops",
    title: "table of ops, values and gradients",
    missing: null,
    skipped: 0,
    mostCrossing: 0.09,
    items: () => table.map(({ name }, value) => ({ name, value })),
    each: 40,
    anyDevice: true,
    run: (engine, values, options) => ask(engine, "ops", values, options),
  },
  {
    name: "onnx",
    title: "ONNX node suite",
    missing: onnx.missing ? "no data" : null,
    skipped: skippedOf("onnx/node", onnx.path),
    mostCrossing: 0.27,
    items: (url) => modelItems("onnx/node", onnx.path, false, url),
    each: 40,
    anyDevice: true,
    run: (engine, values) => ask(engine, "models", values),
  },
  {
    name: "models",
    title: "trained models",
    missing: models.missing ? "no data" : null,
    skipped: skippedOf("models", models.path),
    mostCrossing: 0.27,
    items: (url) => modelItems("models", models.path, true, url),
    each: 1,
    anyDevice: true,
    run: (engine, values) => ask(engine, "models", values),
  },
  {
    name: "hash",
    title: "LeNet-5 trained to the published bits",
    missing: null,
    skipped: 0,
    mostCrossing: 0,
    items: () => trainings.map((value) => ({ name: `${value.threads} thread${value.threads > 1 ? "s" : ""}`, value })),
    each: 1,
    anyDevice: false,
    run: async (engine, [training]) => {
      const begin = performance.now();
      const file = Buffer.from(await ask<string>(engine, "train", training), "base64");
      const hash = createHash("sha256").update(file).digest("hex");
      const error = hash === lenetHash ? null : `the hash is ${hash}, wanted ${lenetHash}`;
      return [{ name: "LeNet-5", error, crossed: false, ms: performance.now() - begin }];
    },
  },
];

/** Fewer cases say nothing of a share. */
const fewest = 100;

/** What is wrong with a run, a line each: cases that fail, and too many that cross. */
export function faults({ mostCrossing }: Suite, outcomes: readonly Outcome[]): string[] {
  const wrong = outcomes.flatMap(({ name, error }) => (error === null ? [] : [`${name}: ${error}`]));
  const crossed = outcomes.filter((outcome) => outcome.crossed).map(({ name }) => name);
  if (outcomes.length < fewest || crossed.length <= mostCrossing * outcomes.length) return wrong;
  return [...wrong, `${crossed.length} of ${outcomes.length} cross to wasm, which is too many: ${crossed.join(", ")}`];
}

/** The value of a call; an error of the engine's is thrown. */
export async function ask<T>(engine: Engine, name: Call["name"], ...args: readonly unknown[]): Promise<T> {
  const answer: Answer = await engine.call({ name, args });
  if ("error" in answer) throw new Error(answer.error);
  return answer.value as T;
}

export interface Run {
  readonly init: InitOptions;
  /** Takes one case in so many; 1 takes all. */
  readonly every?: number;
  /** The first of them. */
  readonly first?: number;
  /** Takes these alone. */
  readonly only?: ReadonlySet<string>;
  readonly ops?: OpOptions;
  /** Milliseconds that a call may take before the engine counts as hanging. */
  readonly limit: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** An engine that starts when it is first needed, and again after it was dropped. */
export class Keeper {
  readonly #open: () => Promise<Engine>;
  #engine: Promise<Engine> | null = null;

  constructor(open: () => Promise<Engine>) {
    this.#open = open;
  }

  get(): Promise<Engine> {
    this.#engine ??= this.#open();
    return this.#engine;
  }

  /** Ends the engine, whatever it is doing. */
  async drop(): Promise<void> {
    const engine = this.#engine;
    this.#engine = null;
    await (await engine?.catch(() => null))?.close();
  }
}

/**
 * Runs a suite. An engine that ends or hangs is started again, and the cases of the call that it did not answer run one
 * by one, so that the one to blame has a name.
 */
export async function runSuite(keeper: Keeper, suite: Suite, url: string, run: Run): Promise<Outcome[]> {
  const { init, every = 1, first = 0, only, ops = {}, limit, onProgress } = run;
  const items = suite.items(url).filter(({ name }, i) => (only === undefined ? i % every === first : only.has(name)));
  const outcomes: Outcome[] = [];
  let started: Engine | null = null;
  const attempt = async (some: readonly Item[]): Promise<Outcome[] | Error> => {
    try {
      const engine = await keeper.get();
      if (engine !== started) await within(limit, ask(engine, "start", init));
      started = engine;
      const values = some.map(({ value }) => value);
      return await within(limit, suite.run(engine, values, ops));
    } catch (error) {
      await keeper.drop();
      return error as Error;
    }
  };
  for (let at = 0; at < items.length; at += suite.each) {
    const some = items.slice(at, at + suite.each);
    const found = await attempt(some);
    if (Array.isArray(found)) outcomes.push(...found);
    else if (some.length === 1) outcomes.push(failed(some[0] as Item, found));
    else for (const item of some) outcomes.push(...(await alone(item)));
    onProgress?.(outcomes.length, items.length);
  }
  return outcomes;

  async function alone(item: Item): Promise<Outcome[]> {
    const found = await attempt([item]);
    return Array.isArray(found) ? found : [failed(item, found)];
  }
}

const failed = ({ name }: Item, error: Error): Outcome => ({ name, error: error.message, crossed: false, ms: 0 });

async function within<T>(limit: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limit / 1000} s`)), limit);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
