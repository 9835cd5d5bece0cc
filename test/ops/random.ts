/** Random numbers from given keys. The words are core's, which test/kernels/random.test.ts holds to known answers. */
import { type Key, Threefry } from "../../ts/core/random.ts";
import type { Tensor } from "../../ts/index.ts";
import { approx, type Case } from "./case.ts";
import { type Array64, array64, sizeOf } from "./oracle.ts";

const key: Key = [0x13198a2e, 0x83707344];

function uniforms(count: number): number[] {
  const stream = new Threefry(key);
  return Array.from({ length: count }, () => stream.uniform());
}

const added = (x: Array64, values: readonly number[]): Array64 =>
  array64(x.shape, (i) => (x.data[i] as number) + (values[i] as number));

export const random: readonly Case[] = [
  {
    name: "rand",
    inputs: [{ shape: [5, 7] }],
    run: (hebb, x) => (x as Tensor).add(hebb.rand([5, 7], { key })),
    oracle: (x) => added(x as Array64, uniforms(35)),
  },
  {
    name: "randn",
    inputs: [{ shape: [5, 7] }],
    run: (hebb, x) => (x as Tensor).add(hebb.randn([5, 7], { key })),
    oracle: (x) => {
      const size = sizeOf((x as Array64).shape);
      const words = uniforms(2 * size);
      const normal = Array.from({ length: size }, (_, i) => {
        const [u, v] = [words[i] as number, words[size + i] as number];
        return Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v);
      });
      return added(x as Array64, normal);
    },
    tolerance: approx,
  },
  {
    name: "dropout",
    inputs: [{ shape: [5, 7] }],
    run: (hebb, x) => hebb.nn.functional.dropout(x as Tensor, 0.25, key),
    oracle: (x) => {
      const words = uniforms(35);
      return array64((x as Array64).shape, (i) =>
        (words[i] as number) >= 0.25 ? ((x as Array64).data[i] as number) / 0.75 : 0,
      );
    },
  },
];
