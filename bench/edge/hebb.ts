/** hebb as the guide says: all is made as the worker starts, one answer included. */
import { init } from "hebb";
import wasm from "hebb/hebb.wasm";
import weights from "./network.safetensors";
import { answer, network, read } from "./network.ts";
import { INPUTS } from "./pixels.ts";

await init({ wasm });
const model = network();
await read(model, weights);
await answer(model, new Uint8Array(INPUTS));

export default {
  async fetch(request: Request): Promise<Response> {
    return Response.json(await answer(model, new Uint8Array(await request.arrayBuffer())));
  },
};
