/**
 * A fence behind every run on a GPU, the same for all: a run is over when all that was submitted is done. Where a result or
 * a loss comes back to the host, the wait for it is part of the run already.
 */
import type { Contestant } from "./contestant.ts";

/** Notes the queue of every device that is made from now on; the result waits for all of them. */
function watchQueues(): () => Promise<unknown> {
  if (typeof GPUAdapter === "undefined") return async () => {};
  const queues = new Set<GPUQueue>();
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (this: GPUAdapter, descriptor?: GPUDeviceDescriptor) {
    const device = await requestDevice.call(this, descriptor);
    queues.add(device.queue);
    return device;
  };
  return () => Promise.all([...queues].map((queue) => queue.onSubmittedWorkDone()));
}

export async function fenced(start: () => Promise<Contestant>): Promise<Contestant> {
  const fence = watchQueues();
  const contestant = await start();
  return {
    async prepare(work) {
      const job = await contestant.prepare(work);
      return {
        async once() {
          await job.once();
          await fence();
        },
        result: () => job.result(),
        release: () => job.release(),
      };
    },
  };
}
