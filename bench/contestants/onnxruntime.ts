/** onnxruntime's web build, on its wasm backend. */
import type { TypedArray } from "../../ts/core/dtype.ts";
import type { Work } from "../work.ts";
import type { Contestant, Job, Places } from "./contestant.ts";
import { numbersOf } from "./model-file.ts";
import { onnxOf } from "./onnx.ts";

interface OrtTensor {
  readonly type: string;
  readonly data: unknown;
}

interface Session {
  readonly outputNames: readonly string[];
  run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}

/** The part of onnxruntime's interface that is used. */
export interface Ort {
  readonly env: { readonly wasm: { numThreads?: number; wasmPaths?: string } };
  readonly Tensor: new (type: string, data: TypedArray, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: { create(source: Uint8Array | string, options: object): Promise<Session> };
}

export async function startWeb(places: Places): Promise<Contestant> {
  const ort = (await import("onnxruntime-web/wasm")) as unknown as Ort;
  ort.env.wasm.numThreads = 1;
  if (places.peers !== null) ort.env.wasm.wasmPaths = places.peers;
  return contestant(ort, "wasm", places);
}

/** A contestant on one of the execution providers. */
export function contestant(ort: Ort, provider: string, places: Places): Contestant {
  return {
    async prepare(work: Work): Promise<Job> {
      const { source, feeds } = await onnxOf(work, places);
      const options = { executionProviders: [provider], intraOpNumThreads: 1, interOpNumThreads: 1 };
      const session = await ort.InferenceSession.create(source, options);
      const tensors = (): Record<string, OrtTensor> =>
        Object.fromEntries(
          feeds.map(({ name, values, shape, dtype }) => [name, new ort.Tensor(dtype, values, shape)] as const),
        );
      const given = tensors();
      const once = (): Promise<Record<string, OrtTensor>> => session.run(work.kind === "call" ? tensors() : given);
      const result = async (): Promise<number[]> => {
        const results = await once();
        const outputs = session.outputNames.map((name) => results[name] as OrtTensor);
        return numbersOf(outputs.map(({ type, data }) => ({ dtype: type, data })));
      };
      return { once, result, release: () => session.release() };
    },
  };
}
