/** What test/device/webgpu-faults.test.ts runs in a page: a GPU that is absent, lost, full, or refuses commands. */
import * as onnx from "../../ts/formats/onnx/index.ts";
import * as hebb from "../../ts/index.ts";

/** The result of work as text: a value, or `<class>: <message>` of what it throws. */
async function told(work: () => Promise<unknown>): Promise<string> {
  try {
    return String(await work());
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

const sum = (): Promise<number> => hebb.tensor([1, 2]).add(1).sum().item();

/** What a page hears that asks for a device, and its first result. */
export async function start(device: "auto" | "webgpu"): Promise<string[]> {
  return [await told(() => hebb.init({ device })), await told(sum)];
}

/** Starts the GPU and hands over what the page has of it. */
async function opened(): Promise<GPUDevice> {
  const { prototype } = GPUAdapter;
  const { requestDevice } = prototype;
  const made: GPUDevice[] = [];
  prototype.requestDevice = async function (this: GPUAdapter, descriptor?: GPUDeviceDescriptor): Promise<GPUDevice> {
    const device = await requestDevice.call(this, descriptor);
    made.push(device);
    return device;
  };
  try {
    await hebb.init({ device: "webgpu", verify: "never" });
  } finally {
    prototype.requestDevice = requestDevice;
  }
  return made[0] as GPUDevice;
}

/** The GPU is lost while a program runs: what that run says, then the next, parameters, a model, and training again. */
export async function lostHalfway(model: string): Promise<Record<string, string>> {
  const device = await opened();
  const weight = new hebb.Parameter(hebb.tensor([1, 2]), "weight");
  const optimizer = new hebb.optim.Adam([weight], { lr: 0.5 });
  const step = async (): Promise<string> => {
    const loss = weight.square().sum();
    await optimizer.step(loss);
    return String(await loss.item());
  };
  const session = await onnx.load(Uint8Array.from(atob(model), (byte) => byte.charCodeAt(0)));
  const predict = async (): Promise<unknown> =>
    ((await session.run({ x: hebb.tensor([1, 2, 3, 4]) }))["y"] as hebb.Tensor).data();
  const said: Record<string, string> = { first: await told(step), model: await told(predict) };
  const kept = optimizer.stateDict();
  const running = told(() =>
    hebb
      .rand([256, 256])
      .matmul(hebb.rand([256, 256]))
      .sum()
      .item(),
  );
  device.destroy();
  said["running"] = await running;
  said["next"] = await told(sum);
  said["weight"] = await told(() => weight.data());
  said["step"] = await told(step);
  said["steps"] = String(optimizer.steps);
  said["modelAgain"] = await told(predict);
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
export async function outOfMemory(): Promise<string[]> {
  await opened();
  const { prototype } = GPUDevice;
  const { createBuffer, popErrorScope } = prototype;
  const size = 1 << 20;
  let label = "";
  let short = false;
  prototype.createBuffer = function (this: GPUDevice, descriptor: GPUBufferDescriptor): GPUBuffer {
    if (descriptor.size < size || descriptor.label !== label) return createBuffer.call(this, descriptor);
    short = true;
    return createBuffer.call(this, { ...descriptor, size: 4 });
  };
  prototype.popErrorScope = function (this: GPUDevice): Promise<GPUError | null> {
    const error = popErrorScope.call(this);
    if (!short) return error;
    short = false;
    return error.then(() => new GPUOutOfMemoryError("nothing is free"));
  };
  const x = hebb.tensor(new Float32Array(1 << 18).fill(1), { shape: [512, 512] });
  const weight = new hebb.Parameter(x, "weight");
  const said: string[] = [];
  try {
    for (label of ["tensor", "arena"]) {
      const running = [told(() => hebb.realize(x.add(1).matmul(x))), told(() => weight.add(1).sum().item())];
      said.push(...(await Promise.all(running)));
    }
  } finally {
    Object.assign(prototype, { createBuffer, popErrorScope });
  }
  said.push(await told(sum), await told(() => weight.add(1).sum().item()));
  return said;
}

/** What a run says whose commands the GPU refuses, here for having too many groups; then the next run's result. */
export async function refused(): Promise<string[]> {
  await opened();
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
  await opened();
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
