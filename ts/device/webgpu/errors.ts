/** Errors of the GPU, which come late and to nobody: caught in scopes and turned into exceptions. */
import { DeviceError } from "../../core/errors.ts";

const kinds: readonly { readonly filter: GPUErrorFilter; readonly words: string }[] = [
  { filter: "validation", words: "the GPU refused it" },
  { filter: "out-of-memory", words: "the GPU has no memory left" },
  { filter: "internal", words: "the GPU failed" },
];

/** Collects what goes wrong in the calls made between its making and {@link ErrorScope.close}, which may not await. */
export class ErrorScope {
  readonly #device: GPUDevice;

  constructor(device: GPUDevice) {
    this.#device = device;
    for (const { filter } of kinds) device.pushErrorScope(filter);
  }

  /** Ends the scope. The promise is rejected with a {@link DeviceError} if a call failed: `<what>: <state>, <message>`. */
  async close(what: string): Promise<void> {
    const open = [...kinds].reverse();
    const errors = await Promise.all(open.map(() => this.#device.popErrorScope()));
    errors.forEach((error, i) => {
      if (error !== null) throw new DeviceError(`webgpu: ${what}: ${open[i]?.words}, ${error.message}`);
    });
  }
}
