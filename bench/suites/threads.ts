/** What a second thread gains: the same work by one thread and by two, round by round in turn. */
import type { Engine, Lane } from "../lanes/lane.ts";
import { type Measured, median, type Pace, runRounds } from "../lanes/rounds.ts";
import { named } from "../options.ts";
import { isMeasured } from "../report/judge.ts";
import type { Plain } from "../report/result.ts";
import { models } from "./models.ts";
import { ops } from "./ops.ts";
import type { Row } from "./suite.ts";
import { training } from "./training.ts";

/** What two threads shall reach on two cores. */
const targets: Readonly<Record<string, number>> = { "matmul 512³": 1.7, "squeezenet1.1-fp32": 1.7 };
const everywhere = 0.95;

const rows: readonly Row[] = [...ops.rows.slice(0, 1), ...training.rows, ...models.rows];

interface Setting {
  readonly engine: Engine;
  readonly pace: Pace;
  readonly match: readonly string[];
  readonly log: (line: string) => void;
}

/**
 * How many times faster the second is: the median over the rounds, in each of which both work within a moment. The least
 * times of all rounds would compare the best moment of one core with the best that two cores have at once.
 */
const ratioOf = (one: Measured, two: Measured, times: "leasts" | "rounds"): number =>
  median(one[times].map((ms, round) => ms / (two[times][round] as number)));

export async function runThreads({ engine, pace, match, log }: Setting): Promise<Plain> {
  const lines: string[][] = [];
  for (const { name, work } of rows.filter((row) => named(row.name, match))) {
    const lanes: Lane[] = [];
    try {
      for (const contestant of ["hebb", "hebb, 2 threads"] as const) lanes.push(await engine.open(contestant));
      // A program finds out what is worth sharing in its first runs.
      const [one, two] = await runRounds(lanes, work, {
        rounds: 3 * pace.rounds,
        warm: 2 * pace.warm,
        budget: pace.budget / 2,
      });
      if (one === undefined || two === undefined || !isMeasured(one) || !isMeasured(two)) continue;
      const [ratio, target] = [ratioOf(one, two, "leasts"), targets[name] ?? everywhere];
      const figures = [one.min, two.min, ratio, ratioOf(one, two, "rounds")];
      const digits = [3, 3, 2, 2];
      const judged = `≥ ${target}${ratio >= target ? "" : ", missed"}`;
      lines.push([name, ...figures.map((figure, i) => figure.toFixed(digits[i])), judged]);
      log(`threads: ${name}: ${ratio.toFixed(2)}`);
    } finally {
      for (const lane of lanes) await lane.close();
    }
  }
  return {
    kind: "plain",
    title: `Threads, ${engine.title}`,
    note: "Least milliseconds of a run by one thread and by two; how many times faster two are in a round, by its least times and by its medians: the median over the rounds.",
    header: ["", "1 thread", "2 threads", "ratio", "of medians", "target"],
    rows: lines,
  };
}
