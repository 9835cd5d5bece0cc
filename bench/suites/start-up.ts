/** From importing a runtime to its first result, in a fresh process or page every time. */
import type { Name } from "../contestants/index.ts";
import type { Engine } from "../lanes/lane.ts";
import { type Entry, median } from "../lanes/rounds.ts";
import { named } from "../options.ts";
import type { Timed } from "../report/result.ts";
import type { Work } from "../work.ts";

const work: Work = { kind: "call", sizes: [4, 16, 16, 2] };

const contestants: readonly Name[] = ["hebb", "onnxruntime-web", "tfjs wasm", "jax-js"];

/** Milliseconds to reach. */
const targets = { node: 25, chromium: 30 } as const;

export async function runStartUp(engine: Engine, rounds: number, who: readonly string[]): Promise<Timed> {
  const names = contestants.filter((name) => named(name, who));
  const times = new Map<Name, number[]>();
  const births = new Map<Name, number[]>();
  const refused = new Map<Name, string>();
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const lane = await engine.open(name);
      try {
        const { ms, sinceBirth, error } = await lane.ask({ call: "startUp", work });
        if (ms === undefined) refused.set(name, error ?? "gave no result");
        else times.set(name, [...(times.get(name) ?? []), ms]);
        if (sinceBirth !== undefined) births.set(name, [...(births.get(name) ?? []), sinceBirth]);
      } finally {
        await lane.close();
      }
    }
  }
  const entries = (found: ReadonlyMap<Name, number[]>): Entry[] => [
    ...names.flatMap((name): Entry[] => {
      const own = found.get(name);
      return own === undefined ? [] : [{ name, median: median(own), min: Math.min(...own), rounds: own, off: null }];
    }),
    ...[...refused].map(([name, reason]) => ({ name, reason })),
  ];
  const target = { ms: engine.title.startsWith("Node") ? targets.node : targets.chromium };
  const rows = [{ name: "import → first result, tiny MLP", flops: null, target, entries: entries(times) }];
  if (births.size > 0) {
    rows.push({
      name: "process start → first result",
      flops: null,
      target: {} as typeof target,
      entries: entries(births),
    });
  }
  return { kind: "timed", title: "Start-up", engine: engine.title, unit: "ms", rows };
}
