/** onnxruntime's web build, on its wasm backend or on its WebGPU one. */
import type { TypedArray } from "../../ts/core/dtype.ts";
import { isImported, type Work } from "../work.ts";
import type { Contestant, Job, Places } from "./contestant.ts";
import { bytesAt, numbersOf } from "./model-file.ts";
import { type Feed, onnxOf } from "./onnx.ts";

interface OrtTensor {
  readonly type: string;
  readonly data: unknown;
  getData(): Promise<unknown>;
  dispose(): void;
}

interface Session {
  readonly outputNames: readonly string[];
  run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}

/** The part of onnxruntime's interface that is used. */
export interface Ort {
  readonly env: {
    readonly wasm: { numThreads?: number; wasmPaths?: string; wasmBinary?: ArrayBuffer };
    readonly webgpu?: { readonly device: Promise<GPUDevice> };
  };
  readonly Tensor: {
    new (type: string, data: TypedArray, dims: readonly number[]): OrtTensor;
    fromGpuBuffer(buffer: GPUBuffer, options: { dataType: string; dims: readonly number[] }): OrtTensor;
  };
  readonly InferenceSession: { create(source: Uint8Array | string, options: object): Promise<Session> };
}

export async function startWeb(places: Places): Promise<Contestant> {
  const ort = (await import("onnxruntime-web/wasm")) as unknown as Ort;
  ort.env.wasm.numThreads = 1;
  if (places.peers !== null) ort.env.wasm.wasmPaths = places.peers;
  return contestant(ort, "wasm", places);
}

export async function startWebGpu(places: Places): Promise<Contestant> {
  const ort = (await import("onnxruntime-web/webgpu")) as unknown as Ort;
  ort.env.wasm.numThreads = 1;
  if (places.peers !== null) ort.env.wasm.wasmPaths = places.peers;
  const host = contestant(ort, "webgpu", places);
  return {
    prepare: (work) => (isImported(work) || work.kind === "call" ? host.prepare(work) : resident(ort, work, places)),
  };
}

/** Operands and results lie on the GPU. */
async function resident(ort: Ort, work: Work, places: Places): Promise<Job> {
  const { source, feeds } = await onnxOf(work, places);
  const options = { executionProviders: ["webgpu"], preferredOutputLocation: "gpu-buffer" };
  const session = await ort.InferenceSession.create(source, options);
  const gpu = await (ort.env.webgpu as NonNullable<Ort["env"]["webgpu"]>).device;
  const buffers = feeds.map((feed) => upload(gpu, feed));
  const given = Object.fromEntries(
    feeds.map(({ name, dtype, shape }, i) => {
      return [name, ort.Tensor.fromGpuBuffer(buffers[i] as GPUBuffer, { dataType: dtype, dims: shape })] as const;
    }),
  );
  const run = async (): Promise<OrtTensor> => Object.values(await session.run(given))[0] as OrtTensor;
  return {
    async once() {
      (await run()).dispose();
    },
    async result() {
      const y = await run();
      const data = await y.getData();
      y.dispose();
      return numbersOf([{ dtype: y.type, data }]);
    },
    async release() {
      await session.release();
      for (const buffer of buffers) buffer.destroy();
    },
  };
}

function upload(gpu: GPUDevice, { values }: Feed): GPUBuffer {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffer = gpu.createBuffer({ size: Math.ceil(values.byteLength / 16) * 16, usage });
  gpu.queue.writeBuffer(buffer, 0, values as Float32Array<ArrayBuffer>);
  return buffer;
}

/** A contestant on one of the execution providers. */
export function contestant(ort: Ort, provider: string, places: Places): Contestant {
  return {
    async prepare(work: Work): Promise<Job> {
      const { source, feeds } = await onnxOf(work, places);
      const options = { executionProviders: [provider], intraOpNumThreads: 1, interOpNumThreads: 1 };
      // The entry for WebGPU reads no files in Node.
      const file = provider === "webgpu" && typeof source === "string" ? await bytesAt(source) : source;
      const session = await ort.InferenceSession.create(file, options);
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
