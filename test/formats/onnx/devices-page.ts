/** What test/formats/onnx/devices.test.ts runs in a page. */
import type { DeviceBuffer } from "../../../ts/device/device.ts";
import { currentDevice } from "../../../ts/execution/running.ts";
import * as onnx from "../../../ts/formats/onnx/index.ts";
import type { Source } from "../../../ts/graph/node.ts";
import * as hebb from "../../../ts/index.ts";

/** One model on both devices, each fed what the other gave: where each ran, what came out in the end, what runs the rest. */
export async function pass(model: string): Promise<{ homes: string[]; values: number[]; running: string[] }> {
  const bytes = Uint8Array.from(atob(model), (byte) => byte.charCodeAt(0));
  const [wasm, gpu] = await Promise.all([onnx.load(bytes, { device: "wasm" }), onnx.load(bytes, { device: "webgpu" })]);
  const running = [`${currentDevice()?.name}`];
  const homes = new Set<string>();
  let x = hebb.tensor([[1, 2]]);
  const turn = async (): Promise<void> => {
    for (const session of [wasm, gpu, gpu, wasm, wasm, gpu]) {
      x = (await session.run({ x }, { onDevice: true }))["y"] as hebb.Tensor;
      const { device } = (x.node.source as Source).buffer as DeviceBuffer;
      homes.add(`${session === gpu ? "the second" : "the first"} on ${device.name}`);
    }
  };
  await turn();
  // As before on whatever runs the rest.
  x = x.sub(x).add(hebb.tensor([[1, 2]]));
  await turn();
  await hebb.init({ device: "webgpu" });
  running.push(`${currentDevice()?.name}`);
  x = x.sub(x).add(hebb.tensor([[1, 2]]));
  await turn();
  return { homes: [...homes], values: [...(await x.data())] as number[], running };
}
