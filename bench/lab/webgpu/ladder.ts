/** Climbs the ladder of variants.ts on the adapter that is here: each is checked, then timed between fences. */
import { operands, type Problem, type Variant, variants } from "./variants.ts";

export interface Rung {
  readonly problem: string;
  readonly variant: string;
  /** 10⁹ multiplications and additions in a second. */
  readonly gflops: number;
  /** What is wrong with it, or why it does not run; null where it is right. */
  readonly wrong: string | null;
}

const square = (size: number): Problem => ({ name: `matmul ${size}³`, m: size, n: size, k: size });
const windows = (channels: number, size: number): Problem => ({
  name: `conv 3×3 ${channels}@${size}²`,
  m: channels,
  n: size * size,
  k: 9 * channels,
  image: [size, size],
});

/** Small ones are for adapters that are programs. */
const problems = (small: boolean): readonly Problem[] =>
  small ? [square(192), windows(32, 24)] : [square(512), square(2048), windows(64, 56), windows(256, 28)];

const noise = (count: number, seed: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: count }, (_, i) => (((i + seed) * 2654435761) % 4096) / 2048 - 1);

/** Element [row, column] of the product, in float64. */
function exact({ k, n, image }: Problem, a: Float32Array, b: Float32Array, row: number, column: number): number {
  let sum = 0;
  for (let i = 0; i < k; i++) {
    let x = b[i * n + column] as number;
    if (image !== undefined) {
      const [h, w] = image;
      const [y, z] = [Math.floor(column / w) + (Math.floor((i % 9) / 3) - 1), (column % w) + (i % 3) - 1];
      const inside = y >= 0 && y < h && z >= 0 && z < w;
      x = inside ? (b[(Math.floor(i / 9) * h + y) * w + z] as number) : 0;
    }
    sum += (a[row * k + i] as number) * x;
  }
  return sum;
}

class Bench {
  readonly #gpu: GPUDevice;
  readonly #problem: Problem;
  readonly #a: Float32Array<ArrayBuffer>;
  readonly #b: Float32Array<ArrayBuffer>;
  readonly #buffers: readonly GPUBuffer[];

  constructor(gpu: GPUDevice, problem: Problem) {
    this.#gpu = gpu;
    this.#problem = problem;
    const { m, n, k, image } = problem;
    this.#a = noise(m * k, 1);
    this.#b = noise(image === undefined ? k * n : (k / 9) * n, 7);
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    this.#buffers = [this.#a.byteLength, this.#b.byteLength, 4 * m * n].map((size) => gpu.createBuffer({ size, usage }));
    gpu.queue.writeBuffer(this.#buffers[0] as GPUBuffer, 0, this.#a);
    gpu.queue.writeBuffer(this.#buffers[1] as GPUBuffer, 0, this.#b);
  }

  async climb(variant: Variant, subgroup: number): Promise<Rung> {
    const { name, m, n, k } = this.#problem;
    const rung = { problem: name, variant: variant.name, gflops: 0 };
    if (variant.subgroups && subgroup === 0) return { ...rung, wrong: "no subgroups of one size" };
    const text = `${variant.subgroups ? "enable subgroups;\n" : ""}${operands(this.#problem, variant.wide)}${variant.body}`;
    try {
      const module = this.#gpu.createShaderModule({ code: text });
      const pipeline = await this.#gpu.createComputePipelineAsync({ layout: "auto", compute: { module } });
      const entries = this.#buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
      const group = this.#gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
      const [tm, tn] = variant.tile(subgroup);
      const run = (times: number): Promise<number> =>
        this.#run(pipeline, group, [Math.ceil(n / tn), Math.ceil(m / tm)], times);
      await run(1);
      const wrong = await this.#check();
      let times = 1;
      while (times < 1 << 14 && (await run(times)) < 40) times *= 2;
      const least = Math.min(await run(times), await run(times), await run(times));
      return { ...rung, gflops: (2 * m * n * k * times) / least / 1e6, wrong };
    } catch (error) {
      return { ...rung, wrong: (error as Error).message.split("\n")[0] ?? "" };
    }
  }

  async #run(pipeline: GPUComputePipeline, group: GPUBindGroup, [x, y]: readonly [number, number], times: number) {
    const from = performance.now();
    const encoder = this.#gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let i = 0; i < times; i++) pass.dispatchWorkgroups(x, y);
    pass.end();
    this.#gpu.queue.submit([encoder.finish()]);
    await this.#gpu.queue.onSubmittedWorkDone();
    return performance.now() - from;
  }

  /** Compares some elements, the last ones among them. The next variant finds nothing of this one's. */
  async #check(): Promise<string | null> {
    const y = this.#buffers[2] as GPUBuffer;
    const staging = this.#gpu.createBuffer({ size: y.size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const encoder = this.#gpu.createCommandEncoder();
    encoder.copyBufferToBuffer(y, 0, staging, 0, y.size);
    encoder.clearBuffer(y);
    this.#gpu.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const values = new Float32Array(staging.getMappedRange().slice(0));
    staging.destroy();
    const { m, n, k } = this.#problem;
    for (let i = 0; i < 64; i++) {
      const at = i === 63 ? m * n - 1 : (i * 7919 * 31) % (m * n);
      const wanted = exact(this.#problem, this.#a, this.#b, Math.floor(at / n), at % n);
      if (Math.abs((values[at] as number) - wanted) > 1e-4 * Math.sqrt(k)) return `${values[at]} in place of ${wanted}`;
    }
    return null;
  }

  destroy(): void {
    for (const buffer of this.#buffers) buffer.destroy();
  }
}

/** How many variants there are. */
export const length: number = variants.length;

/** A variant on all problems, `small` ones where the adapter is a program; nothing where there is no adapter. */
export async function climb(variant: number, small: boolean): Promise<Rung[]> {
  const gpu = (globalThis.navigator as Navigator | undefined)?.gpu;
  const adapter = (await gpu?.requestAdapter({ powerPreference: "high-performance" })) ?? null;
  if (adapter === null) return [];
  const { subgroupMinSize = 0, subgroupMaxSize = 1 } = adapter.info;
  const able = adapter.features.has("subgroups") && subgroupMinSize === subgroupMaxSize;
  const device = await adapter.requestDevice(able ? { requiredFeatures: ["subgroups"] } : {});
  const rungs: Rung[] = [];
  try {
    for (const problem of problems(small)) {
      const bench = new Bench(device, problem);
      rungs.push(await bench.climb(variants[variant] as Variant, able ? subgroupMinSize : 0));
      bench.destroy();
    }
  } finally {
    device.destroy();
  }
  return rungs;
}
