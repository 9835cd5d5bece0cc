/**
 * Edge functions: a classifier of 101,770 parameters in workerd, beside a worker that does nothing.
 *
 *     start    processor time before the first request, all threads, without that of the empty worker
 *     first    that of the first request
 *     memory   what the process holds after it, beside the empty worker's: all of it, and without the pages of workerd's own
 *              program that the work touched, which all workers of a process share
 *     load     requests a second and latencies, eight connections at a time (wrk)
 *
 * Times are the least of some fresh processes.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type EdgeWorker, startWorker, type WorkerOptions } from "../../test/examples/edge-worker.ts";
import { INPUTS } from "../edge/pixels.ts";
import type { Plain } from "../report/result.ts";
import { root } from "../repository.ts";

interface Row {
  readonly name: string;
  readonly entry: string;
  /** Whether its first request is to keep below {@link most}. */
  readonly judged?: boolean;
}

/** Milliseconds of the first request, and megabytes. */
const most = { first: 10, memory: 10 };

const rows: readonly Row[] = [
  { name: "a worker that does nothing, with the network's file", entry: "empty" },
  { name: "hebb, made as the worker starts", entry: "hebb", judged: true },
  { name: "hebb, made as the worker starts, weights in the first request", entry: "hebb-stored", judged: true },
  { name: "hebb, made in the first request", entry: "hebb-late", judged: true },
  { name: "onnxruntime-web, patched to take its module from the deployment", entry: "onnxruntime" },
];

const pixels = Uint8Array.from({ length: INPUTS }, (_, i) => (i * 37) % 256);

interface Measured {
  /** Milliseconds. */
  readonly start: number;
  readonly first: number;
  /** Megabytes. */
  readonly memory: number;
  readonly own: number;
  readonly answer: readonly number[];
}

const idle = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Milliseconds that the threads of a process have run; of those that ended nothing is known any more. */
function processorTime(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  const times = readdirSync(tasks).map((id) => Number(readFileSync(`${tasks}/${id}/schedstat`, "utf8").split(" ")[0]));
  return times.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e6;
}

/** Megabytes that a process holds: VmRSS all of it, RssAnon what is no file's. */
const heldBy = (pid: number, kind: "VmRSS" | "RssAnon"): number =>
  Number(new RegExp(`${kind}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;

async function measureFirst({ url, pid }: EdgeWorker): Promise<Measured> {
  await idle(400);
  const start = processorTime(pid);
  const response = await fetch(url, { method: "POST", body: pixels });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  await idle(200); // what compiles on behind the answer counts too
  const first = processorTime(pid) - start;
  const [memory, own] = [heldBy(pid, "VmRSS"), heldBy(pid, "RssAnon")];
  return { start, first, memory, own, answer: JSON.parse(text) as number[] };
}

/** Requests a second and the median and the 99th percentile of latencies, as wrk prints them; nothing without wrk. */
function load({ url }: EdgeWorker, seconds: number): string[] {
  const folder = join(root, "bench/build");
  const script = join(folder, "edge.lua");
  mkdirSync(folder, { recursive: true });
  const bytes = Array.from(pixels, (byte) => `\\${byte}`)
    .join("")
    .replaceAll(/\\(\d+)/g, (_, n: string) => `\\${n.padStart(3, "0")}`);
  writeFileSync(script, `wrk.method = "POST"\nwrk.body = "${bytes}"\n`);
  const args = ["-t1", "-c8", `-d${seconds}s`, "--latency", "-s", script, url];
  const { stdout, error } = spawnSync("wrk", args, { encoding: "utf8" });
  if (error !== undefined) return ["—", "—", "—"];
  return [/Requests\/sec:\s+([\d.]+)/, /^\s+50%\s+(\S+)/m, /^\s+99%\s+(\S+)/m].map(
    (found) => found.exec(stdout)?.[1] ?? "—",
  );
}

/** The network's files, with the answer that hebb gives in Node. */
async function makeFiles(): Promise<{ files: NonNullable<WorkerOptions["files"]>; answer: readonly number[] }> {
  const at = (name: string): string => pathToFileURL(join(root, "dist/node", name)).href;
  const { manualSeed, nn, tensor } = (await import(at("index.js"))) as typeof import("hebb");
  const safetensors = (await import(at("safetensors.js"))) as typeof import("hebb/safetensors");
  const onnx = (await import(at("onnx.js"))) as typeof import("hebb/onnx");
  manualSeed(1);
  const model = new nn.Sequential(new nn.Linear(INPUTS, 128), new nn.ReLU(), new nn.Linear(128, 10));
  const files = {
    "network.safetensors": await safetensors.save(model.stateDict()),
    "network.onnx": await onnx.save(model, { inputs: { x: [1, INPUTS] } }),
  };
  const x = tensor(
    Float32Array.from(pixels, (pixel) => pixel / 255),
    { shape: [1, INPUTS] },
  );
  return { files, answer: [...((await (await model.run(x)).data()) as Float32Array)] };
}

const bundle: NonNullable<WorkerOptions["bundle"]> = {
  alias: { hebb: "./dist/workerd/index.js", "hebb/safetensors": "./dist/workerd/safetensors.js" },
  define: { "import.meta.url": '"file:///worker.js"' },
  external: ["node:*"],
};

export async function runEdge(rounds: number, quick: boolean): Promise<Plain> {
  const { files, answer } = await makeFiles();
  const measured = rows.map((): Measured[] => []);
  const loads: string[][] = [];
  const reasons: string[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [i, { entry, name }] of rows.entries()) {
      const worker = await startWorker(root, `bench/edge/${entry}.ts`, { files, bundle });
      try {
        const one = await measureFirst(worker);
        const off = Math.max(...answer.map((value, k) => Math.abs(value - (one.answer[k] ?? Number.NaN))));
        if (entry !== "empty" && !(off < 1e-4)) throw new Error(`its answer is off by ${off}`);
        measured[i]?.push(one);
        if (round === rounds - 1) loads[i] = load(worker, quick ? 2 : 10);
      } catch (error) {
        if (round === 0) reasons.push(`— ${name}: ${(error as Error).message.split("\n")[0]}`);
      } finally {
        await worker.close();
      }
    }
  }
  const least = (i: number, of: (one: Measured) => number): number => Math.min(...(measured[i] ?? []).map(of));
  const { version } = createRequire(join(root, "package.json"))("workerd/package.json") as { version: string };
  const missing = loads.flat().includes("—") ? ["Load was not measured where there is no wrk (Debian: `wrk`)."] : [];
  return {
    kind: "plain",
    title: `Edge functions, workerd ${version}`,
    note: [
      "A network of 784-128-10 answers to 784 bytes. Start and memory are milliseconds of processor time and megabytes beside those of the first row, the first request is all of it; the least of some fresh processes. Private is memory without the pages of workerd's own program that the work touched, which all workers of a process share. Then eight connections at a time.",
      ...reasons,
      ...missing,
    ].join("\n"),
    header: ["", "start, ms", "first request, ms", "memory, MB", "private", "requests/s", "median", "99 %", "target"],
    rows: rows.map(({ name, judged }, i) => {
      if ((measured[i] ?? []).length === 0) return [name, "—", "—", "—", "—", "—", "—", "—", ""];
      const beside = (of: (one: Measured) => number): number => least(i, of) - (i === 0 ? 0 : least(0, of));
      const start = beside((one) => one.start);
      const first = least(i, (one) => one.first);
      const memory = beside((one) => one.memory);
      const own = beside((one) => one.own);
      const mark = (value: number, limit: number, unit: string): string =>
        `≤ ${limit} ${unit} ${value <= limit ? "✓" : "✗"}`;
      const target = judged ? `${mark(first, most.first, "ms")}, ${mark(memory, most.memory, "MB")}` : "";
      const figures = [start, first, memory, own].map((figure) => figure.toFixed(1));
      return [name, ...figures, ...(loads[i] ?? ["—", "—", "—"]), target];
    }),
  };
}
