/** Memory in Node: the peak of a process that runs a tiny network, and linear memory over many training steps. */
import { spawnSync } from "node:child_process";
import type { Name } from "../contestants/index.ts";
import type { Engine } from "../lanes/lane.ts";
import { named } from "../options.ts";
import type { Plain } from "../report/result.ts";
import type { Work } from "../work.ts";

const contestants: readonly Name[] = ["hebb", "onnxruntime-web", "tfjs wasm", "jax-js", "onnxruntime-node"];

const works: readonly { readonly name: string; readonly work: Work; readonly runs: number }[] = [
  { name: "MLP 4-16-16-2, one row", work: { kind: "call", sizes: [4, 16, 16, 2] }, runs: 100 },
  {
    name: "MLP 784-256-128-10, batch 64, Adam",
    work: { kind: "train", model: "mlp", batch: 64, optimizer: "adam", lr: 1e-3 },
    runs: 1000,
  },
];

/** The most that Node holds when it runs nothing. */
function emptyMb(): number {
  const program = "console.log(process.resourceUsage().maxRSS)";
  const { stdout } = spawnSync(process.execPath, ["-e", program], { encoding: "utf8" });
  return (Number(stdout) * 1024) / 1e6;
}

export async function runMemory(engine: Engine, quick: boolean, who: readonly string[]): Promise<Plain> {
  const rows: string[][] = [["an empty process", emptyMb().toFixed(1), "", ""]];
  for (const { name, work, runs: wanted } of works) {
    const runs = quick ? Math.min(wanted, 100) : wanted;
    for (const contestant of contestants) {
      if (!named(contestant, who)) continue;
      const lane = await engine.open(contestant);
      try {
        const { memory, error } = await lane.ask({ call: "memory", work, runs });
        const cells =
          memory === undefined
            ? ["—", "—", (error ?? "").slice(0, 60)]
            : [memory.peakMb, memory.wasmMbFirst, memory.wasmMbLast].map((mb) => mb.toFixed(1));
        rows.push([`${name}, ${runs} runs: ${contestant}`, ...cells]);
      } finally {
        await lane.close();
      }
    }
  }
  return {
    kind: "plain",
    title: `Memory, ${engine.title}`,
    note: "Megabytes: the most that the process held, and all linear memory after ten runs and at the end.",
    header: ["", "process, peak", "wasm, ten runs", "wasm, end"],
    rows,
  };
}
