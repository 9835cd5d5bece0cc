/** A plan: what one run of a model left for the next, and how results come out of it. */
import { makeSource, type Node, type Source } from "../../graph/node.ts";
import { leaf } from "../../ops/leaf.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { type Result, resultOf } from "./feed.ts";
import type { Recording } from "./record.ts";
import type { Value } from "./value.ts";

/** One way that a model was built: for inputs of certain shapes and dtypes, and certain outputs. */
export interface Plan {
  readonly inputs: ReadonlyMap<string, Source>;
  readonly recording: Recording;
  readonly outputs: readonly Value[];
  /** Of each output whether it stays on the device, for the caller to keep. */
  readonly stays: readonly boolean[];
}

/** What a plan is found by. */
export const keyOf = (signature: string, wanted: readonly string[], staying: ReadonlySet<string>): string =>
  `${signature}|${wanted.map((name) => (staying.has(name) ? `${name}@` : name)).join()}`;

/** A leaf of the plan's own: the caller's tensor keeps its. */
export const ownLeaf = (node: Node): Node => {
  const { host, buffer } = node.source as Source;
  return leaf(makeSource(host, buffer, false), node.shape, node.dtype);
};

/** The plan's outputs as the caller gets them; what the plan kept for the run is given back. */
export async function collect(
  { inputs, recording, outputs, stays }: Omit<Plan, "recording"> & { readonly recording: Recording | null },
  wanted: readonly string[],
): Promise<Record<string, Result>> {
  const results: Record<string, Result> = {};
  const kept = new Map<Value, Tensor>();
  for (const [i, name] of wanted.entries()) {
    const value = outputs[i] as Value;
    if (stays[i] && !kept.has(value)) kept.set(value, takeOver(value as Node));
    results[name] = kept.get(value) ?? (await resultOf(value));
  }
  recording?.release();
  if (recording !== null) {
    for (const source of inputs.values()) {
      source.host = null;
      source.buffer = null;
    }
  }
  return results;
}

/** A run's value as the caller's own. */
function takeOver({ source, shape, dtype }: Node): Tensor {
  const { host, buffer } = source as Source;
  (source as Source).buffer = null;
  return new Tensor(leaf(makeSource(host, buffer, false), shape, dtype));
}
