/** hebb as the guide says: all is made as the worker starts, one answer included. */
import { init } from "hebb";
import wasm from "hebb/hebb.wasm";
import weights from "./network.safetensors";
import { opened } from "./network.ts";
import { INPUTS } from "./pixels.ts";

await init({ wasm });
const answer = await opened(weights);
await answer(new Uint8Array(INPUTS));

export default {
  async fetch(request: Request): Promise<Response> {
    return Response.json(await answer(new Uint8Array(await request.arrayBuffer())));
  },
};
