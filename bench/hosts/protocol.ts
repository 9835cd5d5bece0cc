/** What is asked of a contestant's process, and what it answers. */
import type { Rung } from "../lab/webgpu/ladder.ts";
import type { Digest } from "../measure.ts";
import type { Work } from "../work.ts";
import type { Adapter } from "./adapter.ts";

export type Request =
  | { readonly call: "prepare"; readonly work: Work; readonly warm: number }
  | { readonly call: "measure"; readonly budget: number }
  | { readonly call: "release" }
  | { readonly call: "adapter" }
  | { readonly call: "ladder"; readonly variant: number; readonly small: boolean }
  | { readonly call: "startUp"; readonly work: Work }
  | { readonly call: "idle" }
  | { readonly call: "memory"; readonly work: Work; readonly runs: number }
  | { readonly call: "share"; readonly work: Work; readonly runs: number };

export interface Memory {
  /** Most memory that the process ever held, in megabytes. */
  readonly peakMb: number;
  /** Linear memory after the first runs and after all of them, in megabytes. */
  readonly wasmMbFirst: number;
  readonly wasmMbLast: number;
}

/** Milliseconds of one run: in the kernels' exported `run`, and in all. */
export interface Share {
  readonly kernelsMs: number;
  readonly totalMs: number;
}

export interface Answer {
  readonly error?: string;
  readonly digest?: Digest;
  readonly times?: readonly number[];
  readonly ms?: number;
  /** Of these, since the packages were imported. */
  readonly loadMs?: number;
  /** Since the process began. */
  readonly sinceBirth?: number;
  /** Null where there is no WebGPU. */
  readonly adapter?: Adapter | null;
  readonly rungs?: readonly Rung[];
  readonly memory?: Memory;
  readonly share?: Share;
}
