/** Models of the shared data with their inputs, for the runtimes that read ONNX files; results as one list of numbers. */
import { type DType, dtypes, type TypedArray } from "../../ts/core/dtype.ts";
import { load } from "../../ts/core/storage.ts";
import { tensorProto } from "../../ts/formats/onnx/proto/schema.ts";
import { readTensor } from "../../ts/formats/onnx/proto/tensor.ts";
import { readMessage } from "../../ts/formats/onnx/proto/wire.ts";
import type { ModelFile } from "../work.ts";
import { type Places, Unable } from "./contestant.ts";
import type { Feed, OnnxModel } from "./onnx.ts";

export async function bytesAt(place: string): Promise<Uint8Array> {
  if (!place.startsWith("http")) return new Uint8Array(await (await import("node:fs/promises")).readFile(place));
  const response = await fetch(place);
  if (!response.ok) throw new Error(`bench: cannot read ${place}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** As many values as the shape has, from 0 up to 1. */
function ramp(name: string, shape: readonly number[]): Feed {
  const count = shape.reduce((a, b) => a * b, 1);
  return { name, shape, dtype: "float32", values: Float32Array.from({ length: count }, (_, i) => i / count) };
}

async function fileFeed(name: string, place: string): Promise<Feed> {
  const read = readTensor(readMessage(await bytesAt(place), tensorProto, place));
  if (read.dtype === "string") throw new Unable("feeds no strings");
  return { name, shape: read.shape, dtype: read.dtype, values: read.data };
}

/** The place of the model, which every runtime reads by itself, and its feeds. */
export async function modelFile({ path, feeds }: ModelFile, { data }: Places): Promise<OnnxModel> {
  const read = Object.entries(feeds).map(([name, from]) =>
    typeof from === "string" ? fileFeed(name, data + from) : ramp(name, from),
  );
  return { source: data + path, feeds: await Promise.all(read) };
}

/** All results in a row. Floats of 16 bits come as their bits where the engine has no array of them. */
export function numbersOf(results: readonly { readonly dtype: string; readonly data: unknown }[]): number[] {
  return results.flatMap(({ dtype, data }) => {
    if (!ArrayBuffer.isView(data)) return [];
    const stored = data as TypedArray;
    const plain = stored.constructor.name === "Float16Array" || !(dtype in dtypes);
    return Array.from(plain ? stored : load(dtype as DType, stored), Number);
  });
}
