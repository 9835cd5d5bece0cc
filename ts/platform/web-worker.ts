/** Workers of the web, which Deno and Bun have too. */
import { UnsupportedError } from "../core/errors.ts";
import type { StartedWorker } from "./platform.ts";
import type { Greeting } from "./worker-port.ts";

let workers = 0;

/** Connects a worker that `start` makes. */
export function connect(start: () => Worker): StartedWorker {
  if (typeof Worker === "undefined") {
    throw new UnsupportedError("init: cannot start a worker: there are none here, wanted init() without `worker`");
  }
  const worker = started(start);
  const { port1, port2 } = new MessageChannel();
  const lock = `hebb worker ${Date.now()} ${Math.random()} ${workers++}`;
  worker.postMessage({ port: port2, lock } satisfies Greeting, [port2]);
  return {
    port: port1,
    onEnd(listener) {
      worker.addEventListener("error", (event) => {
        event.preventDefault();
        listener(
          event.message ||
            "its module could not be loaded: it is not there, or the page's policy lacks worker-src 'self'",
        );
      });
      // No event tells of a worker that was closed or ran out of memory: the lock that it holds comes free.
      const wait = (): unknown => navigator.locks?.request(lock, () => listener("it was closed"));
      port1.addEventListener("message", wait, { once: true });
    },
    hold() {},
    terminate() {
      worker.terminate();
      port1.close();
    },
  };
}

/** A worker, or why the page's policy refuses it. */
function started(start: () => Worker): Worker {
  try {
    return start();
  } catch (error) {
    const message = (error as Error).message.replace(/\.$/, "");
    const wanted = "worker-src 'self' in the page's policy, and trusted-types hebb where it requires trusted types";
    throw new UnsupportedError(`init: cannot start a worker: ${message}, wanted ${wanted}`, { cause: error });
  }
}
