/** From importing a runtime, or from loading a model with it, to the first result: in a fresh process or page every time. */
import type { Name } from "../contestants/index.ts";
import type { Answer } from "../hosts/protocol.ts";
import type { Engine, Lane } from "../lanes/lane.ts";
import { type Entry, median } from "../lanes/rounds.ts";
import { named } from "../options.ts";
import type { RowResult, Timed } from "../report/result.ts";
import type { Work } from "../work.ts";
import { isMissing, squeezeNet } from "./model-files.ts";
import type { Target } from "./suite.ts";

interface Clock {
  readonly name: string;
  readonly target: Target;
  /** The milliseconds of an answer; nothing where they cannot be told. */
  of(answer: Answer): number | undefined;
}

interface Start {
  readonly work: Work;
  readonly contestants: readonly Name[];
  readonly clocks: readonly Clock[];
}

/** What starts in a fresh process or page, and what is read off the clock. */
function startsIn(engine: Engine): Start[] {
  const isNode = engine.title.startsWith("Node");
  const tiny: Start = {
    work: { kind: "call", sizes: [4, 16, 16, 2] },
    contestants: ["hebb", ...(isNode ? [] : (["hebb, unbundled"] as const)), "onnxruntime-web", "tfjs wasm", "jax-js"],
    clocks: [
      {
        name: "import → first result, tiny MLP",
        target: { ms: isNode ? 25 : 30 },
        of: ({ ms }) => ms,
      },
      { name: "process start → first result", target: {}, of: ({ sinceBirth }) => sinceBirth },
    ],
  };
  const model: Start = {
    work: squeezeNet,
    contestants: ["hebb", "onnxruntime-web"],
    clocks: [
      { name: "load → first result, SqueezeNet 1.1", target: { web: 3 }, of: ({ loadMs }) => loadMs },
      { name: "import → first result, SqueezeNet 1.1", target: {}, of: ({ ms }) => ms },
    ],
  };
  return [tiny, model];
}

async function answerOf(lane: Lane, work: Work): Promise<Answer> {
  try {
    return await lane.ask({ call: "startUp", work });
  } finally {
    await lane.close();
  }
}

/** A row for every clock that had something to read. */
async function rowsOf(engine: Engine, start: Start, rounds: number, who: readonly string[]): Promise<RowResult[]> {
  const names = start.contestants.filter((name) => named(name, who));
  const answers = new Map<Name, Answer[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) answers.get(name)?.push(await answerOf(await engine.open(name), start.work));
  }
  return start.clocks.flatMap(({ name, target, of }): RowResult[] => {
    const entries = [...answers].flatMap(([contestant, all]): Entry[] => {
      const refused = all.find(({ error }) => error !== undefined);
      if (refused !== undefined) return [{ name: contestant, reason: refused.error ?? "" }];
      const times = all.flatMap((answer) => of(answer) ?? []);
      if (times.length === 0) return [];
      return [
        { name: contestant, median: median(times), min: Math.min(...times), rounds: times, leasts: times, off: null },
      ];
    });
    return entries.length === 0 ? [] : [{ name, flops: null, bytes: null, target, entries }];
  });
}

export async function runStartUp(engine: Engine, rounds: number, who: readonly string[]): Promise<Timed> {
  const rows: RowResult[] = [];
  const missing: string[] = [];
  for (const start of startsIn(engine)) {
    if (isMissing(start.work)) missing.push(...start.clocks.map(({ name }) => `the model of "${name}"`));
    else rows.push(...(await rowsOf(engine, start, rounds, who)));
  }
  return { kind: "timed", title: "Start-up", engine: engine.title, unit: "ms", rows, means: [], missing };
}
