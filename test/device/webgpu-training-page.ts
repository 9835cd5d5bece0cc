/** What test/device/webgpu-training.test.ts runs in a page. Everything that comes and goes is JSON. */

import { currentDevice } from "../../ts/execution/running.ts";
import * as hebb from "../../ts/index.ts";
import { lenet5 } from "../golden/lenet5.ts";
import { noise } from "./webgpu-case.ts";

type Name = "wasm" | "webgpu";

/** Nothing beside the training runs: no kernels are compared meanwhile. */
const start = (device: Name): Promise<void> => hebb.init({ device, deterministic: true, verify: "never" });

/** Digits of an idx file that the server offers, from 0 to 1. */
async function digits(from: number, count: number): Promise<{ x: Float32Array; y: Int32Array }> {
  const read = async (name: string): Promise<ArrayLike<number>> => {
    const reply = await fetch(`/mnist/t10k-${name}-ubyte.gz`);
    return (await hebb.data.readIdx(new Uint8Array(await reply.arrayBuffer()), name)).data as Uint8Array;
  };
  const [images, labels] = await Promise.all([read("images-idx3"), read("labels-idx1")]);
  const x = Float32Array.from({ length: count * 784 }, (_, i) => (images[from * 784 + i] as number) / 255);
  return { x, y: Int32Array.from({ length: count }, (_, i) => labels[from + i] as number) };
}

const batch = 32;
const tested = 300;

/** Trains LeNet-5 for some steps from one seed: the losses, and the share of further digits that it reads right. */
export async function lenet(device: Name, steps: number): Promise<{ losses: number[]; accuracy: number }> {
  await start(device);
  hebb.manualSeed(7);
  const model = lenet5();
  const optimizer = new hebb.optim.Adam(model.parameters(), { lr: 0.005 });
  const { x, y } = await digits(0, steps * batch);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const images = hebb.tensor(x.subarray(step * batch * 784, (step + 1) * batch * 784), { shape: [batch, 1, 28, 28] });
    const labels = hebb.tensor(y.subarray(step * batch, (step + 1) * batch), { shape: [batch], dtype: "int32" });
    const loss = hebb.nn.crossEntropy(model.forward(images), labels);
    await optimizer.step(loss);
    losses.push(await loss.item());
  }
  const test = await digits(9000, tested);
  const read = await model
    .forward(hebb.tensor(test.x, { shape: [tested, 1, 28, 28] }))
    .argmax(1)
    .data();
  const right = test.y.filter((label, i) => Number(read[i]) === label).length;
  return { losses, accuracy: right / tested };
}

const side = 10;
const classes = 3;

/** A network with everything that LeNet-5 has, on noise. */
function small(): { model: hebb.nn.Sequential; step: () => Promise<number> } {
  hebb.manualSeed(3);
  const model = new hebb.nn.Sequential(
    new hebb.nn.Conv2d(1, 3, 3),
    new hebb.nn.ReLU(),
    new hebb.nn.MaxPool2d(2),
    new hebb.nn.Flatten(),
    new hebb.nn.Linear(48, classes),
  );
  const optimizer = new hebb.optim.Adam(model.parameters(), { lr: 0.01 });
  const x = noise(4 * side * side);
  const y = Int32Array.of(0, 1, 2, 1);
  const step = async (): Promise<number> => {
    const images = hebb.tensor(x, { shape: [4, 1, side, side] });
    const loss = hebb.nn.crossEntropy(model.forward(images), hebb.tensor(y, { shape: [4], dtype: "int32" }));
    await optimizer.step(loss);
    return loss.item();
  };
  return { model, step };
}

/** Every loss and parameter of a short training, by bits. */
export async function trained(steps: number): Promise<number[]> {
  await start("webgpu");
  const { model, step } = small();
  const numbers: number[] = [];
  for (let i = 0; i < steps; i++) numbers.push(await step());
  for (const parameter of model.parameters()) numbers.push(...(await parameter.data()));
  return Array.from(new Int32Array(Float32Array.from(numbers).buffer));
}

export interface Held {
  /** Bytes and number of the buffers that the GPU holds, counted as they are made and destroyed. */
  readonly gpu: number;
  readonly buffers: number;
  /** Buffers ever made. */
  readonly made: number;
  /** What the device says of itself. */
  readonly reserved: number;
  /** JavaScript's heap. */
  readonly heap: number;
}

/** A run whose results stay on the device until they are disposed of. */
function results(): () => Promise<void> {
  const x = new hebb.Parameter(hebb.rand([50, 100]));
  return async () => {
    const made = (await hebb.realize(x.add(1), x.mul(x))) as hebb.Tensor[];
    for (const result of made) result[Symbol.dispose]();
  };
}

/** What is held after some steps and after many more. The page was started with its garbage collection exposed. */
export async function steady(kind: "steps" | "results", warm: number, more: number): Promise<readonly [Held, Held]> {
  const live = new Map<GPUBuffer, number>();
  let made = 0;
  const { createBuffer } = GPUDevice.prototype;
  const { destroy } = GPUBuffer.prototype;
  GPUDevice.prototype.createBuffer = function (this: GPUDevice, descriptor: GPUBufferDescriptor): GPUBuffer {
    const buffer = createBuffer.call(this, descriptor);
    live.set(buffer, descriptor.size);
    made++;
    return buffer;
  };
  GPUBuffer.prototype.destroy = function (this: GPUBuffer): undefined {
    live.delete(this);
    return destroy.call(this);
  };
  const held = async (): Promise<Held> => {
    // Handles that nobody holds give their buffers back in a task after the collection.
    for (let i = 0; i < 4; i++) {
      (globalThis as unknown as { gc: () => void }).gc();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { usedJSHeapSize } = (performance as unknown as { memory: { usedJSHeapSize: number } }).memory;
    const gpu = [...live.values()].reduce((sum, bytes) => sum + bytes, 0);
    const reserved = currentDevice()?.memory().reserved as number;
    return { gpu, buffers: live.size, made, reserved, heap: usedJSHeapSize };
  };
  try {
    await start("webgpu");
    const step = kind === "steps" ? small().step : results();
    for (let i = 0; i < warm; i++) await step();
    const before = await held();
    for (let i = 0; i < more; i++) await step();
    return [before, await held()];
  } finally {
    GPUDevice.prototype.createBuffer = createBuffer;
    GPUBuffer.prototype.destroy = destroy;
  }
}
