/** One piece of work, every contestant in turn, round after round: what disturbs the machine disturbs all of them. */
import type { Name } from "../contestants/index.ts";
import type { Answer, Request } from "../hosts/protocol.ts";
import type { Digest } from "../measure.ts";
import type { Work } from "../work.ts";
import type { Lane } from "./lane.ts";

export interface Pace {
  readonly rounds: number;
  /** Milliseconds of running before the first round, and in each. */
  readonly warm: number;
  readonly budget: number;
}

export interface Measured {
  readonly name: Name;
  /** Milliseconds of one run. */
  readonly median: number;
  readonly min: number;
  /** The median of each round. */
  readonly rounds: readonly number[];
  /** The least of each round. */
  readonly leasts: readonly number[];
  /** Greatest difference from the reference's result, as a share of its greatest value; null for the reference. */
  readonly off: number | null;
}

export interface Refused {
  readonly name: Name;
  readonly reason: string;
}

export type Entry = Measured | Refused;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[half] as number;
  return ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

/** Whose result is believed when they differ, first to last. */
const believed: readonly Name[] = ["PyTorch", "onnxruntime-node", "onnxruntime-web", "tfjs wasm", "jax-js", "hebb"];

function difference(a: Digest, b: Digest): number {
  if (a.count !== b.count) return Number.POSITIVE_INFINITY;
  const gaps = a.samples.map((value, i) => Math.abs(value - (b.samples[i] as number)));
  return Math.max(...gaps, Math.abs(a.mean - b.mean)) / Math.max(b.peak, 1e-30);
}

/** First line of an error, without what a runtime adds around it. */
const brief = (reason: string): string => (reason.split("\n")[0] ?? "").slice(0, 160);

/** The lane's answer; a lane that ends or keeps silent is closed and answers with that. */
async function ask(lane: Lane, request: Request): Promise<Answer> {
  try {
    return await lane.ask(request);
  } catch (error) {
    await lane.close();
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** Two readings are enough of what takes seconds. */
function hasEnough(rounds: readonly number[][] = []): boolean {
  return rounds.length >= 2 && Math.min(...rounds.flat()) > 1000;
}

export async function runRounds(lanes: readonly Lane[], work: Work, pace: Pace): Promise<Entry[]> {
  const digests = new Map<Name, Digest>();
  const refused = new Map<Name, string>();
  for (const lane of lanes) {
    const { error, digest } = await ask(lane, { call: "prepare", work, warm: pace.warm });
    if (digest === undefined) refused.set(lane.name, brief(error ?? "gave no result"));
    else digests.set(lane.name, digest);
  }
  const times = new Map<Name, number[][]>();
  for (let round = 0; round < pace.rounds; round++) {
    for (const lane of lanes) {
      if (refused.has(lane.name) || hasEnough(times.get(lane.name))) continue;
      const { error, times: own } = await ask(lane, { call: "measure", budget: pace.budget });
      if (own === undefined) refused.set(lane.name, brief(error ?? "gave no times"));
      else times.set(lane.name, [...(times.get(lane.name) ?? []), [...own]]);
    }
  }
  for (const lane of lanes) if (!refused.has(lane.name)) await ask(lane, { call: "release" });
  const reference = believed.find((name) => digests.has(name));
  const truth = reference === undefined ? undefined : digests.get(reference);
  return lanes.map(({ name }): Entry => {
    const reason = refused.get(name);
    if (reason !== undefined) return { name, reason };
    const own = times.get(name) ?? [];
    const off = truth === undefined || name === reference ? null : difference(digests.get(name) as Digest, truth);
    const leasts = own.map((times) => Math.min(...times));
    return { name, median: median(own.flat()), min: Math.min(...leasts), rounds: own.map(median), leasts, off };
  });
}
