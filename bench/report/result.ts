/** What a run of the benchmarks finds, as it is stored and printed. */
import type { Adapter } from "../hosts/adapter.ts";
import type { Entry } from "../lanes/rounds.ts";
import type { SuiteName } from "../options.ts";
import type { Mean, Target } from "../suites/suite.ts";

export interface RowResult {
  readonly name: string;
  readonly flops: number | null;
  readonly bytes: number | null;
  readonly target: Target;
  readonly entries: readonly Entry[];
}

/** Times of rows of work in one engine. */
export interface Timed {
  readonly kind: "timed";
  readonly title: string;
  readonly engine: string;
  /** The GPU, where rows are about one. */
  readonly adapter?: Adapter | undefined;
  readonly unit: "ms" | "µs";
  readonly rows: readonly RowResult[];
  readonly means: readonly Mean[];
  /** Files that are not here, so that their rows are not either. */
  readonly missing: readonly string[];
}

/** A plain table: sizes, memory, shares. */
export interface Plain {
  readonly kind: "plain";
  readonly title: string;
  readonly note: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export type Result = Timed | Plain;

/** What has a page of its own: each suite, and all that runs on a GPU. */
export type Page = SuiteName | "webgpu";

export interface Report {
  readonly page: Page;
  readonly machine: string;
  readonly versions: readonly string[];
  readonly rounds: number;
  readonly results: readonly Result[];
}
