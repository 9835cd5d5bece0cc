/** From the runtime's entry to a GPU: the adapter that it offers, its limits in full, and what shaders may use there. */
import { gpu } from "#platform";
import { DeviceError, UnsupportedError } from "../../core/errors.ts";
import type { Abilities } from "./operands.ts";

export interface Opened {
  readonly gpu: GPUDevice;
  /** The adapter in words. */
  readonly adapter: string;
  readonly abilities: Abilities;
}

/** What pages are a multiple of. */
const alignment = 256;

/** `deterministic` leaves out what adds in an order of the adapter's own: subgroups. Throws where there is no adapter. */
export async function openAdapter(deterministic: boolean): Promise<Opened> {
  const entry = gpu();
  if (entry === undefined) {
    throw new UnsupportedError('init: cannot start device webgpu: this runtime has no WebGPU, wanted device "wasm"');
  }
  const adapter = await entry.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) {
    throw new UnsupportedError('init: cannot start device webgpu: there is no GPU adapter, wanted device "wasm"');
  }
  const { maxBufferSize, maxStorageBufferBindingSize, maxStorageBuffersPerShaderStage } = adapter.limits;
  const requiredLimits = { maxBufferSize, maxStorageBufferBindingSize, maxStorageBuffersPerShaderStage };
  const subgroup = deterministic || !adapter.features.has("subgroups") ? 1 : (adapter.info.subgroupMinSize ?? 1);
  const packedDot = entry.wgslLanguageFeatures?.has("packed_4x8_integer_dot_product") === true;
  const software = adapter.info.isFallbackAdapter === true;
  const wanted: readonly GPUFeatureName[] = ["timestamp-query", ...(subgroup > 1 ? ["subgroups" as const] : [])];
  const requiredFeatures = wanted.filter((feature) => adapter.features.has(feature));
  try {
    const device = await adapter.requestDevice({ requiredFeatures, requiredLimits });
    const page = Math.floor(Math.min(maxBufferSize, maxStorageBufferBindingSize) / alignment) * alignment;
    const storageBuffers = device.limits.maxStorageBuffersPerShaderStage;
    return {
      gpu: device,
      adapter: nameOf(adapter.info),
      abilities: { page, storageBuffers, subgroup, packedDot, software },
    };
  } catch (error) {
    throw new DeviceError(`init: cannot start device webgpu: ${(error as Error).message}`);
  }
}

/** What the driver tells of an adapter; "unknown adapter" where that is nothing. */
export function nameOf({ vendor, architecture, device, description }: GPUAdapterInfo): string {
  return [vendor, architecture, description || device].filter(Boolean).join(" ") || "unknown adapter";
}

/** What measures kernels: its own timestamps where it has them. */
export const clockOf = ({ features }: GPUDevice): "timestamps" | "fences" =>
  features.has("timestamp-query") ? "timestamps" : "fences";
