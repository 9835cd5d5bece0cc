/** Where a run's time goes, kernel by kernel. */
import { costOf } from "../../compiler/cost.ts";
import type { StagePlan } from "../../compiler/explain.ts";
import type { Kernel } from "../../compiler/kernel.ts";
import type { Evaluation } from "../../execution/running.ts";

/** One kernel of a program. */
export interface KernelProfile {
  /** The ops it computes: "conv2d+add+maximum". */
  readonly label: string;
  /** Shape of what it writes. */
  readonly shape: readonly number[];
  /** Milliseconds a run. */
  readonly ms: number;
  /**
   * What measured them: the host's clock around each kernel on wasm; on WebGPU the GPU's own timestamps or, on adapters
   * without, the host's clock between fences, which counts what submitting a kernel costs too. Browsers may round either.
   */
  readonly clock: "host" | "timestamps" | "fences";
  /** Thousand millions of floating-point operations a second. */
  readonly gflops: number;
  /** Bytes that it reads and writes, each once. */
  readonly bytes: number;
}

/** The kernels of a program, in order. */
export const kernelsOf = (stages: readonly StagePlan[]): Kernel[] =>
  stages.flatMap(({ compiled }) => compiled.schedule.kernels);

/** Profiles of every kernel of the programs, from the milliseconds of `runs` runs. */
export function profileOf(
  evaluations: readonly Evaluation[],
  times: readonly Float64Array[],
  runs: number,
): KernelProfile[] {
  return evaluations.flatMap(({ stages }, e) => {
    const clocks = stages.flatMap(({ compiled, clock = "host" }) => compiled.schedule.kernels.map(() => clock));
    return kernelsOf(stages).map((kernel, k) => {
      const ms = (times[e]?.[k] ?? 0) / runs;
      const { flops, bytes } = costOf(kernel);
      return {
        label: kernel.label ?? kernel.kind,
        shape: shapeOf(kernel),
        ms,
        clock: clocks[k] as KernelProfile["clock"],
        gflops: ms > 0 ? flops / ms / 1e6 : 0,
        bytes,
      };
    });
  });
}

const shapeOf = (kernel: Kernel): readonly number[] =>
  kernel.kind === "map" ? (kernel.programs[0]?.shape ?? []) : kernel.output.shape;
