/** Turns of the event loop for everybody else: a page's frames, timers, the signal that stops a run. */

/** Milliseconds of work between two turns given away. */
const share = 50;

let last = 0;

/** Waits for one turn of the event loop if the last was long ago. */
export async function breathe(): Promise<void> {
  const now = performance.now();
  if (now - last < share) return;
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
