/** What work is worth threads, and how long they are waited for. Tests set other numbers, to share what is small. */
export const worth: { start: number; run: number; always: boolean; patience: number } = {
  /** Nanoseconds of large runs, at least, after which threads are started. */
  start: 2e6,
  /** Nanoseconds of a large run, at least. */
  run: 5e4,
  /** Shares every command, and gives every thread its own part to do. */
  always: false,
  /** Milliseconds for which a share is waited for that another thread has taken, and 20 times what this one's took. */
  patience: 20_000,
};
