/** Plans of programs on their way out of a worker. */
import type { StagePlan } from "../../compiler/explain.ts";
import type { Kernel } from "../../compiler/kernel.ts";
import type { WireStage } from "./protocol.ts";

export function packStages(stages: readonly StagePlan[]): WireStage[] {
  return stages.map(({ device, compiled, reasons, crossings, wayOf }) => ({
    device,
    compiled,
    reasons,
    crossings: crossings.map(({ node: { op, dtype, shape }, from }) => ({
      node: { op: { name: op.name }, dtype, shape },
      from,
    })),
    ways: compiled.schedule.kernels.map((kernel) => wayOf?.(kernel) ?? null),
  }));
}

export function unpackStages(stages: readonly WireStage[]): StagePlan[] {
  return stages.map(({ ways, ...stage }) => {
    const byKernel = new Map<Kernel, string | null>(
      stage.compiled.schedule.kernels.map((kernel, k) => [kernel, ways[k] ?? null]),
    );
    return { ...stage, wayOf: (kernel) => byKernel.get(kernel) ?? null };
  });
}
