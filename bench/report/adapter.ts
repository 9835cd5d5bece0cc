/** A table on a GPU: the adapter's measured peaks, and which share of them hebb's rows reach. */
import type { Adapter } from "../hosts/adapter.ts";
import { isMeasured, isRight, roundsRatio } from "./judge.ts";
import type { RowResult } from "./result.ts";

const percent = (share: number): string => `${(100 * share).toPrecision(2)} %`;

/** hebb's share of the adapter's arithmetic and of its bandwidth; empty where a row says nothing of it. */
export function shareCells({ entries, flops, bytes }: RowResult, { gflops, gbps }: Adapter): string[] {
  const own = entries.find(({ name }) => name === "hebb webgpu");
  if (own === undefined || !isMeasured(own) || !isRight(own)) return ["", ""];
  const share = (amount: number | null, peak: number): string =>
    amount === null ? "" : percent(amount / own.median / 1e6 / peak);
  return [share(flops, gflops), share(bytes, gbps)];
}

export function adapterNote({ name, software, gflops, gbps }: Adapter): string {
  const kind = software ? "a program on the processor: what counts is that results are right, not the times" : "a GPU";
  return [
    `Adapter: ${name}, ${kind}.`,
    `Its measured peaks: ${gflops.toPrecision(3)} GFLOP/s (multiply-adds in registers), ${gbps.toPrecision(3)} GB/s (a copy, read and written).`,
  ].join(" ");
}

/** `device: "auto"` may cost so much more than the better of both devices; fewer rounds than these decide nothing. */
const dearest = 1.05;
const enough = 5;

/** The time of hebb's choice over that of the better fixed one; empty where it was not measured. */
export function choiceCell({ entries }: RowResult): string {
  const found = roundsRatio(entries, "hebb auto", ["hebb", "hebb webgpu"]);
  if (found === null) return "";
  const [ratio, rounds] = found;
  return `${ratio.toFixed(2)}${rounds < enough ? "" : ratio <= dearest ? " ✓" : " ✗"}`;
}
