/** A contestant's process in Node: `node node.mjs <contestant> <places>`; what it is asked for comes over the process channel. */
import type { Contestant, Places } from "../contestants/contestant.ts";
import { contestants, onGpu } from "../contestants/index.ts";
import { startNative, startWebInNode } from "../contestants/onnxruntime-node.ts";
import { climb } from "../lab/webgpu/ladder.ts";
import { adapterHere } from "./adapter.ts";
import { offerWebGpu } from "./dawn.ts";
import { Host, startUp } from "./host.ts";
import { idleMemory, memoryOf } from "./memory.ts";
import type { Answer, Request } from "./protocol.ts";
import { shareOf } from "./share.ts";

const starts: Readonly<Record<string, (places: Places) => Promise<Contestant>>> = {
  ...contestants,
  "onnxruntime-web": startWebInNode,
  "onnxruntime-node": startNative,
};

const [name = "", given = "{}"] = process.argv.slice(2);
const places = JSON.parse(given) as Places;
const start = (): Promise<Contestant> => {
  const own = starts[name];
  if (own === undefined) throw new Error(`bench: cannot start ${name}: wanted ${Object.keys(starts).join(", ")}`);
  return own(places);
};
let host: Promise<Host> | null = null;

async function answer(request: Request): Promise<Answer> {
  switch (request.call) {
    case "startUp": {
      const times = await startUp(start, request.work);
      return { ...times, sinceBirth: performance.now() };
    }
    case "adapter":
      return { adapter: await adapterHere() };
    case "ladder":
      return { rungs: await climb(request.variant, request.small) };
    case "idle":
      return { memory: idleMemory() };
    case "memory":
      return { memory: await memoryOf(start, request.work, request.runs) };
    case "share":
      return { share: await shareOf(start, request.work, request.runs) };
    default:
      host ??= start().then((contestant) => new Host(contestant));
      return (await host).answer(request);
  }
}

process.on("message", (request: Request) => {
  answer(request)
    .catch((error: unknown): Answer => ({ error: error instanceof Error ? error.message : String(error) }))
    .then((reply) => process.send?.(reply))
    .catch(() => process.exit(1));
});
if (onGpu(name)) await offerWebGpu();
process.send?.({ ready: true });
