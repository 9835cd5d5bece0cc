/** What test/device/webgpu-loading.test.ts runs in a page: a model is loaded and run, and tasks that block the page are seen. */
import * as onnx from "../../ts/formats/onnx/index.ts";
import * as hebb from "../../ts/index.ts";

/** Milliseconds of every task of more than 50 between now and the first result, then of a second run. */
export async function load(url: string, shape: number[]): Promise<{ tasks: number[]; again: number[]; ms: number }> {
  const tasks: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) tasks.push(duration);
  });
  observer.observe({ type: "longtask" });
  const pause = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 200));
  await pause();
  tasks.length = 0;
  const start = performance.now();
  const session = await onnx.load(url, { device: "webgpu" });
  const [input] = session.inputs;
  const x = hebb.zeros(shape);
  await session.run({ [(input as { name: string }).name]: x });
  const ms = performance.now() - start;
  await pause();
  const first = [...tasks];
  tasks.length = 0;
  await session.run({ [(input as { name: string }).name]: x });
  await pause();
  observer.disconnect();
  return { tasks: first, again: tasks, ms };
}
