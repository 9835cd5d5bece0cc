/** onnxruntime in Node: the native build, and the web build by the entry that it has for Node. */
import type { Contestant, Places } from "./contestant.ts";
import { contestant, type Ort } from "./onnxruntime.ts";

export async function startWebInNode(places: Places): Promise<Contestant> {
  const ort = (await import("onnxruntime-web")) as unknown as Ort;
  ort.env.wasm.numThreads = 1;
  return contestant(ort, "wasm", places);
}

export async function startNative(places: Places): Promise<Contestant> {
  const found = (await import("onnxruntime-node")) as unknown as { default?: Ort } & Ort;
  return contestant(found.default ?? found, "cpu", places);
}
