/** What test/device/webgpu-limits.test.ts runs in a page: an adapter of small limits. */
import { currentDevice } from "../../ts/execution/running.ts";
import * as hebb from "../../ts/index.ts";
import { onAdapter } from "./webgpu-adapter.ts";
import { differences } from "./webgpu-compare.ts";
import { limitCases, smallPage } from "./webgpu-limit-cases.ts";

/** Does work on adapters that bind no more than {@link smallPage}; the longest buffer with a shader's use that was made. */
async function limited(work: () => Promise<void>): Promise<number> {
  const device = GPUDevice.prototype;
  const { createBuffer } = device;
  let longest = 0;
  device.createBuffer = function (this: GPUDevice, descriptor: GPUBufferDescriptor): GPUBuffer {
    if ((descriptor.usage & GPUBufferUsage.STORAGE) !== 0) longest = Math.max(longest, descriptor.size);
    return createBuffer.call(this, descriptor);
  };
  try {
    await onAdapter(({ limits: { maxBufferSize, maxStorageBuffersPerShaderStage } }) => {
      const limits = { maxBufferSize, maxStorageBuffersPerShaderStage, maxStorageBufferBindingSize: smallPage };
      return { limits };
    }, work);
  } finally {
    device.createBuffer = createBuffer;
  }
  return longest;
}

/** What differs from wasm, what crossed to it, and the longest buffer. */
export async function compareLimited(only = ""): Promise<{
  wrong: Record<string, string>;
  crossed: Record<string, string>;
  longest: number;
}> {
  const list = limitCases.filter(({ name }) => name.includes(only));
  let wrong: Record<string, string> = {};
  const crossed: Record<string, string> = {};
  const longest = await limited(async () => {
    wrong = await differences(list);
    for (const { name, build } of list) {
      const plan = await hebb.explain(await build());
      const reason = /stage \d+ on wasm\n {2}runs (.*)/.exec(plan);
      if (reason !== null) crossed[name] = reason[1] as string;
    }
    currentDevice()?.dispose();
  });
  return { wrong, crossed, longest };
}
