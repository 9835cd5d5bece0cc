/** Errors of the GPU, which come late and to nobody: caught in scopes and turned into exceptions. */
import { DeviceError } from "../../core/errors.ts";

const words: { readonly [K in GPUErrorFilter]: string } = {
  validation: "the GPU refused it",
  "out-of-memory": "the GPU has no memory left",
  internal: "the GPU failed",
};
const kinds = Object.keys(words) as GPUErrorFilter[];

/** What went wrong. */
export interface Fault {
  readonly kind: GPUErrorFilter;
  readonly message: string;
}

/** `webgpu: cannot <what>: <state>, <message>`. */
export function faultError(what: string, { kind, message }: Fault): DeviceError {
  return new DeviceError(`webgpu: ${what}: ${words[kind]}, ${message}`);
}

/** Collects what goes wrong in the calls made between its making and {@link ErrorScope.close}, which may not await. */
export class ErrorScope {
  readonly #device: GPUDevice;
  readonly #kinds: readonly GPUErrorFilter[];

  constructor(device: GPUDevice, only: readonly GPUErrorFilter[] = kinds) {
    this.#device = device;
    this.#kinds = only;
    for (const kind of only) device.pushErrorScope(kind);
  }

  /** Ends the scope and says what went wrong in it, or null. */
  async close(): Promise<Fault | null> {
    const open = [...this.#kinds].reverse();
    const errors = await Promise.all(open.map((kind) => this.#pop(kind)));
    return errors.find((fault) => fault !== null) ?? null;
  }

  async #pop(kind: GPUErrorFilter): Promise<Fault | null> {
    try {
      const error = await this.#device.popErrorScope();
      return error === null ? null : { kind, message: error.message };
    } catch (error) {
      return { kind: "internal", message: (error as Error).message }; // A device that is lost has no scopes.
    }
  }
}
