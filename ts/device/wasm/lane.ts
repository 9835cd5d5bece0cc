/** The arithmetic of kernels that work in several types: see `assembly/lanes.ts`. */
import { F32, F64, I32, I64, U32, U64 } from "../../../assembly/lanes.ts";
import { UnsupportedError } from "../../core/errors.ts";

const lanes: { readonly [dtype: string]: number } = {
  float32: F32,
  int32: I32,
  float64: F64,
  int64: I64,
  uint32: U32,
  uint64: U64,
};

/** The number of the arithmetic that works on a dtype as it is stored. */
export function laneOf(op: string, dtype: string): number {
  const lane = lanes[dtype];
  if (lane === undefined) {
    throw new UnsupportedError(
      `${op}: cannot compute ${dtype} on the wasm device: wanted ${Object.keys(lanes).join(", ")}`,
    );
  }
  return lane;
}
