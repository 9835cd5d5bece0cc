/** Engines with WebGPU: on the adapter that this machine has, else on the software that comes with Chromium. */
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

import type { Adapter } from "../hosts/adapter.ts";
import { findBrowser } from "../repository.ts";
import { chromiumEngine } from "./chromium.ts";
import type { Engine } from "./lane.ts";
import { nodeEngine } from "./node.ts";

export interface WebGpu {
  readonly engine: Engine;
  readonly adapter: Adapter;
}

const software = "vk_swiftshader_icd.json";

/** What makes Dawn find Chromium's SwiftShader and loader of Vulkan; null where a browser comes without. */
async function swiftShader(): Promise<Record<string, string> | null> {
  const browser = await findBrowser();
  if (browser === null) return null;
  // Debian's browser is a script that starts the one in a folder of its own.
  const folders = [dirname(realpathSync(browser)), "/usr/lib/chromium"];
  const folder = folders.find((path) => existsSync(join(path, software)));
  return folder === undefined ? null : { LD_LIBRARY_PATH: folder, VK_ICD_FILENAMES: join(folder, software) };
}

async function adapterOf(engine: Engine): Promise<Adapter | null> {
  const lane = await engine.open("hebb webgpu");
  try {
    const { adapter = null, error } = await lane.ask({ call: "adapter" });
    if (error !== undefined) throw new Error(error);
    return adapter;
  } finally {
    await lane.close();
  }
}

/** The first of the engines whose adapter answers; null, with the reasons in the log, where none does. */
async function firstAble(
  starts: readonly (() => Promise<Engine>)[],
  log: (line: string) => void,
): Promise<WebGpu | null> {
  for (const start of starts) {
    const engine = await start();
    try {
      const adapter = await adapterOf(engine);
      if (adapter !== null) {
        const title = `${engine.title}, ${adapter.name}${adapter.software ? " (software)" : ""}`;
        return { engine: { ...engine, title }, adapter };
      }
      log(`${engine.title}: there is no adapter`);
    } catch (error) {
      log(`${engine.title}: ${error instanceof Error ? error.message : String(error)}`);
    }
    await engine.close();
  }
  return null;
}

export function webGpuChromium(log: (line: string) => void): Promise<WebGpu | null> {
  return firstAble([() => chromiumEngine({ adapter: "own" }), () => chromiumEngine({ adapter: "software" })], log);
}

export async function webGpuNode(log: (line: string) => void): Promise<WebGpu | null> {
  const variables = await swiftShader();
  const starts = [() => nodeEngine([]), ...(variables === null ? [] : [() => nodeEngine([], variables)])];
  return firstAble(starts, log);
}
