/** What the adapter is, and the most that it reaches here: multiply-adds in registers, and a copy within its memory. */

export interface Adapter {
  readonly name: string;
  /** Whether it is a program on the processor: its times say nothing of a GPU. */
  readonly software: boolean;
  /** 10⁹ operations and bytes, read and written, in a second. */
  readonly gflops: number;
  readonly gbps: number;
}

const programs = /swiftshader|llvmpipe|lavapipe|software|basic render/i;
const workgroups = 2048;
const lanes = 64;
const copied = 64 << 20;

/** A product and a sum, rounded once or as the driver likes: software may be slow at the first. */
const steps = [
  (x: string): string => `fma(${x}, scale, scale)`,
  (x: string): string => `${x} * scale + scale`,
] as const;

/** Four independent chains of vec4 in each invocation: 32 operations a round. */
const codeOf = (step: (x: string) => string): string => `
@group(0) @binding(0) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(1) var<uniform> rounds: vec4u;
@compute @workgroup_size(${lanes})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let scale = y[id.x];
  var a = vec4f(f32(id.x));
  var b = a + 1.0;
  var c = a + 2.0;
  var d = a + 3.0;
  for (var i = 0u; i < rounds.x; i++) {
    a = ${step("a")};
    b = ${step("b")};
    c = ${step("c")};
    d = ${step("d")};
  }
  y[id.x] = a + b + c + d;
}`;

/** The adapter, or null where there is none. */
export async function adapterHere(): Promise<Adapter | null> {
  const gpu = (globalThis.navigator as Navigator | undefined)?.gpu;
  const adapter = (await gpu?.requestAdapter({ powerPreference: "high-performance" })) ?? null;
  if (adapter === null) return null;
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  const name =
    [vendor, architecture, description || device].filter((part) => part !== "").join(" ") || "unknown adapter";
  const made = await adapter.requestDevice();
  try {
    const speeds = [];
    for (const step of steps) speeds.push(await arithmetic(made, codeOf(step)));
    const gflops = Math.max(...speeds);
    const gbps = await bandwidth(made);
    return { name, software: isFallbackAdapter || programs.test(name), gflops, gbps };
  } finally {
    made.destroy();
  }
}

/** Units in a nanosecond: the work grows until it lasts long enough for the clock, then the best of three counts. */
async function most({ queue }: GPUDevice, unit: number, submit: (times: number) => void): Promise<number> {
  const time = async (times: number): Promise<number> => {
    const from = performance.now();
    submit(times);
    await queue.onSubmittedWorkDone();
    return performance.now() - from;
  };
  await time(1);
  let times = 1;
  while ((await time(times)) < 40) times *= 2;
  const readings = [await time(times), await time(times), await time(times)];
  return (unit * times) / Math.min(...readings) / 1e6;
}

function arithmetic(gpu: GPUDevice, code: string): Promise<number> {
  const module = gpu.createShaderModule({ code });
  const pipeline = gpu.createComputePipeline({ layout: "auto", compute: { module } });
  const y = gpu.createBuffer({ size: workgroups * lanes * 16, usage: GPUBufferUsage.STORAGE });
  const rounds = gpu.createBuffer({ size: 16, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
  const entries = [y, rounds].map((buffer, binding) => ({ binding, resource: { buffer } }));
  const group = gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  return most(gpu, workgroups * lanes * 32, (times) => {
    gpu.queue.writeBuffer(rounds, 0, Uint32Array.of(times, 0, 0, 0));
    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(workgroups);
    pass.end();
    gpu.queue.submit([encoder.finish()]);
  });
}

function bandwidth(gpu: GPUDevice): Promise<number> {
  const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const [from, to] = [gpu.createBuffer({ size: copied, usage }), gpu.createBuffer({ size: copied, usage })];
  return most(gpu, 2 * copied, (times) => {
    const encoder = gpu.createCommandEncoder();
    for (let i = 0; i < times; i++) encoder.copyBufferToBuffer(from, 0, to, 0, copied);
    gpu.queue.submit([encoder.finish()]);
  });
}
