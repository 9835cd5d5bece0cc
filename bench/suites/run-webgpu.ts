/** The rows on WebGPU, in every engine that was asked for and has an adapter. */
import { type WebGpu, webGpuChromium, webGpuNode } from "../lanes/webgpu.ts";
import type { Options } from "../options.ts";
import type { Result } from "../report/result.ts";
import { runLadder } from "./run-ladder.ts";
import { runTimed, type Setting } from "./run-timed.ts";
import { forSoftware, onWebGpu } from "./webgpu.ts";

export async function runWebGpu(
  options: Options,
  rest: Pick<Setting, "pace" | "log">,
  add: (result: Result) => void,
): Promise<void> {
  const { suites, quick, match, who } = options;
  const chosen = onWebGpu.filter(({ name }) => (suites as readonly string[]).includes(name));
  const run = async (name: string, open: (log: (line: string) => void) => Promise<WebGpu | null>): Promise<void> => {
    const found = await open(rest.log);
    if (found === null) {
      rest.log(`${name}: there is no WebGPU here; its tables are left out`);
      return;
    }
    try {
      rest.log(found.engine.title);
      if (suites.includes("ladder")) add(await runLadder(found));
      const able = found.adapter.software ? chosen.map(forSoftware).filter(({ rows }) => rows.length > 0) : chosen;
      for (const suite of able) add(await runTimed({ ...found, ...rest, natives: [], quick, match, who }, suite));
    } finally {
      await found.engine.close();
    }
  };
  if (options.chromium) await run("Chromium", webGpuChromium);
  if (options.node) await run("Node", webGpuNode);
}
