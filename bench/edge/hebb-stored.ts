/** hebb as the guide says for weights of a store: the network is made as the worker starts, the first request reads its weights. */
import { init } from "hebb";
import wasm from "hebb/hebb.wasm";
import weights from "./network.safetensors";
import { answer, prepared, read } from "./network.ts";

await init({ wasm });
const model = await prepared();
let ready = false;

export default {
  async fetch(request: Request): Promise<Response> {
    if (!ready) await read(model, weights);
    ready = true;
    return Response.json(await answer(model, new Uint8Array(await request.arrayBuffer())));
  },
};
