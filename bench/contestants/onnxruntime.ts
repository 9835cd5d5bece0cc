/** onnxruntime's web build, on its wasm backend. */
import type { Work } from "../work.ts";
import type { Contestant, Job, Places } from "./contestant.ts";
import { onnxOf } from "./onnx.ts";

interface OrtTensor {
  readonly data: Float32Array | Int32Array;
}

interface Session {
  run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}

/** The part of onnxruntime's interface that is used. */
export interface Ort {
  readonly env: { readonly wasm: { numThreads?: number; wasmPaths?: string } };
  readonly Tensor: new (
    type: "float32" | "uint8",
    data: Float32Array | Uint8Array,
    dims: readonly number[],
  ) => OrtTensor;
  readonly InferenceSession: { create(bytes: Uint8Array, options: object): Promise<Session> };
}

export async function startWeb({ peers }: Places): Promise<Contestant> {
  const ort = (await import("onnxruntime-web/wasm")) as unknown as Ort;
  ort.env.wasm.numThreads = 1;
  if (peers !== null) ort.env.wasm.wasmPaths = peers;
  return contestant(ort, "wasm");
}

/** A contestant on one of the execution providers. */
export function contestant(ort: Ort, provider: string): Contestant {
  return {
    async prepare(work: Work): Promise<Job> {
      const { bytes, feeds } = onnxOf(work);
      const options = { executionProviders: [provider], intraOpNumThreads: 1, interOpNumThreads: 1 };
      const session = await ort.InferenceSession.create(bytes, options);
      const tensors = (): Record<string, OrtTensor> =>
        Object.fromEntries(
          feeds.map(({ name, values, shape }) => {
            const type = values instanceof Float32Array ? "float32" : "uint8";
            return [name, new ort.Tensor(type, values, shape)] as const;
          }),
        );
      const given = tensors();
      const run = async (): Promise<ArrayLike<number>> => {
        const { y } = await session.run(work.kind === "call" ? tensors() : given);
        return (y as OrtTensor).data;
      };
      return { once: run, result: run, release: () => session.release() };
    },
  };
}
