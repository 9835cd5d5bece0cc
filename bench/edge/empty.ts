/** A worker that reads a body and answers: what any worker costs. */
export default {
  async fetch(request: Request): Promise<Response> {
    return Response.json([(await request.arrayBuffer()).byteLength]);
  },
};
