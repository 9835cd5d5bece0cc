/** Loading the model that a command names, with a progress bar while it comes by the network. */
import { isRemote, progressBar } from "#platform";
import type { Progress } from "../files/source.ts";
import { load, type Session } from "../formats/onnx/index.ts";
import { type Arguments, choiceOf, type Option } from "./command.ts";

export const modelOptions: Readonly<Record<string, Option>> = {
  device: { type: "string", value: "wasm|webgpu", help: "where it runs; wasm by default" },
  cache: { type: "boolean", help: "keep what is downloaded, and go on where a download was interrupted" },
};

const KIBIBYTE = 1024;

/** What `work` makes of a source, its transfer shown where there is a terminal. */
export async function withProgress<T>(
  source: string,
  work: (onProgress: ((progress: Progress) => void) | undefined) => Promise<T>,
): Promise<T> {
  if (!isRemote(source)) return work(undefined);
  let bar: Awaited<ReturnType<typeof progressBar>> | undefined;
  let opening: Promise<void> | undefined;
  try {
    return await work(({ loaded, total }) => {
      opening ??= progressBar("KiB", Math.ceil((total ?? loaded) / KIBIBYTE)).then((made) => {
        bar = made;
      });
      bar?.update(Math.floor(loaded / KIBIBYTE), "");
    });
  } finally {
    await opening;
    bar?.stop();
  }
}

/** The session of the model that the first argument names. */
export async function loadModel(args: Arguments): Promise<Session> {
  const { positionals, signal, values } = args;
  const source = positionals[0] as string;
  const device = choiceOf(args, "device", ["wasm", "webgpu"]);
  const cache = values["cache"] === true;
  return withProgress(source, (onProgress) =>
    load(source, device === undefined ? { signal, onProgress, cache } : { signal, onProgress, cache, device }),
  );
}
