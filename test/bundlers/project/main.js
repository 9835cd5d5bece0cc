// A page's program as its author writes it. The tests bundle it by each bundler and call what it leaves in `example`.

import * as hebb from "hebb";
import { init, nn, tensor } from "hebb";
import * as onnx from "hebb/onnx";
import * as safetensors from "hebb/safetensors";
import { smoke } from "./smoke.js";
import { share } from "./threads.js";

/** [1, 2, 3] · 2, then a network saved as an ONNX file, loaded again and run. */
async function compute() {
  const [product, model] = [await tensor([1, 2, 3]).mul(2).array(), new nn.Linear(2, 1)];
  model.loadStateDict({ weight: tensor([[3, 4]]), bias: tensor([5]) });
  const bytes = await onnx.save(model, { inputs: { x: [1, 2] } });
  const session = await onnx.load(bytes);
  const [output] = Object.values(await session.run({ x: tensor([[1, 2]]) }));
  return [...product, ...(await output.data())];
}

globalThis.example = {
  compute,
  /** The cases that every runtime passes, the full build of the kernels included. */
  smoke: () => smoke({ hebb, safetensors }),
  /** The same numbers from a GPU. */
  async onGpu() {
    await init({ device: "webgpu", verify: "never" });
    return compute();
  },
  /** The same numbers from the worker of `hebb`. */
  async inWorkerMode() {
    await init({ worker: true });
    return compute();
  },
  /** How many threads share a large program at last, and what they compute. */
  onThreads: () => share(hebb, { threads: 2 }),
  /** A product from a Web Worker of the program's own. */
  inWorker: () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL("./task.js", import.meta.url), { type: "module" });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(`worker: ${message}`));
    }),
};
