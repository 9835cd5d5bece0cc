/** Turns for the page between pieces of long work. */

/** Milliseconds of work between two turns: a frame at 60 Hz keeps some room for itself. */
const SHARE = 8;
/** Milliseconds that a page which is not drawn is waited for. */
const HIDDEN = 200;
let last = 0;

/** Waits for a turn of the event loop if the last was a while ago. Throws the signal's reason once it is aborted. */
export async function pause(signal?: AbortSignal): Promise<void> {
  if (performance.now() - last >= SHARE) {
    await turn();
    last = performance.now();
  }
  signal?.throwIfAborted();
}

/** A message takes a turn of its own, without the delays that timers have. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Waits until the page was drawn, or a while where it is not to be seen. Throws the signal's reason once it is aborted. */
export async function drawn(signal?: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    requestAnimationFrame(() => resolve());
    setTimeout(resolve, HIDDEN);
  });
  await turn();
  last = performance.now();
  signal?.throwIfAborted();
}

/** Work that must not overlap, one piece after another: steps change the weights that everything else reads. */
export class Lane {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }
}
