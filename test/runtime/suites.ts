/** The columns of the matrix: the cases of each suite, and the way to run them in an engine. */
import { createHash } from "node:crypto";
import { expectedFailures } from "../formats/onnx/expected.ts";
import { casesOf, pathsOf } from "../formats/onnx/folder.ts";
import { table } from "../ops/table.ts";
import { sharedData } from "../shared-data.ts";
import type { Engine } from "./engine.ts";
import type { Answer, Call, ModelCase, OpOptions, Outcome, Training } from "./inside/suites.ts";

/** Of the safetensors file of the LeNet-5 that {@link trainings} train: the same in every engine and for any number of threads. */
export const lenetHash = "5501688127d083d7f00c38f276ff2dc279bb0cab5616a0559dc7e97d26c43e41";

const trainings: readonly Training[] = [1, 2].map((threads) => ({ threads, steps: 30 }));

/** One case, by the name that reports use. */
export interface Item {
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
  /** Of which cases, or of how many, wasm runs a part where a GPU is asked for: no other may cross, and not one more. */
  readonly crossing: RegExp | number;
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
    crossing: /^((float64|int64|uint64) |uint32 (sum|amax|argmin)\b|nonzero |nms )/,
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
    crossing: 234,
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
    crossing: 6,
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
    crossing: 0,
    items: () => trainings.map((value) => ({ name: `${value.threads} thread${value.threads > 1 ? "s" : ""}`, value })),
    each: 1,
    anyDevice: false,
    run: async (engine, [value]) => {
      const training = value as Training;
      const begin = performance.now();
      const file = Buffer.from(await ask<string>(engine, "train", training), "base64");
      const hash = createHash("sha256").update(file).digest("hex");
      const error = hash === lenetHash ? null : `the hash is ${hash}, wanted ${lenetHash}`;
      return [{ name: `LeNet-5 on ${training.threads}`, error, crossed: false, ms: performance.now() - begin }];
    },
  },
];

/** Cases that an engine refuses in words, by name, with the reason. */
export type Lacks = Readonly<Record<string, string>>;

/** What came of a suite. */
export interface Verdict {
  readonly passed: number;
  /** Cases that the engine is known to refuse, and did. */
  readonly refused: number;
  /** What is wrong, a line each: cases that fail, known refusals that did not come, and too many that cross. */
  readonly faults: readonly string[];
  /** Cases of which wasm ran a part where a GPU was asked for. */
  readonly crossed: readonly string[];
}

/** `crossing` is that of the cases that ran, where they are a part of the suite's. */
export function judge(
  suite: Suite,
  outcomes: readonly Outcome[],
  lacks: Lacks = {},
  crossing: Suite["crossing"] = suite.crossing,
): Verdict {
  const faults: string[] = outcomes.length === 0 ? ["there are no cases"] : [];
  let [passed, refused] = [0, 0];
  for (const { name, error } of outcomes) {
    const known = lacks[name] !== undefined;
    if (known && error?.startsWith("UnsupportedError") === true) refused++;
    else if (known) faults.push(`${name}: ${error ?? "it passes"}, although it is listed as refused: ${lacks[name]}`);
    else if (error !== null) faults.push(`${name}: ${error}`);
    else passed++;
  }
  const crossed = outcomes.filter((outcome) => outcome.crossed).map(({ name }) => name);
  const known = (name: string): boolean => crossing instanceof RegExp && crossing.test(name);
  const most = typeof crossing === "number" ? crossing : 0;
  const others = crossed.filter((name) => !known(name));
  if (others.length > most) {
    faults.push(`${others.length} of ${outcomes.length} cross to wasm, wanted ${most} at most: ${others.join(", ")}`);
  }
  return { passed, refused, faults, crossed };
}

/** The value of a call; an error of the engine's is thrown. */
export async function ask<T>(engine: Engine, name: Call["name"], ...args: readonly unknown[]): Promise<T> {
  const answer: Answer = await engine.call({ name, args });
  if ("error" in answer) throw new Error(answer.error);
  return answer.value as T;
}
