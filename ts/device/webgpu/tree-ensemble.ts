/** Lowers ensembles of decision trees to shaders/tree-ensemble.wgsl. */
import treeText from "../../../shaders/tree-ensemble.wgsl";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { sizeOf } from "../../core/shape.ts";
import { type TreeAggregate, treeAggregates } from "../../ops/tree-ensemble.ts";
import { checkOutput, type Dispatch, dispatchWork } from "./dispatch.ts";
import type { Context } from "./operands.ts";

export function treeEnsemble(kernel: OpKernel, context: Context): Dispatch[] {
  const { op, output, attrs } = kernel;
  const [x, thresholds, nodes, roots, leaves, ids, weights] = kernel.inputs as readonly [
    Operand,
    Operand,
    Operand,
    Operand,
    ...Operand[],
  ];
  const count = sizeOf(output.shape);
  if (count === 0) return [];
  checkOutput(op, output);
  const work = {
    text: treeText,
    count,
    reads: { x, thresholds, nodes, roots, leaves, ids, weights },
    writes: { y: output },
    numbers: {
      features: x.shape[1] as number,
      trees: roots.shape[0] as number,
      targets: output.shape[1] as number,
      aggregate: treeAggregates.indexOf(attrs["aggregate"] as TreeAggregate),
    },
    sections: { functions: "" },
  };
  return [dispatchWork(kernel, context, work)];
}
