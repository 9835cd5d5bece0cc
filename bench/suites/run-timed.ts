/** Runs a suite of timed rows in one engine. */
import { type Name, natives } from "../contestants/index.ts";
import type { Adapter } from "../hosts/adapter.ts";
import type { Engine, Lane } from "../lanes/lane.ts";
import { type Entry, type Pace, runRounds } from "../lanes/rounds.ts";
import { named } from "../options.ts";
import type { RowResult, Timed } from "../report/result.ts";
import { bytesOf, flopsOf } from "../work.ts";
import type { Row, Suite } from "./suite.ts";

/** One reading is enough of what takes seconds. */
const once: Pace = { rounds: 1, warm: 0, budget: 0 };

export interface Setting {
  readonly engine: Engine;
  /** The GPU, where rows are about one. */
  readonly adapter?: Adapter;
  /** Lanes of the native runtimes, which are the same for every engine. */
  readonly natives: readonly Lane[];
  readonly pace: Pace;
  readonly quick: boolean;
  /** Only rows and contestants whose names hold one of these texts. */
  readonly match: readonly string[];
  readonly who: readonly string[];
  readonly log: (line: string) => void;
}

/** A lane for each name, those that are still open among them. */
async function openLanes(setting: Setting, names: readonly Name[], open: readonly Lane[] = []): Promise<Lane[]> {
  const lanes: Lane[] = [];
  for (const name of names) {
    if (!named(name, setting.who) || (name === "hebb, plain build" && !setting.engine.relaxed)) continue;
    const kept = [...open, ...setting.natives].find((lane) => lane.name === name && !lane.closed);
    const lane = kept ?? (natives.includes(name) ? undefined : await setting.engine.open(name));
    if (lane !== undefined) lanes.push(lane);
  }
  return lanes;
}

async function slowEntries(setting: Setting, row: Row): Promise<Entry[]> {
  if (setting.quick || row.slow === undefined) return [];
  const lanes = await openLanes(setting, row.slow);
  try {
    return await runRounds(lanes, row.work, once);
  } finally {
    for (const lane of lanes) await lane.close();
  }
}

export async function runTimed(setting: Setting, suite: Suite): Promise<Timed> {
  const { engine, pace, match, log } = setting;
  let lanes: Lane[] = [];
  const rows: RowResult[] = [];
  try {
    for (const row of suite.rows) {
      if (!named(row.name, match)) continue;
      lanes = await openLanes(setting, suite.contestants, lanes);
      const entries = [...(await runRounds(lanes, row.work, pace)), ...(await slowEntries(setting, row))];
      rows.push({
        name: row.name,
        flops: flopsOf(row.work),
        bytes: bytesOf(row.work),
        target: row.target ?? {},
        entries,
      });
      log(`${suite.name}: ${row.name}`);
    }
  } finally {
    for (const lane of lanes) if (!natives.includes(lane.name)) await lane.close();
  }
  const { title, unit, means = [], missing = [] } = suite;
  return { kind: "timed", title, engine: engine.title, adapter: setting.adapter, unit, rows, means, missing };
}
