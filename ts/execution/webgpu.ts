/** Starts the WebGPU device with wasm beside it: for what it cannot run, and as the truth that it is held to. */
import { breathe, shortShare } from "../core/pause.ts";
import type { Device } from "../device/device.ts";
import { WebGpuDevice } from "../device/webgpu/device.ts";
import { MixedBuilder } from "./mixed.ts";
import { Trust, type Verify } from "./trust.ts";

export interface WebGpuStart {
  readonly deterministic?: boolean | undefined;
  readonly verify?: Verify | undefined;
}

/** `renew` puts a builder in the place of another, whose programs hold kernels that turned out wrong. */
export async function startWebGpu(
  { deterministic, verify = "background" }: WebGpuStart,
  startWasm: () => Promise<Device>,
  renew: (old: MixedBuilder, next: MixedBuilder) => void,
): Promise<MixedBuilder> {
  await breathe(shortShare); // The modules that brought this have just run.
  const device = await WebGpuDevice.create({ deterministic });
  let wasm: Promise<Device> | null = null;
  const other = (): Promise<Device> => {
    wasm ??= startWasm();
    return wasm;
  };
  if (verify === "never") return new MixedBuilder(device, other);
  const onRefused = (): void => {
    const next = builder.renewed();
    renew(builder, next);
    builder = next;
  };
  const trust = new Trust(device, other, { onRefused });
  let builder = new MixedBuilder(device, other, { trust, verify });
  return builder;
}
