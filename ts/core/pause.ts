/** Turns of the event loop for everybody else: a page's frames, timers, the signal that stops a run. */

/** What long preparations give themselves at a time: half of what people notice, since some of their steps are long. */
export const shortShare = 20;

/** Milliseconds of work after which a step that is long itself waits for a turn of its own. */
export const stepShare = 5;

let last = 0;

/** Waits for one turn of the event loop if the last was more than `share` milliseconds of work ago. */
export async function breathe(share = 50): Promise<void> {
  const now = performance.now();
  // Edge workers of earlier days have no messages; nothing but other requests waits for a turn there.
  if (now - last < share || typeof MessageChannel === "undefined") return;
  await new Promise<void>((resolve) => {
    // A message takes a turn of its own, without the delays that timers have.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
  last = performance.now();
}
