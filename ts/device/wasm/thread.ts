/** The script of a thread: an instance of the kernels that belongs to a team (assembly/team.ts) until that is dissolved. */
import { onTask } from "#platform";
import { TEAM_DONE, TEAM_MESSAGE, TEAM_MESSAGE_UNITS, TEAM_READY, TEAM_TRAP } from "../../../assembly/team-block.ts";
import type { ThreadTask } from "../../platform/platform.ts";

interface Member {
  readonly follow: (block: number, thread: number) => void;
}

async function work({ kernels, team, memory, block, thread }: ThreadTask): Promise<void> {
  const { exports } = await WebAssembly.instantiate(kernels, { env: { memory } });
  const member = await WebAssembly.instantiate(team, {
    env: { memory },
    team: { part: exports["part"] as () => void, now: () => performance.now() },
  });
  const { follow } = member.exports as unknown as Member;
  const words = new Int32Array(memory.buffer);
  const units = new Uint16Array(memory.buffer);
  Atomics.add(words, (block + TEAM_READY) >> 2, 1);
  for (let working = true; working; ) {
    try {
      follow(block, thread);
      working = false;
    } catch (error) {
      // A kernel trapped. The leader throws what it said, and waits for nothing more of this share.
      const message = (error as Error).message.slice(0, TEAM_MESSAGE_UNITS);
      for (let i = 0; i < message.length; i++) units[((block + TEAM_MESSAGE) >> 1) + i] = message.charCodeAt(i);
      Atomics.store(words, (block + TEAM_TRAP) >> 2, message.length + 1);
      Atomics.add(words, (block + TEAM_DONE) >> 2, 1);
      Atomics.notify(words, (block + TEAM_DONE) >> 2);
    }
  }
}

void onTask((task) => {
  // Thrown where the one who started the thread hears of it.
  work(task).catch((error: unknown) =>
    setTimeout(() => {
      throw error;
    }),
  );
});
