/** What test/device/webgpu-auto.test.ts runs in a page. */
import * as hebb from "../../ts/index.ts";

const size = 192;
/** Most steps until the winner is known. */
const patience = 1500;

/** Losses of a training loop that is large enough to be tried on the GPU, and how many GPUs were started meanwhile. */
export async function train(device: "auto" | "wasm", steps: number): Promise<{ losses: number[]; started: number }> {
  let started = 0;
  const { prototype } = GPUAdapter;
  const { requestDevice } = prototype;
  prototype.requestDevice = function (this: GPUAdapter, descriptor?: GPUDeviceDescriptor): Promise<GPUDevice> {
    started++;
    return requestDevice.call(this, descriptor);
  };
  try {
    await hebb.init({ device });
    hebb.manualSeed(3);
    const model = new hebb.nn.Sequential(
      new hebb.nn.Linear(size, size),
      new hebb.nn.Tanh(),
      new hebb.nn.Linear(size, 1),
    );
    const optimizer = new hebb.optim.Adam(model.parameters(), { lr: 1e-3 });
    const x = hebb.randn([size, size]);
    const y = x.sum(1, { keepdim: true }).tanh();
    await hebb.realize(x, y);
    const losses: number[] = [];
    for (let i = 0; i < steps || (device === "auto" && i < patience && (await kept()) === 0); i++) {
      const loss = model.forward(x).sub(y).square().mean();
      await optimizer.step(loss);
      losses.push(await loss.item());
      // Time for what is done in the background: the GPU starts, and its kernels are verified.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return { losses, started };
  } finally {
    prototype.requestDevice = requestDevice;
  }
}

/** How many winners are kept. */
export async function kept(): Promise<number> {
  const cache = await caches.open("hebb");
  return (await cache.keys()).filter(({ url }) => /\/device-\w+\/record$/.test(url)).length;
}
