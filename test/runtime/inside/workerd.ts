/** In an edge worker: a call is the body of a request. The kernels are deployed with it. */

import plain from "./hebb-full.wasm";
import relaxed from "./hebb-full-relaxed.wasm";
import { answer, handIn } from "./suites.ts";

handIn({ plain, relaxed });

export default {
  fetch: async (request: Request): Promise<Response> => Response.json(await answer(await request.json())),
};
