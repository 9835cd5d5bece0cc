/** The contestants by name. Their modules load when they are started, so that a process holds one runtime only. */
import type { Contestant, Places } from "./contestant.ts";
import { fenced } from "./fence.ts";

export const contestants = {
  hebb: async (places: Places): Promise<Contestant> => (await import("./hebb.ts")).start(places, { threads: 1 }),
  "hebb, 2 threads": async (places: Places): Promise<Contestant> =>
    (await import("./hebb.ts")).start(places, { threads: 2 }),
  "hebb, unbundled": async (places: Places): Promise<Contestant> =>
    (await import("./hebb.ts")).start({ ...places, hebb: places.plain ?? places.hebb }, { threads: 1 }),
  "hebb, plain build": async (places: Places): Promise<Contestant> =>
    (await import("./hebb.ts")).start(places, { deterministic: true, threads: 1 }),
  "onnxruntime-web": async (places: Places): Promise<Contestant> => (await import("./onnxruntime.ts")).startWeb(places),
  "tfjs wasm": async (places: Places): Promise<Contestant> => (await import("./tfjs.ts")).start(places),
  "tfjs plain JS": async (_: Places): Promise<Contestant> => (await import("./tfjs.ts")).startPlain(),
  "jax-js": async (_: Places): Promise<Contestant> => (await import("./jax.ts")).start("wasm"),
  "hebb webgpu": (places: Places): Promise<Contestant> =>
    fenced(async () => (await import("./hebb.ts")).start(places, { device: "webgpu", verify: "never" })),
  "hebb auto": async (places: Places): Promise<Contestant> => (await import("./hebb-auto.ts")).start(places),
  "onnxruntime-web webgpu": (places: Places): Promise<Contestant> =>
    fenced(async () => (await import("./onnxruntime.ts")).startWebGpu(places)),
  "tfjs webgpu": (_: Places): Promise<Contestant> => fenced(async () => (await import("./tfjs.ts")).startWebGpu()),
  "jax-js webgpu": (_: Places): Promise<Contestant> => fenced(async () => (await import("./jax.ts")).start("webgpu")),
} as const;

export type WebName = keyof typeof contestants;
export type NativeName = "onnxruntime-node" | "PyTorch";
export type Name = WebName | NativeName;

/** What computes on a GPU, or may; in Node these need a binding. */
export const onGpu = (name: string): boolean => / (webgpu|auto)$/.test(name);

/** What hebb is measured against on its own ground, and what runs outside of any JavaScript engine's sandbox. */
export const peers: readonly Name[] = ["onnxruntime-web", "tfjs wasm", "tfjs plain JS", "jax-js"];
export const gpuPeers: readonly Name[] = ["onnxruntime-web webgpu", "tfjs webgpu", "jax-js webgpu"];
export const natives: readonly Name[] = ["onnxruntime-node", "PyTorch"];
