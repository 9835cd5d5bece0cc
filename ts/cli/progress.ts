/** Progress bars, where there is a terminal to draw them on. */
import { isRemote, progressBar } from "#platform";
import type { Progress } from "../files/source.ts";
import type { ProgressBar } from "../platform/platform.ts";

const KIBIBYTE = 1024;

/** What `work` makes of a source; what comes by the network on the way has a bar, a file after the other. */
export async function withProgress<T>(
  source: string,
  work: (onProgress: ((progress: Progress) => void) | undefined) => Promise<T>,
): Promise<T> {
  if (!isRemote(source)) return work(undefined);
  let bar: ProgressBar | null = null;
  let last: Progress = { loaded: 0, total: null };
  let opening = Promise.resolve();
  try {
    return await work((progress) => {
      const { loaded, total } = progress;
      if (loaded < last.loaded || last.loaded === 0) {
        opening = opening.then(async () => {
          bar?.stop();
          bar = await progressBar("KiB", Math.ceil((total ?? loaded) / KIBIBYTE));
        });
      }
      last = progress;
      bar?.update(Math.floor(loaded / KIBIBYTE), "");
    });
  } finally {
    await opening;
    (bar as ProgressBar | null)?.stop();
  }
}

/** Does `step` for 0 … total - 1, one after the other. */
export async function eachOf(title: string, total: number, step: (i: number) => Promise<void>): Promise<void> {
  const bar = await progressBar(title, total);
  try {
    for (let i = 0; i < total; i++) {
      await step(i);
      bar?.update(i + 1, "");
    }
  } finally {
    bar?.stop();
  }
}
