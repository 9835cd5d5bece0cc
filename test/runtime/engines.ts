/** The rows of the matrix: every engine that hebb claims to run in, and the device that computes there. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/build.mjs";
import type { InitOptions } from "../../ts/index.ts";
import { bundleForPage } from "./bundle.ts";
import type { EngineKind, Source } from "./engine.ts";
import type { OpOptions } from "./inside/suites.ts";
import { chromium, firefox } from "./pages.ts";
import { processEngine } from "./processes.ts";
import { serve } from "./server.ts";
import { ask, type Lacks } from "./suites.ts";
import { webkit } from "./webkit.ts";
import { workerdEngine } from "./workerd.ts";

export interface Row {
  readonly name: string;
  readonly kind: EngineKind;
  readonly init: InitOptions;
  readonly lacks?: Lacks;
  /** How the table of ops is run, where not in full. */
  readonly ops?: OpOptions;
}

/** Software adapters take long to compile; these two ways to store inputs have nothing in common. */
const fewLayouts: OpOptions = { layouts: ["contiguous", "sliced"] };

const noDecoder = "browsers decode no such images";
const page: Lacks = {
  test_image_decoder_decode_jpeg2k_rgb: noDecoder,
  test_image_decoder_decode_tiff_rgb: noDecoder,
};

const noDecoderAtAll = "edge workers have no decoder of such images";
const edge: Lacks = {
  ...page,
  test_image_decoder_decode_jpeg_bgr: noDecoderAtAll,
  test_image_decoder_decode_jpeg_grayscale: noDecoderAtAll,
  test_image_decoder_decode_jpeg_rgb: noDecoderAtAll,
  test_image_decoder_decode_webp_rgb: noDecoderAtAll,
};

const wasm: InitOptions = { device: "wasm" };
/** No kernel is tried before: a wrong one would run on wasm. */
const webgpu: InitOptions = { device: "webgpu", verify: "never" };

const inWorker: InitOptions = { ...wasm, worker: true };

const deno = processEngine("deno", ["--allow-net=127.0.0.1"]);

export const rows: readonly Row[] = [
  { name: "node", kind: processEngine("node"), init: wasm },
  { name: "deno", kind: deno, init: wasm },
  { name: "bun", kind: processEngine("bun"), init: wasm },
  { name: "workerd", kind: workerdEngine, init: wasm, lacks: edge },
  { name: "chromium", kind: chromium(), init: wasm, lacks: page },
  { name: "chromium-worker", kind: chromium("worker"), init: wasm, lacks: page },
  { name: "chromium-service-worker", kind: chromium("service-worker"), init: wasm, lacks: page },
  { name: "firefox", kind: firefox, init: wasm, lacks: page },
  { name: "webkit", kind: webkit, init: wasm, lacks: page },
  { name: "chromium-webgpu", kind: chromium("page", true), init: webgpu, lacks: page, ops: fewLayouts },
  {
    name: "chromium-webgpu-no-subgroups",
    kind: chromium("page", true),
    init: { ...webgpu, deterministic: true },
    lacks: page,
    ops: fewLayouts,
  },
  { name: "deno-webgpu", kind: deno, init: webgpu, ops: fewLayouts },
  { name: "node-worker-mode", kind: processEngine("node"), init: inWorker },
  { name: "deno-worker-mode", kind: deno, init: inWorker },
  { name: "bun-worker-mode", kind: processEngine("bun"), init: inWorker },
  { name: "chromium-worker-mode", kind: chromium(), init: inWorker, lacks: page },
  {
    name: "chromium-webgpu-worker-mode",
    kind: chromium("page", true),
    init: { ...webgpu, worker: true },
    lacks: page,
    ops: fewLayouts,
  },
  { name: "firefox-worker-mode", kind: firefox, init: inWorker, lacks: page },
  { name: "webkit-worker-mode", kind: webkit, init: inWorker, lacks: page },
];

/** Why a row cannot run on this system, or null. */
export async function whyNot({ kind, init }: Row, source: Source): Promise<string | null> {
  const why = await kind.missing();
  if (why !== null || init.device !== "webgpu") return why;
  const engine = await kind.open(source);
  try {
    return await ask<string | null>(engine, "whyNoAdapter");
  } finally {
    await engine.close();
  }
}

/** Serves what engines load, the shared data under "/data/" included, until it is closed. */
export async function openSource(data: string): Promise<[source: Source, close: () => Promise<void>]> {
  mkdirSync(join(root, "build"), { recursive: true });
  const folder = mkdtempSync(join(root, "build/engines-"));
  const [page, worker] = await Promise.all(
    ["page", "worker"].map((name) => bundleForPage(`test/runtime/inside/${name}.ts`)),
  );
  const server = await serve({
    "/page.js": { text: page as string },
    "/worker.js": { text: worker as string },
    "/dist/": { folder: join(root, "dist") },
    "/data/": { folder: data },
  });
  const close = async (): Promise<void> => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return [{ url: server.url, folder }, close];
}
