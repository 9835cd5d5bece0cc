/** Cases of ops that work element by element: of one tensor, and of two. */
import type { Tensor } from "../../ts/index.ts";
import type { Case, Input } from "./case.ts";
import { map, zip } from "./oracle.ts";

type Method = (x: Tensor, ...others: Tensor[]) => Tensor;

export const unary = (
  name: string,
  run: Method,
  f: (x: number) => number,
  input: Partial<Input> = {},
  rest: Partial<Case> = {},
): Case => ({ name, inputs: [{ shape: [3, 37], ...input }], run: (_, x) => run(x as Tensor), oracle: map(f), ...rest });

export const binary = (
  name: string,
  run: (a: Tensor, b: Tensor) => Tensor,
  f: (a: number, b: number) => number,
  inputs: readonly [Partial<Input>, Partial<Input>] = [{}, {}],
  rest: Partial<Case> = {},
): Case => ({
  name,
  inputs: inputs.map((input, i) => ({
    shape: [5, 7],
    low: i === 0 ? -2 : -1.7,
    high: i === 0 ? 2 : 2.2,
    phase: 0.37 * i,
    ...input,
  })),
  run: (_, a, b) => run(a as Tensor, b as Tensor),
  oracle: zip(f as (...values: number[]) => number),
  ...rest,
});
