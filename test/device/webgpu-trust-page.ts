/** What test/device/webgpu-trust.test.ts runs in a page: a GPU whose kernels are wrong. */
import { optimize } from "../../ts/compiler/compile.ts";
import { WasmDevice } from "../../ts/device/wasm/device.ts";
import { WebGpuDevice } from "../../ts/device/webgpu/device.ts";
import { loweredOps } from "../../ts/device/webgpu/lower.ts";
import { Trust } from "../../ts/execution/trust.ts";
import { trustCases, untriedOps } from "../../ts/execution/trust-cases.ts";
import { topological } from "../../ts/graph/node.ts";
import * as hebb from "../../ts/index.ts";
import { cases } from "./webgpu-cases.ts";
import { enlarged, faulty } from "./webgpu-fault.ts";

/** Ops that the device runs and nobody tries. */
export function untried(): string[] {
  return loweredOps.filter((op) => !(op in trustCases) && !untriedOps.includes(op));
}

const matrix = (): hebb.Tensor =>
  hebb.tensor([
    [1, 2],
    [3, 4],
  ]);

const until = async (done: () => boolean): Promise<void> => {
  for (let i = 0; i < 150 && !done(); i++) await new Promise((resolve) => setTimeout(resolve, 100));
};

/** A product on a GPU that computes products wrongly: before anybody knows, and once there was a warning. */
export async function mistrust(verify: "background" | "first"): Promise<{
  values: number[][];
  warnings: string[];
  plan: string;
}> {
  const values: number[][] = [];
  let plan = "";
  const warnings = await faulty("matmul", enlarged, async () => {
    await hebb.init({ device: "webgpu", verify });
    const seen: string[] = [];
    const { warn } = console;
    console.warn = (message: string) => {
      seen.push(message);
      warn(message);
    };
    const product = (): hebb.Tensor => matrix().matmul(matrix()).add(1);
    values.push(Array.from(await product().data()));
    await until(() => seen.length > 0);
    values.push(Array.from(await product().data()));
    plan = await hebb.explain(product());
  });
  return { values, warnings, plan };
}

/** A parameter's gradient step on such a GPU, by products that are refused meanwhile: losses. */
export async function trainMistrusted(): Promise<{ losses: number[]; wanted: number[]; warnings: string[] }> {
  const run = async (): Promise<number[]> => {
    hebb.manualSeed(1);
    const model = new hebb.nn.Linear(2, 3);
    const step = new hebb.optim.SGD([...model.parameters()], { lr: 0.001 });
    const losses: number[] = [];
    for (let i = 0; i < 4; i++) {
      const loss = model.forward(matrix()).square().sum();
      await step.step(loss);
      losses.push(await loss.item());
    }
    return losses;
  };
  await hebb.init({ device: "wasm" });
  const wanted = await run();
  let losses: number[] = [];
  const warnings = await faulty("matmul", enlarged, async () => {
    await hebb.init({ device: "webgpu", verify: "first" });
    losses = await run();
  });
  return { losses, wanted, warnings };
}

/** What is warned of on a sound GPU when it meets every kernel of the cases: nothing; and how many families they are. */
export async function trusted(): Promise<{ warnings: string[]; families: number }> {
  const warnings: string[] = [];
  const device = await WebGpuDevice.create();
  const wasm = WasmDevice.create({ full: true });
  const warn = (message: string): void => void warnings.push(message);
  const trust = new Trust(device, () => wasm, { onRefused: () => {}, warn });
  for (const { build } of cases) {
    const roots = await optimize([{ node: (await build()).node }], device);
    const able = topological(roots.map(({ node }) => node)).filter((node) => device.cannot(node) === null);
    void trust.meet(able);
  }
  await trust.settled();
  device.dispose();
  return { warnings, families: trust.families };
}
