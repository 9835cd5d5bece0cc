/**
 * A GPU that is lost or full when a test says so, in a page or in the worker that computes for it: {@link install} goes
 * where the GPU is, {@link order} is called in the page, and a channel lies between them.
 */

/** What the next submit, buffers, and wasm do; numbers are counted since the start. */
export interface Orders {
  /** The GPU is lost with the next commands that it is given. */
  readonly lose?: boolean;
  /** Large buffers of this label find no memory; "" ends that. */
  readonly full?: string;
  /** By the clock every run of wasm takes a minute, so that a GPU wins against it. */
  readonly slowWasm?: boolean;
}

/** What the GPU was asked for until now, and what was warned of. */
export interface Counted {
  readonly submits: number;
  readonly refusals: number;
  readonly warnings: readonly string[];
}

const channelName = "failing-gpu";
/** Bytes. */
const large = 1 << 18;
const minute = 60_000;

/** Takes orders from now on. */
export function install(): void {
  let orders: Orders = {};
  let counted: Counted = { submits: 0, refusals: 0, warnings: [] };
  console.warn = (message: string) => {
    counted = { ...counted, warnings: [...counted.warnings, message] };
  };
  const devices = new WeakMap<GPUQueue, GPUDevice>();
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (this: GPUAdapter, descriptor?: GPUDeviceDescriptor) {
    const device = await requestDevice.call(this, descriptor);
    devices.set(device.queue, device);
    return device;
  };
  const { submit } = GPUQueue.prototype;
  GPUQueue.prototype.submit = function (this: GPUQueue, buffers: Iterable<GPUCommandBuffer>): undefined {
    counted = { ...counted, submits: counted.submits + 1 };
    submit.call(this, buffers);
    if (orders.lose === true) devices.get(this)?.destroy();
    orders = { ...orders, lose: false };
  };
  fill(
    ({ label, size }) => size >= large && label === orders.full,
    () => {
      counted = { ...counted, refusals: counted.refusals + 1 };
    },
  );
  slow(() => orders.slowWasm === true);
  const channel = new BroadcastChannel(channelName);
  channel.onmessage = ({ data }: MessageEvent<{ orders?: Orders }>) => {
    if (data.orders === undefined) return;
    orders = { ...orders, ...data.orders };
    channel.postMessage({ counted });
  };
}

/** Buffers that are `refused` are made small, and the scopes around them hear that there is no memory left. */
function fill(refused: (descriptor: GPUBufferDescriptor) => boolean, onRefused: () => void): void {
  const { prototype } = GPUDevice;
  const { createBuffer, popErrorScope } = prototype;
  let short = false;
  prototype.createBuffer = function (this: GPUDevice, descriptor: GPUBufferDescriptor): GPUBuffer {
    if (!refused(descriptor)) return createBuffer.call(this, descriptor);
    short = true;
    onRefused();
    return createBuffer.call(this, { ...descriptor, size: 4 });
  };
  prototype.popErrorScope = function (this: GPUDevice): Promise<GPUError | null> {
    const error = popErrorScope.call(this);
    if (!short) return error;
    short = false;
    return error.then(() => new GPUOutOfMemoryError("nothing is free"));
  };
}

/** Runs of wasm move the clock on by a minute while `slowed`. */
function slow(slowed: () => boolean): void {
  const { prototype } = WebAssembly.Instance;
  const exports = Object.getOwnPropertyDescriptor(prototype, "exports") as PropertyDescriptor & {
    get(this: WebAssembly.Instance): WebAssembly.Exports;
  };
  const { now } = Performance.prototype;
  let late = 0;
  Performance.prototype.now = function (this: Performance): number {
    return now.call(this) + late;
  };
  Object.defineProperty(prototype, "exports", {
    ...exports,
    get(this: WebAssembly.Instance) {
      const own = exports.get.call(this) as Record<string, unknown>;
      const run = own["run"] as ((...args: unknown[]) => unknown) | undefined;
      const later = (...args: unknown[]): unknown => {
        if (slowed()) late += minute;
        return run?.(...args);
      };
      return run === undefined ? own : { ...own, run: later };
    },
  });
}

/** Gives orders, beside those that were given before, and hears what was counted. */
export async function order(orders: Orders = {}): Promise<Counted> {
  const channel = new BroadcastChannel(channelName);
  const { counted } = await new Promise<{ counted: Counted }>((resolve) => {
    channel.onmessage = ({ data }) => {
      if (data.counted !== undefined) resolve(data);
    };
    channel.postMessage({ orders });
  });
  channel.close();
  return counted;
}
