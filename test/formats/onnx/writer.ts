/** What tests write ONNX files with. */
import type { TensorSpec } from "../../../ts/formats/onnx/proto/write.ts";

export {
  type AttributeValue,
  type GraphSpec,
  int64s,
  type ModelSpec,
  type NodeSpec,
  type TensorSpec,
  writeModel as model,
} from "../../../ts/formats/onnx/proto/write.ts";

/** float32 values as a tensor of the file. */
export function floats(name: string, dims: readonly number[], values: readonly number[]): TensorSpec {
  return { name, dims, type: 1, raw: new Uint8Array(Float32Array.from(values).buffer) };
}
