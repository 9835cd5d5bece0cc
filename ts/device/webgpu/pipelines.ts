/** Compute pipelines by shader and overrides, each made once and in the background. */
import { DeviceError } from "../../core/errors.ts";
import type { Dispatch } from "./dispatch.ts";
import { ErrorScope, faultError } from "./errors.ts";

export class Pipelines {
  readonly #device: GPUDevice;
  readonly #layouts = new Map<number, GPUPipelineLayout>();
  readonly #groupLayouts = new Map<number, GPUBindGroupLayout>();
  readonly #modules = new Map<string, GPUShaderModule>();
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Layout of a group of one uniform and `storage` writable buffers. */
  groupLayout(storage: number): GPUBindGroupLayout {
    let layout = this.#groupLayouts.get(storage);
    if (layout === undefined) {
      const visibility = GPUShaderStage.COMPUTE;
      const entries: GPUBindGroupLayoutEntry[] = [{ binding: 0, visibility, buffer: { type: "uniform" } }];
      for (let i = 1; i <= storage; i++) entries.push({ binding: i, visibility, buffer: { type: "storage" } });
      layout = this.#device.createBindGroupLayout({ entries });
      this.#groupLayouts.set(storage, layout);
    }
    return layout;
  }

  get(dispatch: Dispatch): Promise<GPUComputePipeline> {
    const key = `${JSON.stringify(dispatch.constants)}\n${dispatch.code}`;
    let pipeline = this.#pipelines.get(key);
    if (pipeline === undefined) {
      pipeline = this.#make(dispatch);
      this.#pipelines.set(key, pipeline);
      pipeline.catch(() => this.#pipelines.delete(key));
    }
    return pipeline;
  }

  async #make({ label, code, constants, slots }: Dispatch): Promise<GPUComputePipeline> {
    const scope = new ErrorScope(this.#device);
    let module = this.#modules.get(code);
    if (module === undefined) {
      module = this.#device.createShaderModule({ label, code });
      this.#modules.set(code, module);
    }
    let layout = this.#layouts.get(slots.length);
    if (layout === undefined) {
      layout = this.#device.createPipelineLayout({ bindGroupLayouts: [this.groupLayout(slots.length)] });
      this.#layouts.set(slots.length, layout);
    }
    const made = this.#device.createComputePipelineAsync({
      label,
      layout,
      compute: { module, entryPoint: "main", constants },
    });
    // Both are awaited, so that neither is left alone with an error.
    const [[pipeline], fault] = await Promise.all([Promise.allSettled([made]), scope.close()]);
    if (fault !== null) throw faultError(`cannot compile ${label}`, fault);
    if (pipeline.status === "rejected") {
      throw new DeviceError(`webgpu: cannot compile ${label}: ${(pipeline.reason as Error).message}`);
    }
    return pipeline.value;
  }
}
