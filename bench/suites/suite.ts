/** What a suite of measurements is: rows of work, and what hebb is to reach in each. */
import type { Name } from "../contestants/index.ts";
import type { SuiteName } from "../options.ts";
import type { Work } from "../work.ts";

/** What to reach, by the times of one run. */
export interface Target {
  /** Times faster than the best runtime of the web. */
  readonly web?: number;
  /** At most so many times the native runtime's time. */
  readonly native?: number;
  /** At most so many milliseconds. */
  readonly ms?: number;
}

export interface Row {
  readonly name: string;
  readonly work: Work;
  readonly target?: Target;
  /** Contestants of this row alone, measured once and not in rounds since they take seconds. */
  readonly slow?: readonly Name[];
}

/** The geometric mean of the ratios of some rows, and what it is to reach. */
export interface Mean {
  readonly name: string;
  /** Names of the rows. */
  readonly rows: readonly string[];
  readonly target: Target;
}

export interface Suite {
  readonly name: SuiteName;
  readonly title: string;
  /** Unit of the times in tables. */
  readonly unit: "ms" | "µs";
  readonly contestants: readonly Name[];
  readonly rows: readonly Row[];
  readonly means?: readonly Mean[];
  /** Files that rows would be about and that are not here. */
  readonly missing?: readonly string[];
}
