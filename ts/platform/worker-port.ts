/** In a worker of the web: the port to whoever started it. */

/** The first message: the port, and the name of a lock that is held for as long as the worker lives. */
export interface Greeting {
  readonly port: MessagePort;
  readonly lock: string;
}

/** Asked for before anything is awaited, since the greeting comes first of all. */
export function workerPort(): Promise<MessagePort> {
  return new Promise((resolve) => {
    const greet = ({ data: { port, lock } }: MessageEvent<Greeting>): void => {
      const begin = (): Promise<never> => {
        resolve(port);
        return new Promise(() => {}); // The lock is never given back.
      };
      if (navigator.locks === undefined) void begin();
      else void navigator.locks.request(lock, begin);
    };
    addEventListener("message", greet, { once: true });
  });
}
