/** What test/device/webgpu.test.ts runs in a page. Everything that comes and goes is JSON. */
import * as hebb from "../../ts/index.ts";
import { asHardware, onAdapter } from "./webgpu-adapter.ts";
import { type Case, noise } from "./webgpu-case.ts";
import { cases, productCases } from "./webgpu-cases.ts";
import { differences } from "./webgpu-compare.ts";
import { rowCases } from "./webgpu-row-cases.ts";

type Name = "wasm" | "webgpu";

/** What the browser says against each shader as it stands; pipelines are made of those with an entry point. */
export async function compileShaders(texts: Record<string, string>): Promise<Record<string, string[]>> {
  const adapter = await navigator.gpu.requestAdapter();
  const device = await (adapter as GPUAdapter).requestDevice();
  const found: Record<string, string[]> = {};
  for (const [name, code] of Object.entries(texts)) {
    device.pushErrorScope("validation");
    const module = device.createShaderModule({ code });
    const { messages } = await module.getCompilationInfo();
    found[name] = messages.map(({ type, lineNum, message }) => `${type} ${lineNum}: ${message}`);
    if (/^@compute/m.test(code)) {
      try {
        await device.createComputePipelineAsync({ layout: "auto", compute: { module } });
      } catch (error) {
        found[name]?.push((error as Error).message);
      }
    }
    const error = await device.popErrorScope();
    if (error !== null) found[name]?.push(error.message);
  }
  device.destroy();
  return found;
}

type Compared = { count: number; wrong: Record<string, string> };

const compared = async (list: readonly Case[], deterministic = false): Promise<Compared> => ({
  count: list.length,
  wrong: await differences(list, deterministic),
});

/** Computes cases on both devices, all or those without subgroups; what they disagree on, in words by case. */
export function compare(deterministic: boolean): Promise<Compared> {
  return compared(deterministic ? rowCases : cases, deterministic);
}

/** The same for products as GPUs compute them. */
export function compareProducts(): Promise<Compared> {
  return onAdapter(asHardware, () => compared(productCases));
}

const inputs = 64;
const classes = 10;
const samples = 96;

/** Ten blobs in 64 dimensions. */
function blobs(): { x: Float32Array; y: Int32Array } {
  const y = Int32Array.from({ length: samples }, (_, i) => (i * 7) % classes);
  const centres = noise(classes * inputs);
  const x = noise(samples * inputs, 0.4);
  for (let i = 0; i < x.length; i++) {
    const label = y[Math.floor(i / inputs)] as number;
    x[i] = (x[i] as number) + (centres[label * inputs + (i % inputs)] as number);
  }
  return { x, y };
}

/** The losses of a small network in training, from the same seed. */
export async function train(device: Name, optimizer: "SGD" | "Adam", steps: number): Promise<number[]> {
  await hebb.init(device === "wasm" ? { device, deterministic: true } : { device, verify: "never" });
  hebb.manualSeed(42);
  const model = new hebb.nn.Sequential(
    new hebb.nn.Linear(inputs, 32),
    new hebb.nn.ReLU(),
    new hebb.nn.Linear(32, classes),
  );
  const parameters = [...model.parameters()];
  const stepper =
    optimizer === "SGD"
      ? new hebb.optim.SGD(parameters, { lr: 0.1, momentum: 0.9 })
      : new hebb.optim.Adam(parameters, { lr: 0.01 });
  const { x, y } = blobs();
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const images = hebb.tensor(x, { shape: [samples, inputs] });
    const loss = hebb.nn.crossEntropy(model.forward(images), hebb.tensor(y, { shape: [samples], dtype: "int32" }));
    await stepper.step(loss);
    losses.push(await loss.item());
  }
  return losses;
}

/** Errors that the GPU reports late: what a run throws for an index out of range, and whether the device works after it. */
export async function lateFailure(): Promise<{ name: string; message: string; after: number[] }> {
  await hebb.init({ device: "webgpu" });
  const index = hebb.tensor(Int32Array.of(1, 5), { shape: [2] }).add(hebb.tensor(Int32Array.of(0, 4), { shape: [2] }));
  let caught = new Error("nothing was thrown");
  try {
    await hebb
      .tensor(noise(12), { shape: [4, 3] })
      .indexSelect(0, index)
      .data();
  } catch (error) {
    caught = error as Error;
  }
  const after = await hebb.tensor([1, 2]).add(1).data();
  return { name: caught.name, message: caught.message, after: Array.from(after) };
}

/** A program that wasm runs in part: its values, its plan, and a parameter that is updated meanwhile. */
export async function mixed(): Promise<{
  values: number[];
  plan: string;
  together: number[];
  fresh: number[];
  after: number[];
}> {
  await hebb.init({ device: "webgpu" });
  const w = new hebb.Parameter(hebb.tensor([1, 2, 3, 4]), "w");
  const halves = (x: hebb.Tensor): hebb.Tensor => x.mul(2).to("float64").div(4).to("float32").add(x);
  const plan = await hebb.explain(halves(w));
  const values = Array.from(await halves(w).data());
  const reading = halves(w).data();
  const optimizer = new hebb.optim.SGD([w], { lr: 1 });
  await Promise.all([reading, optimizer.step(w.sum())]);
  const after = Array.from(await halves(w).data());
  // A program that has to be made before a step whose program is there.
  const fresh = w.mul(3).add(w).data();
  await optimizer.step(w.sum());
  return { values, plan, together: Array.from(await reading), fresh: Array.from(await fresh), after };
}

/** What a tensor beyond the limits of the adapter and of wasm throws. */
export async function tooLarge(): Promise<string> {
  await hebb.init({ device: "webgpu" });
  try {
    await hebb
      .rand([2 ** 30])
      .add(1)
      .sum()
      .item();
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return "nothing was thrown";
}
