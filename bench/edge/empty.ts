/** A worker that has the network's file with it, reads a body and answers: what any worker costs. */
import weights from "./network.safetensors";

export default {
  async fetch(request: Request): Promise<Response> {
    return Response.json([(await request.arrayBuffer()).byteLength, weights.byteLength]);
  },
};
