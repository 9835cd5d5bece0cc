/** What test/device/webgpu-faults.test.ts runs in a page: a GPU that is absent, lost, full, or refuses commands. */
import * as onnx from "../../ts/formats/onnx/index.ts";
import * as hebb from "../../ts/index.ts";
import { floats, model } from "../formats/onnx/writer.ts";
import { install, order } from "./webgpu-failing.ts";

/** The result of work as text: a value, or `<class>: <message>` of what it throws. */
async function told(work: () => Promise<unknown>): Promise<string> {
  try {
    return String(await work());
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

const sum = (): Promise<number> => hebb.tensor([1, 2]).add(1).sum().item();

/** Where the GPU is: in the page, or in a worker whose module lies at an address of the server. */
export type Place = "page" | string;

const options = (device: "auto" | "webgpu", place: Place): hebb.InitOptions => ({
  device,
  verify: "never",
  threads: 1,
  ...(place !== "page" && { worker: new URL(place, location.href) }),
});

/** What a page hears that asks for a device, and its first result. */
export async function start(device: "auto" | "webgpu", place: Place): Promise<string[]> {
  return [await told(() => hebb.init(options(device, place))), await told(sum)];
}

/** Starts a device whose GPU takes orders. */
async function opened(device: "auto" | "webgpu", place: Place): Promise<void> {
  if (place === "page") install();
  await hebb.init(options(device, place));
}

/** A model whose output are the elements of its input times 1, 2, 3 … */
function scales(size: number): Uint8Array {
  const weights = Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 + (i % size) : 0));
  return model({
    nodes: [{ op: "MatMul", inputs: ["x", "w"], outputs: ["y"] }],
    initializers: [floats("w", [size, size], weights)],
    inputs: [["x", 1, [size, size]]],
    outputs: [["y", 1, [size, size]]],
  });
}

/** The last elements of a model's output for ones. */
async function lastOf(session: onnx.Session, size: number): Promise<string> {
  const { y } = await session.run({ x: hebb.ones([size, size]) });
  return [...(await (y as hebb.Tensor).data())].slice(-2).join(",");
}

/** A parameter with an optimiser; a step tells its loss. */
function training() {
  const weight = new hebb.Parameter(hebb.tensor([1, 2]), "weight");
  const optimizer = new hebb.optim.Adam([weight], { lr: 0.5 });
  const step = async (): Promise<string> => {
    const loss = weight.square().sum();
    await optimizer.step(loss);
    return String(await loss.item());
  };
  return { weight, optimizer, step };
}

/** The GPU is lost while a program runs: what that run says, then the next, parameters, a model, and training again. */
export async function lostHalfway(place: Place): Promise<Record<string, string>> {
  await opened("webgpu", place);
  const { weight, optimizer, step } = training();
  const session = await onnx.load(scales(4));
  const predict = (): Promise<string> => told(() => lastOf(session, 4));
  const said: Record<string, string> = { first: await told(step), model: await predict() };
  const kept = optimizer.stateDict();
  await order({ lose: true });
  said["running"] = await told(() =>
    hebb
      .rand([256, 256])
      .matmul(hebb.rand([256, 256]))
      .sum()
      .item(),
  );
  said["next"] = await told(sum);
  said["weight"] = await told(() => weight.data());
  said["step"] = await told(step);
  said["steps"] = String(optimizer.steps);
  said["modelAgain"] = await predict();
  weight.assign(hebb.tensor([1, 2]));
  said["state"] = await told(step);
  optimizer.loadStateDict({
    steps: 0,
    state: Object.fromEntries(Object.keys(kept.state).map((name) => [name, hebb.zeros([2])])),
  });
  said["restored"] = await told(step);
  return said;
}

/** A GPU that has no room for buffers of a size: what runs say that need one as label tells, and what runs after them. */
export async function outOfMemory(place: Place): Promise<string[]> {
  await opened("webgpu", place);
  const x = hebb.tensor(new Float32Array(1 << 18).fill(1), { shape: [512, 512] });
  const weight = new hebb.Parameter(x, "weight");
  const said: string[] = [];
  for (const full of ["tensor", "arena"]) {
    await order({ full });
    const running = [told(() => hebb.realize(x.add(1).matmul(x))), told(() => weight.add(1).sum().item())];
    said.push(...(await Promise.all(running)));
  }
  await order({ full: "" });
  said.push(await told(sum), await told(() => weight.add(1).sum().item()));
  return said;
}

/** Rows and columns of products that are large enough to be tried on a GPU. */
const side = 256;
/** Most runs until a device is chosen, and runs on the GPU one after another that say that it was. */
const patience = 1000;
const often = 6;

/** Runs until the GPU has them all. */
async function chosen(run: () => Promise<string>): Promise<void> {
  let [submits, streak] = [0, 0];
  for (let i = 0; i < patience && streak < often; i++) {
    await run();
    const now = await order();
    streak = now.submits > submits ? streak + 1 : 0;
    ({ submits } = now);
    // Time for what is done in the background.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  if (streak < often) throw new Error(`wasm still runs after ${patience} runs`);
}

/** A GPU that was chosen is lost while it runs a model: what that run gives, the next, and a parameter that was there. */
export async function chosenLost(place: Place): Promise<Record<string, unknown>> {
  await opened("auto", place);
  const session = await onnx.load(scales(side));
  const predict = (): Promise<string> => told(() => lastOf(session, side));
  const weight = new hebb.Parameter(hebb.ones([side, side]), "weight");
  const x = hebb.ones([side, side]);
  const product = (): Promise<string> => told(async () => (await x.matmul(weight).data())[0]);
  const said: Record<string, unknown> = { first: await predict() };
  await order({ slowWasm: true });
  await chosen(predict);
  await chosen(product);
  said["chosen"] = `${await predict()},${await product()}`;
  await order({ lose: true });
  said["running"] = await predict();
  const { submits } = await order();
  said["next"] = await predict();
  said["weight"] = await told(() => weight.data());
  weight.assign(hebb.ones([side, side]));
  said["product"] = await product();
  const after = await order();
  return { ...said, submits: after.submits - submits, warnings: after.warnings };
}

interface Tried {
  /** What all runs gave. */
  readonly said: readonly string[];
  /** How often there was no room. */
  readonly refusals: number;
  /** Afterwards. */
  readonly submits: number;
  readonly warnings: readonly string[];
}

/** A GPU without room is tried for a model, and has room again afterwards. */
export async function triedFull(place: Place): Promise<Tried> {
  await opened("auto", place);
  await order({ slowWasm: true, full: "tensor" });
  const session = await onnx.load(scales(side));
  const said = new Set<string>();
  let counted = await order();
  for (let i = 0; i < patience && counted.refusals === 0; i++) {
    said.add(await told(() => lastOf(session, side)));
    counted = await order();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await order({ full: "" });
  const { submits } = await order();
  for (let i = 0; i < often; i++) said.add(await told(() => lastOf(session, side)));
  const after = await order();
  return { ...after, said: [...said], submits: after.submits - submits };
}

/** What a run says whose commands the GPU refuses, here for having too many groups; then the next run's result. */
export async function refused(): Promise<string[]> {
  await opened("webgpu", "page");
  const { prototype } = GPUComputePassEncoder;
  const { dispatchWorkgroups } = prototype;
  prototype.dispatchWorkgroups = function (this: GPUComputePassEncoder): undefined {
    dispatchWorkgroups.call(this, 1 << 20);
  };
  const said: string[] = [];
  try {
    said.push(await told(sum));
  } finally {
    prototype.dispatchWorkgroups = dispatchWorkgroups;
  }
  said.push(await told(sum));
  return said;
}

/** What a run says whose shader does not compile. */
export async function uncompiled(): Promise<string> {
  await opened("webgpu", "page");
  const { prototype } = GPUDevice;
  const { createShaderModule } = prototype;
  prototype.createShaderModule = function (this: GPUDevice, descriptor: GPUShaderModuleDescriptor): GPUShaderModule {
    return createShaderModule.call(this, {
      ...descriptor,
      code: `${descriptor.code}\nfn broken() -> f32 { return 1u; }`,
    });
  };
  try {
    return await told(() => hebb.tensor([3, 4]).softmax(0).data());
  } finally {
    prototype.createShaderModule = createShaderModule;
  }
}
