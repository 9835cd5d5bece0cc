/** What kernels report when a run fails: the ops that may, by number. */

/** Number `i + 1` is the op here. */
export const failures: readonly string[] = ["checkIndex", "gather", "scatterAdd", "scatter", "roiAlign", "roiPool"];

export const failureOf = (op: string): number => failures.indexOf(op) + 1;
