import { expect, it } from "vitest";
import { inlineNumbers } from "../../ts/compiler/passes/number.ts";
import { topological } from "../../ts/graph/node.ts";
import { type Tensor, tensor } from "../../ts/index.ts";
import { optimize } from "./compiled.ts";
import { constantLeaf } from "./leaves.ts";

const names = (y: Tensor): string[] => topological(inlineNumbers([y.node])).map(({ op }) => op.name);
const optimized = (y: Tensor): string[] =>
  topological(optimize([{ node: y.node }]).map(({ node }) => node)).map(({ op }) => op.name);

it("a constant leaf of one element is a number of the program, which algebra can read", () => {
  const x = tensor([1, 2, 3]);
  const y = x.mul(constantLeaf(1)).pow(constantLeaf(2));
  expect(topological([y.node]).map(({ op }) => op.name)).not.toContain("constant");
  expect(names(y)).toContain("constant");
  expect(optimized(y)).toEqual(["leaf", "mul"]);
});

it("a number that changes from run to run stays data", () => {
  const y = tensor([1, 2, 3]).pow(tensor(2));
  expect(names(y)).not.toContain("constant");
  expect(optimized(y)).toContain("pow");
});
