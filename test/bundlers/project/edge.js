// An edge worker as its author writes it: kernels are modules of the deployment.
import { init, nn, tensor } from "hebb";
import wasm from "hebb/hebb.wasm";

const model = new nn.Linear(2, 1);
model.loadStateDict({ weight: tensor([[3, 4]]), bias: tensor([5]) });
let ready;

export default {
  async fetch(request) {
    ready ??= init({ wasm });
    await ready;
    const x = new URL(request.url).searchParams.get("x") ?? "0,0";
    return Response.json(await (await model.run(tensor(x.split(",").map(Number)))).array());
  },
};
