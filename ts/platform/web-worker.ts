/** Workers of the web, which Deno and Bun have too. */
import { UnsupportedError } from "../core/errors.ts";
import type { StartedWorker } from "./platform.ts";

/** Connects a worker that `start` makes. */
export function connect(start: () => Worker): StartedWorker {
  if (typeof Worker === "undefined") {
    throw new UnsupportedError("init: cannot start a worker: there are none here, wanted init() without `worker`");
  }
  const worker = started(start);
  const { port1, port2 } = new MessageChannel();
  worker.postMessage(port2, [port2]);
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
      // Where engines tell that nobody holds the other end any more.
      port1.addEventListener("close", () => listener("its memory or its process is gone"));
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
