/** Times against targets: how hebb stands to the best of the web and to native code. */
import { gpuPeers, type Name, natives, onGpu, peers } from "../contestants/index.ts";
import { type Entry, type Measured, median } from "../lanes/rounds.ts";
import type { Mean, Target } from "../suites/suite.ts";
import type { RowResult } from "./result.ts";

/** A ratio of times: by medians, and by the least times, which a busy machine disturbs less. */
export interface Ratio {
  readonly median: number;
  readonly least: number;
}

export interface Verdict {
  /** Times faster than the best web runtime; null without one. */
  readonly web: Ratio | null;
  /** hebb's time over the best native runtime's. */
  readonly native: Ratio | null;
  /** The targets in words, and whether each is reached; null where it could not be measured. */
  readonly targets: readonly { readonly text: string; readonly reached: boolean | null }[];
}

/** A result may differ from the reference's by this share of its greatest value before it counts as wrong. */
export const tolerance = 1e-3;

export const isMeasured = (entry: Entry): entry is Measured => "median" in entry;
export const isRight = ({ off }: Measured): boolean => off === null || off <= tolerance;

function best(entries: readonly Entry[], names: readonly string[]): { median: number; least: number } | null {
  const able = entries.filter((entry): entry is Measured => {
    return isMeasured(entry) && isRight(entry) && names.includes(entry.name);
  });
  if (able.length === 0) return null;
  return { median: Math.min(...able.map((one) => one.median)), least: Math.min(...able.map((one) => one.min)) };
}

function ratio(a: Ratio | null, b: Ratio | null): Ratio | null {
  return a === null || b === null ? null : { median: a.median / b.median, least: a.least / b.least };
}

/** Of one contestant's time over the better of others': the median of the rounds' ratios, and how many rounds there were. */
export function roundsRatio(
  entries: readonly Entry[],
  of: Name,
  to: readonly Name[],
): [ratio: number, rounds: number] | null {
  const right = entries.filter((entry): entry is Measured => isMeasured(entry) && isRight(entry));
  const own = right.find(({ name }) => name === of);
  const others = right.filter(({ name }) => to.includes(name)).sort((a, b) => a.median - b.median);
  const [better] = others;
  if (own === undefined || better === undefined) return null;
  const count = Math.min(own.rounds.length, better.rounds.length);
  const ratios = own.rounds.slice(0, count).map((time, i) => time / (better.rounds[i] as number));
  return [median(ratios), count];
}

export function judge({ entries, target }: RowResult): Verdict {
  // On a GPU hebb's wasm is there to compare with: results, and what the GPU gains.
  const gpu = entries.some(({ name }) => onGpu(name));
  const hebb = best(entries, [gpu ? "hebb webgpu" : "hebb"]);
  const web = ratio(best(entries, gpu ? gpuPeers : peers), hebb);
  const native = ratio(hebb, best(entries, natives));
  return { web, native, targets: targetsOf(target, web, native, hebb) };
}

/** Geometric means of the rows' ratios; a row without a ratio counts in none. */
export function judgeMean({ rows: names, target }: Mean, rows: readonly RowResult[]): Verdict & { count: number } {
  const verdicts = rows.filter(({ name }) => names.includes(name)).map(judge);
  const web = geometricMean(verdicts.flatMap(({ web }) => web ?? []));
  const native = geometricMean(verdicts.flatMap(({ native }) => native ?? []));
  return { web, native, targets: targetsOf(target, web, native, null), count: verdicts.length };
}

function geometricMean(ratios: readonly Ratio[]): Ratio | null {
  if (ratios.length === 0) return null;
  const mean = (of: (one: Ratio) => number): number =>
    Math.exp(ratios.reduce((sum, one) => sum + Math.log(of(one)), 0) / ratios.length);
  return { median: mean(({ median }) => median), least: mean(({ least }) => least) };
}

function targetsOf(target: Target, web: Ratio | null, native: Ratio | null, hebb: Ratio | null): Verdict["targets"] {
  const targets: { text: string; reached: boolean | null }[] = [];
  if (target.web !== undefined) {
    targets.push({ text: `web ≥ ${target.web}×`, reached: web && web.median >= target.web });
  }
  if (target.native !== undefined) {
    targets.push({ text: `native ≤ ${target.native}×`, reached: native && native.median <= target.native });
  }
  if (target.ms !== undefined) {
    const text = target.ms < 0.1 ? `≤ ${target.ms * 1000} µs` : `≤ ${target.ms} ms`;
    targets.push({ text, reached: hebb && hebb.median <= target.ms });
  }
  return targets;
}
