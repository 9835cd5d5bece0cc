/** hebb where nothing is made before the first request, which then pays for all of it. */
import { init, type nn } from "hebb";
import wasm from "hebb/hebb.wasm";
import weights from "./network.safetensors";
import { answer, network, read } from "./network.ts";

let model: nn.Sequential | undefined;

async function open(): Promise<nn.Sequential> {
  await init({ wasm });
  const opened = network();
  await read(opened, weights);
  return opened;
}

export default {
  async fetch(request: Request): Promise<Response> {
    model ??= await open();
    return Response.json(await answer(model, new Uint8Array(await request.arrayBuffer())));
  },
};
