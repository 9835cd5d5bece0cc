/** The bits of what the table's cases give, values and gradients, for comparing runs that must not differ in any. */
import * as hebb from "../../ts/index.ts";
import { type InitOptions, type Tensor, tensor } from "../../ts/index.ts";
import { shareAll } from "../device/shared.ts";
import { type Case, type Input, valuesOf } from "./case.ts";
import { table } from "./table.ts";

/** FNV-1a of bytes, going on from `hash`. */
function hashOf(data: ArrayBufferView, hash: number): number {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

const tensorOf = (input: Input): Tensor =>
  tensor(valuesOf(input), { shape: input.shape, dtype: input.dtype ?? "float32" });

async function bitsOf(item: Case): Promise<string> {
  hebb.manualSeed(7);
  const inputs = item.inputs.map(tensorOf);
  let hash = hashOf(await item.run(hebb, ...inputs).data(), 0x811c9dc5);
  const wanted = item.gradient === false ? [] : (item.gradient ?? inputs.flatMap((x, i) => (isReal(x) ? [i] : [])));
  if (wanted.length > 0) {
    const objective = (...x: Tensor[]): Tensor => {
      const y = item.run(hebb, ...inputs.map((input, i) => x[wanted.indexOf(i)] ?? input));
      return y.mul(hebb.arange(y.size).reshape(y.shape).mul(0.37).sin()).sum();
    };
    const { grads } = hebb.valueAndGrad(objective)(...wanted.map((i) => inputs[i] as Tensor));
    for (const gradient of grads) hash = hashOf(await gradient.data(), hash);
  }
  return `${item.name} ${(hash >>> 0).toString(16)}`;
}

const isReal = ({ dtype }: Tensor): boolean => dtype === "float32" || dtype === "float64";

/** A line for every case, computed by so many threads, which share all there is. */
export async function tableBits(threads: number, options: InitOptions = {}): Promise<string[]> {
  await shareAll(threads, { ...options, kernels: "full" });
  const lines: string[] = [];
  for (const item of table) lines.push(await bitsOf(item));
  return lines;
}
