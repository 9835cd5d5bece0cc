/** A contestant's page: the driver calls these exports. */
import type { Places } from "../contestants/contestant.ts";
import { contestants, type WebName } from "../contestants/index.ts";
import { climb } from "../lab/webgpu/ladder.ts";
import { adapterHere } from "./adapter.ts";
import { Host, startUp } from "./host.ts";
import type { Answer, Request } from "./protocol.ts";

let host: Promise<Host> | null = null;

export async function answer(name: WebName, places: Places, request: Request): Promise<Answer> {
  try {
    if (request.call === "startUp") return await startUp(() => contestants[name](places), request.work);
    if (request.call === "adapter") return { adapter: await adapterHere() };
    if (request.call === "ladder") return { rungs: await climb(request.variant, request.small) };
    host ??= contestants[name](places).then((contestant) => new Host(contestant));
    return await (await host).answer(request);
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
