/** What test/device/webgpu-profile.test.ts runs in a page. */
import * as onnx from "../../ts/formats/onnx/index.ts";
import type { KernelProfile } from "../../ts/formats/onnx/profile.ts";
import * as hebb from "../../ts/index.ts";
import { onAdapter } from "./webgpu-adapter.ts";

/** The kernels of a model of two inputs [512, 512], on an adapter with or without timestamps; and what one run gives. */
export async function profiled(
  model: string,
  timestamps: boolean,
): Promise<{ profile: KernelProfile[]; first: number }> {
  await onAdapter(
    ({ features }) => ({ features: new Set([...features].filter((name) => timestamps || name !== "timestamp-query")) }),
    () => hebb.init({ device: "webgpu", verify: "never" }),
  );
  const session = await onnx.load(Uint8Array.from(atob(model), (byte) => byte.charCodeAt(0)));
  const ones = new Float32Array(512 * 512).fill(1);
  const profile = await session.profile({ a: ones, b: ones }, 3);
  const { y } = await session.run({ a: ones, b: ones });
  return { profile, first: await (y as hebb.Tensor).item() };
}
