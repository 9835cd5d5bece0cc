/** Loading the model that a command names. */
import { load, type Session } from "../formats/onnx/index.ts";
import { type Arguments, choiceOf, type Option } from "./command.ts";
import { withProgress } from "./progress.ts";

export const modelOptions: Readonly<Record<"device" | "cache" | "sha256", Option>> = {
  device: { type: "string", value: "wasm|webgpu", help: "where it runs; wasm by default" },
  cache: { type: "boolean", help: "keep what is downloaded, and go on where a download was interrupted" },
  sha256: { type: "string", value: "hash", help: "refuse a model that has another SHA-256" },
};

/** The session of the model that the first argument names. */
export async function loadModel(args: Arguments): Promise<Session> {
  const { positionals, signal, values } = args;
  const source = positionals[0] as string;
  const device = choiceOf(args, "device", ["wasm", "webgpu"]);
  const cache = values["cache"] === true;
  const sha256 = values["sha256"] as string | undefined;
  return withProgress(source, (onProgress) =>
    load(source, { signal, onProgress, cache, sha256, ...(device === undefined ? {} : { device }) }),
  );
}
