/** Memory in Node: the most that a process holds beside an empty one, and linear memory after many runs. */
import type { Name } from "../contestants/index.ts";
import type { Memory, Request } from "../hosts/protocol.ts";
import type { Engine } from "../lanes/lane.ts";
import { named } from "../options.ts";
import type { Plain } from "../report/result.ts";
import type { Work } from "../work.ts";
import { bytesOf, isMissing, squeezeNet, tinyModel } from "./model-files.ts";

interface MemoryRow {
  readonly name: string;
  readonly work: Work;
  readonly contestants: readonly Name[];
  readonly runs: number;
  /** Processes, of which the least peak counts. */
  readonly tries: number;
  /** Megabytes beside an empty process that hebb is to keep below. */
  readonly most?: number;
}

const everybody: readonly Name[] = ["hebb", "onnxruntime-web", "tfjs wasm", "jax-js", "onnxruntime-node"];
const readers: readonly Name[] = ["hebb", "onnxruntime-web", "onnxruntime-node"];
const sizeText = (bytes: number, unit: number): string => (bytes / unit).toFixed(1);

const rows: readonly MemoryRow[] = [
  {
    name: `a model of ${sizeText(bytesOf(tinyModel), 1e3)} kB`,
    work: tinyModel,
    contestants: readers,
    runs: 1,
    tries: 3,
    most: 5,
  },
  {
    name: `SqueezeNet 1.1 of ${sizeText(bytesOf(squeezeNet), 1e6)} MB`,
    work: squeezeNet,
    contestants: readers,
    runs: 1,
    tries: 3,
  },
  {
    name: "MLP 4-16-16-2, one row",
    work: { kind: "call", sizes: [4, 16, 16, 2] },
    contestants: everybody,
    runs: 100,
    tries: 1,
  },
  {
    name: "MLP 784-256-128-10, batch 64, Adam",
    work: { kind: "train", model: "mlp", batch: 64, optimizer: "adam", lr: 1e-3 },
    contestants: everybody,
    runs: 1000,
    tries: 1,
  },
];

/** The answer with the least peak among some fresh processes; a text says why there is none. */
async function leastOf(engine: Engine, name: Name, request: Request, tries: number): Promise<Memory | string> {
  let least: Memory | null = null;
  for (let i = 0; i < tries; i++) {
    const lane = await engine.open(name);
    try {
      const { memory, error } = await lane.ask(request);
      if (memory === undefined) return error ?? "gave no answer";
      if (least === null || memory.peakMb < least.peakMb) least = memory;
    } finally {
      await lane.close();
    }
  }
  return least ?? "was not measured";
}

export async function runMemory(engine: Engine, quick: boolean, who: readonly string[]): Promise<Plain> {
  const empty = await leastOf(engine, "hebb", { call: "idle" }, 3);
  if (typeof empty === "string") throw new Error(`memory: cannot measure an empty process: it ${empty}`);
  const lines: string[][] = [["an empty process", empty.peakMb.toFixed(1), "", "", "", ""]];
  for (const { name, work, contestants, runs: wanted, tries, most } of rows) {
    const runs = quick ? Math.min(wanted, 100) : wanted;
    if (isMissing(work)) {
      lines.push([`${name}: its file is not here`, "—", "—", "—", "—", ""]);
      continue;
    }
    const title = `${name}, ${runs === 1 ? "one run" : `${runs} runs`}`;
    for (const contestant of contestants) {
      if (!named(contestant, who)) continue;
      const memory = await leastOf(engine, contestant, { call: "memory", work, runs }, tries);
      if (typeof memory === "string") {
        lines.push([`${title}: ${contestant}`, "—", "—", "—", "—", memory.slice(0, 60)]);
        continue;
      }
      const beside = memory.peakMb - empty.peakMb;
      const target =
        contestant !== "hebb" || most === undefined
          ? ""
          : `≤ ${most} beside an empty one ${beside <= most ? "✓" : "✗"}`;
      const cells = [memory.peakMb, beside, memory.wasmMbFirst, memory.wasmMbLast].map((mb) => mb.toFixed(1));
      lines.push([`${title}: ${contestant}`, ...cells, target]);
    }
  }
  return {
    kind: "plain",
    title: `Memory, ${engine.title}`,
    note: "Megabytes: the most that the process held, how much more that is than an empty one held, and all linear memory after up to ten runs and at the end.",
    header: ["", "process, peak", "beside an empty one", "wasm, ten runs", "wasm, end", "target"],
    rows: lines,
  };
}
