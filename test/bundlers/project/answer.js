// What an edge function answers: y = 3 x₀ + 4 x₁ + 5 of `?x=x₀,x₁`, by the kernels that it is given.
import { init, nn, tensor } from "hebb";

const model = new nn.Linear(2, 1);
model.loadStateDict({ weight: tensor([[3, 4]]), bias: tensor([5]) });
let ready;

export const answerWith = (wasm) => async (request) => {
  ready ??= init({ wasm });
  await ready;
  const x = new URL(request.url).searchParams.get("x") ?? "0,0";
  return Response.json(await (await model.run(tensor(x.split(",").map(Number)))).array());
};
