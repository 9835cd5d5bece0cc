/** The value of every node of a model, in the order of their computing. */
import type { DType } from "../../core/dtype.ts";
import { load } from "../../core/storage.ts";
import { type Value as Computed, download, type Runtime, settleNode } from "../../execution/running.ts";
import type { Node } from "../../graph/node.ts";
import { type Blueprint, Build, nodesOf } from "./build.ts";
import { Recorder } from "./record.ts";
import type { Value } from "./value.ts";

/** One output of a node. */
export interface TracedValue {
  /** Name of the node; of its first output where it has none. */
  readonly node: string;
  readonly op: string;
  /** Name of the output. */
  readonly value: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly numbers: ArrayLike<number>;
}

/** Nodes whose values one program computes. */
const together = 64;

export async function traceValues(
  runtime: Runtime,
  blueprint: Blueprint,
  inputs: ReadonlyMap<string, Value>,
  wanted: readonly string[],
): Promise<TracedValue[]> {
  const seen: (Omit<TracedValue, "numbers" | "dtype" | "shape"> & { readonly tensor: Node })[] = [];
  const observe: Blueprint["observe"] = (proto, _inputs, outputs) => {
    const node = proto.name || (proto.outputs.find((name) => name !== "") ?? "");
    outputs.forEach((output, i) => {
      const value = proto.outputs[i] ?? "";
      if (output === null || value === "") return;
      for (const tensor of nodesOf(output)) seen.push({ node, op: proto.opType, value, tensor });
    });
  };
  await new Build({ ...blueprint, observe }, new Recorder(runtime)).run(inputs, wanted);
  const traced: TracedValue[] = [];
  for (let at = 0; at < seen.length; at += together) {
    const group = seen.slice(at, at + together);
    const open = [...new Set(group.map(({ tensor }) => tensor))].filter(({ source }) => source === null);
    const values = await runtime.evaluate(
      open.map((node) => ({ node })),
      open.map(() => "host"),
    );
    open.forEach((node, i) => {
      settleNode(node, values[i] as Computed);
    });
    for (const { tensor, ...facts } of group) {
      const { dtype, shape } = tensor;
      const host = await download(tensor);
      traced.push({ ...facts, dtype, shape, numbers: typeof host === "number" ? [host] : load(dtype, host) });
    }
  }
  return traced;
}
