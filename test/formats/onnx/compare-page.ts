/** What test/formats/onnx/compare.test.ts runs in a page. */

import { currentDevice } from "../../../ts/execution/running.ts";
import * as onnx from "../../../ts/formats/onnx/index.ts";
import * as hebb from "../../../ts/index.ts";
import { enlarged, faulty } from "../../device/webgpu-fault.ts";

/** A model on wasm and on a GPU, sound or with products that are wrong: the parting value, the table, the device after it. */
export async function compare(
  model: string,
  wrong: boolean,
): Promise<{ parting: string; text: string; after: string }> {
  await hebb.init({ device: "wasm" });
  const session = await onnx.load(Uint8Array.from(atob(model), (byte) => byte.charCodeAt(0)));
  const x = hebb.tensor([[1, 2, 3, 4]]);
  let found: onnx.Comparison | undefined;
  const work = async (): Promise<void> => {
    found = await onnx.compare(session, { x });
  };
  if (wrong) await faulty("matmul", enlarged, work);
  else await work();
  const { y } = await session.run({ x });
  const after = `${currentDevice()?.name} ${await (y as hebb.Tensor).data()}`;
  return { parting: found?.parting?.node ?? "", text: String(found), after };
}
