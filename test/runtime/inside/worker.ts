/** In a Web Worker or a service worker: a call comes as a message with a port for the answer. */
import { answer } from "./suites.ts";

globalThis.addEventListener("message", (event: MessageEvent) => {
  const done = answer(event.data).then((given) => event.ports[0]?.postMessage(given));
  // A service worker may end once its events are dealt with.
  (event as Partial<{ waitUntil(done: Promise<unknown>): void }>).waitUntil?.(done);
});
