/** In a page: calls are made here, or handed to a worker of the page. */
import type { Answer, Call } from "./suites.ts";
import { answer } from "./suites.ts";

export type Place = "page" | "worker" | "service-worker";

let target: Worker | ServiceWorker | null = null;

/** Decides where calls are made; `url` is the worker's module. */
export async function open(place: Place, url: string): Promise<void> {
  if (place === "worker") target = new Worker(url, { type: "module" });
  if (place !== "service-worker") return;
  const registration = await navigator.serviceWorker.register(url, { type: "module" });
  const found = registration.installing ?? registration.waiting ?? registration.active;
  await navigator.serviceWorker.ready;
  target = found;
}

export async function call(given: Call): Promise<Answer> {
  if (target === null) return answer(given);
  const { port1, port2 } = new MessageChannel();
  const to = target;
  return new Promise((resolve) => {
    to.onerror = (event) => resolve({ error: `the worker failed: ${(event as ErrorEvent).message}` });
    port1.onmessage = ({ data }) => resolve(data);
    to.postMessage(given, [port2]);
  });
}
