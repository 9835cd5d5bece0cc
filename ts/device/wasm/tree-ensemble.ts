/** Writes the command of `assembly/tree-ensemble.ts`. */
import { TREE_ENSEMBLE } from "../../../assembly/kernels.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { dtypes } from "../../core/dtype.ts";
import { type TreeAggregate, treeAggregates } from "../../ops/tree-ensemble.ts";
import type { CommandWriter } from "./command.ts";

export function treeEnsemble(kernel: OpKernel, out: CommandWriter): void {
  const { inputs, output, attrs } = kernel;
  const [x, , , roots] = inputs as readonly [Operand, Operand, Operand, Operand];
  const [n, features] = x.shape as readonly [number, number];
  const targets = output.shape[1] as number;
  out.begin(TREE_ENSEMBLE);
  out.operand(output);
  for (const input of inputs) out.operand(input);
  out.int(dtypes[x.dtype].bytes, treeAggregates.indexOf(attrs["aggregate"] as TreeAggregate));
  out.int(n, features, roots.shape[0] as number, targets);
  out.scratch(targets * 8);
  out.end();
}
