/** The command line of `npm run bench -- …`. */
import { parseArgs } from "node:util";

export const suiteNames = [
  "ops",
  "quantized",
  "models",
  "light",
  "training",
  "calls",
  "startup",
  "size",
  "memory",
  "share",
  "edge",
  "threads",
  "ladder",
] as const;
export type SuiteName = (typeof suiteNames)[number];

export interface Options {
  readonly suites: readonly SuiteName[];
  readonly node: boolean;
  readonly chromium: boolean;
  /** The rows on WebGPU in place of all others. */
  readonly webgpu: boolean;
  readonly quick: boolean;
  readonly write: boolean;
  readonly rounds: number;
  /** Only rows whose names hold one of these texts; all without any. */
  readonly match: readonly string[];
  /** Only contestants whose names hold one of these. */
  readonly who: readonly string[];
}

const usage = `npm run bench -- [--only ${suiteNames.join(",")}] [--node] [--chromium] [--webgpu] [--quick] [--rounds N] [--match text,…] [--who text,…] [--write]`;

function isSuite(name: string): name is SuiteName {
  return (suiteNames as readonly string[]).includes(name);
}

const texts = (list: string): string[] => (list === "" ? [] : list.toLowerCase().split(","));

/** Whether a name holds one of the texts, or there are none. */
export function named(name: string, texts: readonly string[]): boolean {
  return texts.length === 0 || texts.some((text) => name.toLowerCase().includes(text));
}

export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string" },
      node: { type: "boolean", default: false },
      chromium: { type: "boolean", default: false },
      webgpu: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      rounds: { type: "string" },
      match: { type: "string", default: "" },
      who: { type: "string", default: "" },
    },
  });
  const asked = values.only === undefined ? [...suiteNames] : values.only.split(",");
  const suites = asked.filter(isSuite);
  const rounds = Number(values.rounds ?? (values.quick ? 3 : 7));
  if (suites.length !== asked.length || !Number.isInteger(rounds) || rounds < 1) {
    throw new Error(`bench: cannot run ${args.join(" ")}: wanted ${usage}`);
  }
  const both = values.node === values.chromium;
  if (values.write && (!both || values.match !== "" || values.who !== "")) {
    throw new Error(
      "bench: cannot write a page from a part: wanted --write without --node, --chromium, --match and --who",
    );
  }
  return {
    suites,
    node: values.node || both,
    chromium: values.chromium || both,
    webgpu: values.webgpu,
    quick: values.quick,
    write: values.write,
    rounds,
    match: texts(values.match),
    who: texts(values.who),
  };
}
