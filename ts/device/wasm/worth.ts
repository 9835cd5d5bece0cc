/** What work is worth threads. Tests set other numbers, to share what is small. */
export const worth: { start: number; run: number; always: boolean } = {
  /** Nanoseconds of large runs, at least, after which threads are started. */
  start: 2e6,
  /** Nanoseconds of a large run, at least. */
  run: 5e4,
  /** Shares every command, and gives every thread its own part to do. */
  always: false,
};
