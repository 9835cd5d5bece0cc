/** Times against targets: how hebb stands to the best of the web and to native code. */
import { natives, peers } from "../contestants/index.ts";
import type { Entry, Measured } from "../lanes/rounds.ts";
import type { RowResult } from "./result.ts";

export interface Verdict {
  readonly hebb: Measured | null;
  /** Times faster than the best web runtime; null without one. */
  readonly web: number | null;
  readonly bestWeb: Measured | null;
  /** hebb's time over the best native runtime's. */
  readonly native: number | null;
  readonly bestNative: Measured | null;
  /** The targets in words, and whether each is reached; null where it could not be measured. */
  readonly targets: readonly { readonly text: string; readonly reached: boolean | null }[];
}

/** A result may differ from the reference's by this share of its greatest value before it counts as wrong. */
export const tolerance = 1e-3;

export const isMeasured = (entry: Entry): entry is Measured => "median" in entry;
export const isRight = ({ off }: Measured): boolean => off === null || off <= tolerance;

function best(entries: readonly Entry[], names: readonly string[]): Measured | null {
  const able = entries.filter((entry): entry is Measured => {
    return isMeasured(entry) && isRight(entry) && names.includes(entry.name);
  });
  return able.reduce<Measured | null>(
    (least, one) => (least === null || one.median < least.median ? one : least),
    null,
  );
}

export function judge({ entries, target }: RowResult): Verdict {
  const hebb = best(entries, ["hebb"]);
  const bestWeb = best(entries, peers);
  const bestNative = best(entries, natives);
  const web = hebb !== null && bestWeb !== null ? bestWeb.median / hebb.median : null;
  const native = hebb !== null && bestNative !== null ? hebb.median / bestNative.median : null;
  const targets = [
    ...(target.web === undefined
      ? []
      : [{ text: `web ≥ ${target.web}×`, reached: web === null ? null : web >= target.web }]),
    ...(target.native === undefined
      ? []
      : [{ text: `native ≤ ${target.native}×`, reached: native === null ? null : native <= target.native }]),
    ...(target.ms === undefined
      ? []
      : [
          {
            text: target.ms < 0.1 ? `≤ ${target.ms * 1000} µs` : `≤ ${target.ms} ms`,
            reached: hebb === null ? null : hebb.median <= target.ms,
          },
        ]),
  ];
  return { hebb, web, bestWeb, native, bestNative, targets };
}
