/** What a second thread gains: the same work by one thread and by two, round by round in turn. */
import type { Engine, Lane } from "../lanes/lane.ts";
import { type Pace, runRounds } from "../lanes/rounds.ts";
import { named } from "../options.ts";
import { isMeasured } from "../report/judge.ts";
import type { Plain } from "../report/result.ts";
import { models } from "./models.ts";
import { ops } from "./ops.ts";
import type { Row } from "./suite.ts";
import { training } from "./training.ts";

/** What two threads shall reach on two cores: the ratio of the least times. */
const targets: Readonly<Record<string, number>> = { "matmul 512³": 1.7, "squeezenet1.1-fp32": 1.7 };
const everywhere = 0.95;

const rows: readonly Row[] = [...ops.rows.slice(0, 1), ...training.rows, ...models.rows];

interface Setting {
  readonly engine: Engine;
  readonly pace: Pace;
  readonly match: readonly string[];
  readonly log: (line: string) => void;
}

export async function runThreads({ engine, pace, match, log }: Setting): Promise<Plain> {
  const lines: string[][] = [];
  for (const { name, work } of rows.filter((row) => named(row.name, match))) {
    const lanes: Lane[] = [];
    try {
      for (const contestant of ["hebb", "hebb, 2 threads"] as const) lanes.push(await engine.open(contestant));
      // A program finds out what is worth sharing in its first runs.
      const [one, two] = await runRounds(lanes, work, { ...pace, warm: 2 * pace.warm });
      if (one === undefined || two === undefined || !isMeasured(one) || !isMeasured(two)) continue;
      const [ratio, target] = [one.min / two.min, targets[name] ?? everywhere];
      const figures = [one.min.toFixed(3), two.min.toFixed(3), ratio.toFixed(2), (one.median / two.median).toFixed(2)];
      lines.push([name, ...figures, `≥ ${target}${ratio >= target ? "" : ", missed"}`]);
      log(`threads: ${name}: ${ratio.toFixed(2)}`);
    } finally {
      for (const lane of lanes) await lane.close();
    }
  }
  return {
    kind: "plain",
    title: `Threads, ${engine.title}`,
    note: "Least milliseconds of a run by one thread and by two; the ratio of these, and that of the medians.",
    header: ["", "1 thread", "2 threads", "ratio", "of medians", "target"],
    rows: lines,
  };
}
