/**
 * A program: dispatches in order, with their pipelines, their uniforms in one buffer, and the bind groups of the last run.
 */
import type { Compiled } from "../../compiler/compile.ts";
import { breathe, shortShare } from "../../core/pause.ts";
import type { Program } from "../device.ts";
import { clockOf } from "./adapter.ts";
import type { Dispatch } from "./dispatch.ts";
import { ErrorScope, faultError } from "./errors.ts";
import { lower } from "./lower.ts";
import { type Abilities, arena, contextOf, failure } from "./operands.ts";
import { copyPages, type Pages } from "./pages.ts";
import type { Pipelines } from "./pipelines.ts";
import type { Stopwatch } from "./stopwatch.ts";

/** The buffers of one run. */
export interface Bindings {
  readonly arena: Pages;
  readonly failure: GPUBuffer;
  /** By number in the schedule: those that live between runs. */
  readonly own: readonly (Pages | undefined)[];
}

interface Step {
  readonly dispatch: Dispatch;
  /** Number of its kernel in the schedule. */
  readonly kernel: number;
  readonly pipeline: GPUComputePipeline;
  /** Of the uniform. */
  readonly offset: number;
  readonly buffers: GPUBuffer[];
  group: GPUBindGroup | null;
}

/** Alignment that every adapter accepts for uniforms. */
const uniformAlignment = 256;

/** Bytes of uniform that every dispatch gets: wgpu may hold one to the size that the dispatch before it wanted. */
const uniformBytes = (dispatches: readonly Dispatch[]): number =>
  Math.max(1, ...dispatches.map(({ words }) => Math.ceil((words.length * 4) / uniformAlignment))) * uniformAlignment;

export class WebGpuProgram implements Program {
  readonly compiled: Compiled;
  readonly clock: "timestamps" | "fences";
  /** Bytes of arena that a run needs. */
  readonly arenaBytes: number;
  /** Whether a kernel may refuse its input when it runs. */
  readonly fails: boolean;
  readonly bytes: number;
  readonly #device: GPUDevice;
  readonly #pipelines: Pipelines;
  readonly #uniform: GPUBuffer;
  readonly #uniformBytes: number;
  readonly #steps: readonly Step[];
  readonly #disposed: (bytes: number) => void;

  private constructor(
    compiled: Compiled,
    device: GPUDevice,
    pipelines: Pipelines,
    lowered: readonly (readonly Dispatch[])[],
    ready: readonly GPUComputePipeline[],
    disposed: (bytes: number) => void,
  ) {
    this.compiled = compiled;
    this.#device = device;
    this.#pipelines = pipelines;
    this.#disposed = disposed;
    const dispatches = lowered.flat();
    const kernels = lowered.flatMap((own, k) => own.map(() => k));
    this.clock = clockOf(device);
    this.#uniformBytes = uniformBytes(dispatches);
    this.#steps = dispatches.map((dispatch, i) => ({
      dispatch,
      kernel: kernels[i] as number,
      pipeline: ready[i] as GPUComputePipeline,
      offset: i * this.#uniformBytes,
      buffers: [],
      group: null,
    }));
    this.bytes = Math.max(1, dispatches.length) * this.#uniformBytes;
    this.fails = dispatches.some(({ slots }) => slots.some(({ buffer }) => buffer === failure));
    this.arenaBytes = Math.max(compiled.memory.bytes, ...dispatches.map(({ arenaBytes }) => arenaBytes));
    this.#uniform = device.createBuffer({
      label: "uniforms",
      size: this.bytes,
      usage: GPUBufferUsage.UNIFORM,
      mappedAtCreation: true,
    });
    const words = new Int32Array(this.#uniform.getMappedRange());
    for (const step of this.#steps) words.set(step.dispatch.words, step.offset / 4);
    this.#uniform.unmap();
  }

  get dispatches(): number {
    return this.#steps.length;
  }

  /** Lowers a schedule and compiles its shaders. `disposed` is told how many bytes went back. */
  static async create(
    compiled: Compiled,
    device: GPUDevice,
    pipelines: Pipelines,
    abilities: Abilities,
    disposed: (bytes: number) => void,
  ): Promise<WebGpuProgram> {
    const context = contextOf(compiled, abilities);
    const lowered: Dispatch[][] = [];
    const making: Promise<GPUComputePipeline>[] = [];
    for (const kernel of compiled.schedule.kernels) {
      await breathe(shortShare);
      const own = lower(kernel, context);
      lowered.push(own);
      making.push(...own.map((dispatch) => pipelines.get(dispatch)));
    }
    const ready = await Promise.all(making);
    const scope = new ErrorScope(device);
    const program = new WebGpuProgram(compiled, device, pipelines, lowered, ready, disposed);
    const fault = await scope.close();
    if (fault !== null) throw faultError(`cannot hold the numbers of ${ready.length} dispatches`, fault);
    return program;
  }

  /** Records dispatches. Buffers that one could not bind are copied into the arena and back around it. */
  encode(
    encoder: GPUCommandEncoder,
    bindings: Bindings,
    steps: readonly Step[] = this.#steps,
    passOf?: () => GPUComputePassDescriptor,
  ): void {
    let pass: GPUComputePassEncoder | null = null;
    for (const step of steps) {
      const { dispatch, pipeline } = step;
      const { staged } = dispatch;
      if (staged.length > 0) {
        pass?.end();
        pass = null;
        for (const { buffer, offset, bytes } of staged) {
          copyPages(encoder, [bindings.own[buffer] as Pages, 0], [bindings.arena, offset], bytes);
        }
      }
      pass ??= encoder.beginComputePass(passOf?.());
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, this.#group(step, bindings));
      pass.dispatchWorkgroups(...dispatch.groups);
      if (staged.some(({ written }) => written)) {
        pass.end();
        pass = null;
        for (const { buffer, offset, bytes, written } of staged) {
          if (written) copyPages(encoder, [bindings.arena, offset], [bindings.own[buffer] as Pages, 0], bytes);
        }
      }
    }
    pass?.end();
  }

  /** {@link encode} kernel by kernel, each timed; the encoder to go on with. */
  encodeTimed(first: GPUCommandEncoder, bindings: Bindings, watch: Stopwatch): GPUCommandEncoder {
    let encoder = first;
    for (let from = 0, to = 0; from < this.#steps.length; from = to) {
      const { kernel } = this.#steps[from] as Step;
      while (this.#steps[to]?.kernel === kernel) to++;
      this.encode(encoder, bindings, this.#steps.slice(from, to), () => watch.pass(kernel));
      encoder = watch.lap(encoder, kernel);
    }
    watch.end(encoder);
    return encoder;
  }

  /** The kernel that the GPU refuses with these buffers, found by recording each alone; nothing is submitted. */
  async culprit(bindings: Bindings): Promise<string | null> {
    const faults = this.#steps.map((step) => {
      step.group = null;
      const scope = new ErrorScope(this.#device);
      const encoder = this.#device.createCommandEncoder();
      this.encode(encoder, bindings, [step]);
      encoder.finish();
      return scope.close();
    });
    const at = (await Promise.all(faults)).findIndex((fault) => fault !== null);
    return this.#steps[at]?.dispatch.label ?? null;
  }

  dispose(): void {
    this.#uniform.destroy();
    this.#disposed(this.bytes);
  }

  /** The bind group of a step: the last one unless a buffer is another. */
  #group(step: Step, { arena: shared, failure: failures, own }: Bindings): GPUBindGroup {
    const { dispatch, buffers } = step;
    const { slots } = dispatch;
    let same = step.group !== null;
    slots.forEach((slot, i) => {
      const pages = slot.buffer === arena ? shared : own[slot.buffer];
      const buffer = slot.buffer === failure ? failures : (pages?.buffers[slot.page] as GPUBuffer);
      if (buffers[i] === buffer) return;
      buffers[i] = buffer;
      same = false;
    });
    if (same) return step.group as GPUBindGroup;
    const entries: GPUBindGroupEntry[] = [
      { binding: 0, resource: { buffer: this.#uniform, offset: step.offset, size: this.#uniformBytes } },
      ...buffers.map((buffer, i) => ({ binding: i + 1, resource: { buffer } })),
    ];
    step.group = this.#device.createBindGroup({
      label: dispatch.label,
      layout: this.#pipelines.groupLayout(slots.length),
      entries,
    });
    return step.group;
  }
}
