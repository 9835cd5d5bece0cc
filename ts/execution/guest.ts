/** Programs on one of two devices: what they read may lie on the other, and comes over as they run. */
import type { Destination, Device, DeviceBuffer, Program } from "../device/device.ts";
import { makeConstant, makeSource, type Node, type Source } from "../graph/node.ts";
import { Builder } from "./build.ts";
import { type Made, Single, type Value } from "./runnable.ts";
import { fetchValue } from "./value.ts";

/** Builds programs that fetch what they read. */
export class GuestBuilder extends Builder {
  protected override single(program: Program, leaves: readonly Node[], constants: readonly Source[]): Single {
    return new Guest(this.device, program, leaves, constants);
  }
}

class Guest extends Single {
  override run(sources: readonly Source[], outputs: readonly Destination[], times?: Float64Array): Made<Value[]> {
    const { device, leaves } = this;
    if (sources.every((source) => isOn(source, device))) return super.run(sources, outputs, times);
    const here = Promise.all(sources.map((source, i) => bring(source, leaves[i] as Node, device)));
    return here.then((found) => super.run(found, outputs, times));
  }
}

/** Whether a device finds a value, or has it still to come from the host. */
export const isOn = ({ buffer }: Source, device: Device): boolean =>
  buffer === null || (buffer as DeviceBuffer).device === device;

/** Values that never change, where a second device has them too. */
const twins = new WeakMap<Source, Map<Device, Promise<Source>>>();

/** A source that a device can read: values that change move there, others come as a second source. */
async function bring(source: Source, leaf: Node, to: Device): Promise<Source> {
  if (isOn(source, to)) return source;
  const from = source.buffer as DeviceBuffer;
  const download = async () => fetchValue(source, leaf);
  if (source.constant === 0) {
    const host = await download();
    if (source.buffer === from) {
      source.host = host;
      source.buffer = null;
    }
    return source;
  }
  const known = twins.get(source) ?? new Map<Device, Promise<Source>>();
  twins.set(source, known);
  const twin = known.get(to) ?? download().then((host) => makeConstant(makeSource(host, null, true)));
  known.set(to, twin);
  return twin;
}
