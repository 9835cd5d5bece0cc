/** Calls that cannot be meant are refused in words, when they are made. */
import { expect, test } from "vitest";
import {
  arange,
  eye,
  full,
  grad,
  ones,
  rand,
  realize,
  roiPool,
  type Tensor,
  tensor,
  valueAndGrad,
  zeros,
} from "../../ts/index.ts";

const strange = "float31" as "float32";
const nothing = undefined as unknown as Tensor;
const x = tensor([1, 2]);

test.each<[what: string, call: () => unknown, message: string]>([
  ["tensor of a strange dtype", () => tensor([1], { dtype: strange }), "tensor: cannot make float31: wanted float64,"],
  ["tensor of a name of Object's", () => tensor([1], { dtype: "toString" as "bool" }), "cannot make toString"],
  ["zeros of a strange dtype", () => zeros([1], { dtype: strange }), "zeros: cannot make float31"],
  ["ones of a strange dtype", () => ones([1], { dtype: strange }), "ones: cannot make float31"],
  ["full of a strange dtype", () => full([1], 2, { dtype: strange }), "full: cannot make float31"],
  ["eye of a strange dtype", () => eye(2, 2, { dtype: strange }), "eye: cannot make float31"],
  ["arange of a strange dtype", () => arange(0, 2, 1, { dtype: strange }), "arange: cannot make float31"],
  ["a cast to a strange dtype", () => x.to(strange), "cast: cannot make float31"],
  ["a range beyond memory", () => arange(2 ** 40), "arange: cannot make a tensor of shape [1099511627776]"],
  [
    "a shape that is no list",
    () => rand("3" as unknown as number),
    "rand: cannot make a tensor of shape 3: wanted a list",
  ],
  ["no shape", () => zeros(undefined as unknown as number), "zeros: cannot make a tensor of shape undefined"],
  ["a gradient by integers", () => grad((t: Tensor) => t.sum())(x.to("int32")), "grad: cannot differentiate by int32"],
  [
    "a gradient of nothing",
    () => grad((_: Tensor) => nothing)(x),
    "grad: cannot differentiate undefined: wanted a function",
  ],
  [
    "a gradient that has no rule",
    () => grad((t: Tensor) => roiPool(t, ones([1, 4]), zeros([1]), { size: [1, 1] }).sum())(ones([1, 1, 2, 2])),
    "grad: cannot differentiate roiPool yet: detach what it reads",
  ],
  [
    "values of a promise",
    () => valueAndGrad((async () => x) as never)(x as never),
    "grad: cannot differentiate object",
  ],
])("%s", (_, call, message) => {
  expect(call).toThrow(message);
});

test("a list for realize", async () => {
  await expect(realize(...([[x]] as unknown as Tensor[]))).rejects.toThrow(
    "realize: cannot compute object: wanted tensors",
  );
});

test("a range that int32 cannot count is int64", async () => {
  const large = arange(2 ** 31 - 1, 2 ** 31 + 1);
  expect(large.dtype).toBe("int64");
  expect(await large.array()).toEqual([2 ** 31 - 1, 2 ** 31]);
});

test("bins of one size, and boxes of an image that is none", async () => {
  const [image, boxes] = [ones([1, 1, 4, 4]), ones([1, 4])];
  const pool = (index: number, size: readonly number[]): Tensor => {
    const options = { size: size as readonly [number, number], scale: 1 };
    return roiPool(image, boxes, tensor([index], { dtype: "int32" }), options);
  };
  expect(() => pool(0, [2])).toThrow("roiPool: cannot make bins of size 2: wanted [h, w]");
  await expect(pool(7, [2, 2]).data()).rejects.toThrow("roiPool: cannot read index 7: it is out of range");
});
