/** Adapters that say of themselves what a test wants to hear, for pages. */

/** Does work for which every adapter has other properties. */
export async function onAdapter<T>(
  propertiesOf: (adapter: GPUAdapter) => Readonly<Record<string, unknown>>,
  work: () => Promise<T>,
): Promise<T> {
  const { gpu } = navigator;
  const { requestAdapter } = gpu;
  gpu.requestAdapter = async (options) => {
    const adapter = (await requestAdapter.call(gpu, options)) as GPUAdapter;
    for (const [name, value] of Object.entries(propertiesOf(adapter))) Object.defineProperty(adapter, name, { value });
    return adapter;
  };
  try {
    return await work();
  } finally {
    gpu.requestAdapter = requestAdapter;
  }
}

/** An adapter that passes for hardware: shaders for GPUs run, where a program on a CPU has others. */
export const asHardware = ({ info }: GPUAdapter): Readonly<Record<string, unknown>> => {
  const { vendor, architecture, device, description, subgroupMinSize } = info;
  return { info: { vendor, architecture, device, description, subgroupMinSize, isFallbackAdapter: false } };
};
