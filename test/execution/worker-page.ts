/** What test/execution/worker-page.test.ts runs in a page. Everything that comes and goes is JSON. */
import * as onnx from "../../ts/formats/onnx/index.ts";
import * as hebb from "../../ts/index.ts";
import { noise, type Trained, trainSteps } from "./worker-work.ts";

/** A result, and the milliseconds of tasks of more than 50 as the page's own observer saw them. */
export interface Watched<T> {
  readonly result: T;
  readonly seen: number[];
}

const pause = (ms: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, ms));

/** Does work between the marks "begin" and "end". */
async function watched<T>(work: () => Promise<T>): Promise<Watched<T>> {
  const seen: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.push(duration);
  });
  observer.observe({ type: "longtask" });
  await pause(100);
  seen.length = 0;
  performance.mark("begin");
  const result = await work();
  performance.mark("end");
  await pause(100);
  observer.disconnect();
  return { result, seen };
}

/** Keeps the page busy, in one task of some tenths of a second. */
export async function block(): Promise<Watched<number>> {
  return watched(async () => {
    let sum = 0;
    for (let i = 0; i < 1e8; i++) sum = sum * 0.999 + i;
    return sum;
  });
}

/** Trains LeNet-5. */
export async function train(init: hebb.InitOptions, steps: number): Promise<Watched<Trained>> {
  return watched(async () => {
    await hebb.init(init);
    return trainSteps(steps, 64);
  });
}

/** Trains two layers for three steps: the losses. */
export async function small(init: hebb.InitOptions): Promise<number[]> {
  await hebb.init(init);
  hebb.manualSeed(2);
  const model = new hebb.nn.Sequential(new hebb.nn.Linear(8, 6), new hebb.nn.ReLU(), new hebb.nn.Linear(6, 2));
  const optimizer = new hebb.optim.SGD(model.parameters(), { lr: 0.1 });
  const losses: number[] = [];
  for (let step = 0; step < 3; step++) {
    const loss = model
      .forward(hebb.tensor(noise(32), { shape: [4, 8] }))
      .square()
      .mean();
    await optimizer.step(loss);
    losses.push(await loss.item());
  }
  return losses;
}

/** Loads a model and runs it twice, open sizes being 1: some of the first output's values. */
export async function infer(init: hebb.InitOptions, url: string): Promise<Watched<number[]>> {
  return watched(async () => {
    await hebb.init(init);
    const session = await onnx.load(url);
    const values: number[] = [];
    for (let i = 0; i < 2; i++) {
      const feeds = session.inputs.map(({ name, dtype, shape = [] }) => {
        const sizes = shape.map((size) => (typeof size === "number" ? size : 1));
        const count = sizes.reduce((a, b) => a * b, 1);
        return [name, hebb.tensor(noise(count, i + 1), { shape: sizes, dtype: dtype as hebb.DType })] as const;
      });
      const results = await session.run(Object.fromEntries(feeds));
      const data = await (results[(session.outputs[0] as { name: string }).name] as hebb.Tensor).data();
      const step = Math.max(1, Math.floor(data.length / 100));
      for (let at = 0; at < data.length; at += step) values.push(data[at] as number);
    }
    return values;
  });
}

/** What is said when the worker of this module ends, and what works afterwards. */
export async function crash(url: string): Promise<string[]> {
  await hebb.init({ deterministic: true, worker: new URL(url, location.href) });
  const w = new hebb.Parameter(hebb.tensor([1, 2]), "w");
  const optimizer = new hebb.optim.SGD([w], { lr: 1 });
  await optimizer.step(w.sum());
  const channel = new BroadcastChannel("mortal");
  channel.postMessage("end");
  await pause(1000);
  channel.close();
  const told = (work: () => Promise<unknown>): Promise<string> =>
    work().then(
      (value) => JSON.stringify(value),
      (error: Error) => `${error.name}: ${error.message}`,
    );
  const said = [await told(() => w.data()), await told(() => hebb.tensor([3]).add(1).array())];
  w.assign(hebb.tensor([5, 6]));
  await optimizer.step(w.sum());
  return [...said, await told(() => w.array())];
}
