/** hebb where nothing is made before the first request, which then pays for all of it. */
import { init } from "hebb";
import wasm from "hebb/hebb.wasm";
import weights from "./network.safetensors";
import { opened } from "./network.ts";

let answer: Awaited<ReturnType<typeof opened>> | undefined;

async function open(): Promise<Awaited<ReturnType<typeof opened>>> {
  await init({ wasm });
  return opened(weights);
}

export default {
  async fetch(request: Request): Promise<Response> {
    answer ??= await open();
    return Response.json(await answer(new Uint8Array(await request.arrayBuffer())));
  },
};
