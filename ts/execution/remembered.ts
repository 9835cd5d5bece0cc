/** Which device won for a program on an adapter, kept between sessions where the runtime has a cache. */
import { gpu, sha256, shelf } from "#platform";
import { nameOf } from "../device/webgpu/adapter.ts";
import type { Side } from "./contest.ts";

/** Raised when programs or kernels change so much that old answers mean nothing. */
const edition = 1;

/** What is asked and told; tests have one of their own. */
export interface Memory {
  /** The winner, null where nobody knows. */
  recall(program: string): Promise<Side | null>;
  keep(program: string, winner: Side): Promise<void>;
}

/** The memory of the adapter that the runtime offers; null where it offers none. */
export async function openMemory(): Promise<Memory | null> {
  const adapter = await gpu()?.requestAdapter({ powerPreference: "high-performance" });
  if (adapter == null) return null;
  const place = async (program: string): ReturnType<typeof shelf> =>
    shelf(true, `device-${await sha256(new TextEncoder().encode(`${edition}\n${nameOf(adapter.info)}\n${program}`))}`);
  return {
    async recall(program) {
      const bytes = await attempt(async () => (await place(program)).whole({}));
      const text = bytes === null ? "" : new TextDecoder().decode(bytes);
      return text === "home" || text === "rival" ? text : null;
    },
    async keep(program, winner) {
      await attempt(async () => {
        const file = await place(program);
        await file.begin(null);
        await file.append(new TextEncoder().encode(winner));
        await file.finish();
        return null;
      });
    },
  };
}

/** Where nothing can be kept (a page that did not come by https), every session decides anew. */
async function attempt<T>(work: () => Promise<T | null>): Promise<T | null> {
  try {
    return await work();
  } catch {
    return null;
  }
}
