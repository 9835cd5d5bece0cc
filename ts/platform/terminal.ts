/**
 * The progress bar of the runtimes that have a terminal. The library loads when the first bar is asked for.
 *
 * `process` is the global one: importing `node:process` reads its every property, which opens all three standard streams
 * and costs more than the rest of hebb's start.
 */
import type { ProgressBar } from "./platform.ts";

/** A bar on standard error; null when that is not a terminal, or the library was left out of the installation. */
export async function progressBar(title: string, total: number): Promise<ProgressBar | null> {
  if (process.stderr.isTTY !== true) return null;
  const library = await import("cli-progress").catch(() => null);
  if (library === null) return null;
  const { default: cliProgress } = library;
  const bar = new cliProgress.SingleBar({
    format: "{title} {bar} {value}/{total} · {eta_formatted} left · {note}",
    barCompleteChar: "━",
    barIncompleteChar: "┄",
    barsize: 24,
    hideCursor: true,
    clearOnComplete: false,
    gracefulExit: false,
    stream: process.stderr,
  });
  bar.start(total, 0, { title, note: "" });
  return {
    update: (value, note) => bar.update(value, { note }),
    stop: () => bar.stop(),
  };
}
