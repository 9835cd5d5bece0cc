/**
 * hebb that chooses its device: before the first run that counts, the work is run until the choice stands, as a program that
 * goes on for a while would.
 */
import type { Contestant, Job, Places } from "./contestant.ts";
import { start as startHebb } from "./hebb.ts";

/** Runs in a row on one device, nothing being compiled meanwhile, after which no contest is going on. */
const enough = 50;
/** Milliseconds between them, in which the GPU is started and tried, and most milliseconds of all. */
const pause = 20;
const patience = 90_000;

interface Watch {
  submits: number;
  /** What was asked of the GPU and is not there yet. */
  pending: number;
}

/** Counts what the page asks of GPUs from now on. */
function watchGpu(): Watch {
  const watch: Watch = { submits: 0, pending: 0 };
  if (typeof GPUAdapter === "undefined") return watch;
  const { submit } = GPUQueue.prototype;
  GPUQueue.prototype.submit = function (this: GPUQueue, buffers) {
    watch.submits++;
    return submit.call(this, buffers);
  };
  const awaited = async <T>(answer: Promise<T>): Promise<T> => {
    watch.pending++;
    try {
      return await answer;
    } finally {
      watch.pending--;
    }
  };
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = function (this: GPUAdapter, descriptor?: GPUDeviceDescriptor) {
    return awaited(requestDevice.call(this, descriptor));
  };
  const { createComputePipelineAsync } = GPUDevice.prototype;
  GPUDevice.prototype.createComputePipelineAsync = function (this: GPUDevice, descriptor) {
    return awaited(createComputePipelineAsync.call(this, descriptor));
  };
  return watch;
}

async function settle(job: Job, watch: Watch): Promise<void> {
  const until = performance.now() + patience;
  let onGpu = false;
  for (let same = 0; same < enough && performance.now() < until; ) {
    const before = watch.submits;
    await job.once();
    const submitted = watch.submits > before;
    same = watch.pending === 0 && submitted === onGpu ? same + 1 : 0;
    onGpu = submitted;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

export async function start(places: Places): Promise<Contestant> {
  const watch = watchGpu();
  const contestant = await startHebb(places, { device: "auto", threads: 1 });
  return {
    async prepare(work) {
      const job = await contestant.prepare(work);
      return { ...job, settle: () => settle(job, watch) };
    },
  };
}
