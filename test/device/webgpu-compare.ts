/** Cases computed by wasm and by the GPU, and in words what differs. */
import * as hebb from "../../ts/index.ts";
import type { Case, Tolerance } from "./webgpu-case.ts";

type Result = { readonly values: ArrayLike<number>; readonly shape: readonly number[]; readonly dtype: string };

async function compute(list: readonly Case[]): Promise<(Result | string)[]> {
  const results: (Result | string)[] = [];
  for (const { build } of list) {
    try {
      const made = await build();
      results.push({ values: await made.data(), shape: made.shape, dtype: made.dtype });
    } catch (error) {
      results.push(String((error as Error).stack));
    }
  }
  return results;
}

/** What is wrong with the GPU's answers, by case. No kernel is tried before: a wrong one would run on wasm. */
export async function differences(list: readonly Case[], deterministic = false): Promise<Record<string, string>> {
  await hebb.init({ device: "wasm", deterministic: true });
  const wanted = await compute(list);
  await hebb.init({ device: "webgpu", deterministic, verify: "never" });
  const given = await compute(list);
  const wrong: Record<string, string> = {};
  list.forEach((item, i) => {
    const verdict = judge(given[i] as Result | string, wanted[i] as Result | string, item.tolerance);
    if (verdict !== null) wrong[item.name] = verdict;
  });
  return wrong;
}

/** What is wrong with an answer, or null. Subnormal numbers may be 0. */
function judge(given: Result | string, wanted: Result | string, { bound, of }: Tolerance): string | null {
  if (typeof wanted === "string") return `wasm: ${wanted}`;
  if (typeof given === "string") return given;
  const facts = ({ shape, dtype, values }: Result) => `${dtype} [${shape.join()}] ${values.length}`;
  if (facts(given) !== facts(wanted)) return `${facts(given)}, wanted ${facts(wanted)}`;
  const list = Array.from(wanted.values);
  const scale = of === "all" ? Math.sqrt(list.reduce((total, x) => total + x * x, 0) / Math.max(1, list.length)) : 0;
  for (let i = 0; i < list.length; i++) {
    const x = given.values[i] as number;
    const y = list[i] as number;
    if (Object.is(x, y) || Math.abs(x - y) <= Math.max(bound * Math.abs(y), bound * scale, 2 ** -126)) continue;
    return `element ${i} is ${x}, wanted ${y}`;
  }
  return null;
}
