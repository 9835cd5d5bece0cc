/** In a worker of the web: the port to whoever started it. */

/** The port that comes first of all; asked for before anything is awaited. */
export function workerPort(): Promise<MessagePort> {
  return new Promise((resolve) => {
    addEventListener("message", ({ data }: MessageEvent<MessagePort>) => resolve(data), { once: true });
  });
}
