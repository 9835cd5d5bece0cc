/** Which of its ways a convolution takes, in a word, for people. */
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { routeOf, routeOfInput } from "./conv2d-route.ts";
import type { Quad } from "./conv2d-sizes.ts";
import { sizes } from "./conv2d-stage.ts";

const shapes = ({ inputs, output, attrs }: OpKernel): { x: Operand; w: Quad; y: Operand } => {
  const [x, w] = inputs as readonly [Operand, Operand];
  return { x, w: (attrs["weight"] ?? w.shape) as Quad, y: output };
};

const convolution = (kernel: OpKernel, packed: boolean): string => {
  const { x, w, y } = shapes(kernel);
  return routeOf(sizes(kernel, x, w, y), packed).way;
};

const input = (kernel: OpKernel, packed: boolean): string => {
  const { x: dy, w, y: dx } = shapes(kernel);
  return routeOfInput(sizes(kernel, dx, w, dy), packed).way;
};

export const conv2dWays: Readonly<Record<string, (kernel: OpKernel) => string>> = {
  conv2d: (kernel) => convolution(kernel, false),
  conv2dPacked: (kernel) => convolution(kernel, true),
  conv2dInput: (kernel) => input(kernel, false),
  conv2dInputPacked: (kernel) => input(kernel, true),
};
