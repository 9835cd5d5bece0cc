/** Passes that few graphs need are fetched when a graph looks as if it did, and are at hand from then on. */
import { expect, test } from "vitest";
import { optimize } from "../../ts/compiler/compile.ts";
import { topological } from "../../ts/graph/node.ts";
import { nn, optim, Parameter, type Tensor, tensor } from "../../ts/index.ts";

const x = (...shape: number[]): Tensor => tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), { shape });

test("one after the other", async () => {
  const network = x(2, 3).matmul(x(3, 4)).add(x(4)).relu().matmul(x(4, 2)).softmax(-1);
  expect(optimize([{ node: network.node }])).toBeInstanceOf(Array);

  const w = new Parameter(x(3, 2), "w");
  const loss = nn.crossEntropy(x(5, 3).matmul(w), tensor([0, 1, 0, 1, 1], { dtype: "int32" }));
  await new optim.Adam([w]).step(loss);
  expect(optimize([{ node: network.node }])).toBeInstanceOf(Array);

  const attention = x(5, 3).matmul(x(3, 7)).softmax(-1).matmul(x(7, 4));
  const first = optimize([{ node: attention.node }]);
  expect(first).toBeInstanceOf(Promise);
  const [root] = await first;
  expect(topological([root?.node ?? attention.node]).map(({ op }) => op.name)).toContain("attention");
  expect(optimize([{ node: attention.node }])).toBeInstanceOf(Array);
});
