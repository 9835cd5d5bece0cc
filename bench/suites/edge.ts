/**
 * Edge functions: a classifier of 101,770 parameters in workerd, beside a worker that does nothing.
 *
 *     start    processor time before the first request, all threads, without that of the empty worker
 *     first    that of the first request
 *     memory   what the process holds after it, beside the empty worker's: all of it, and without the pages of workerd's own
 *              program that the work touched, which all workers of a process share
 *     load     requests a second, latencies and processor time a request, eight connections at a time (wrk)
 *
 * The first four are the least of some fresh processes. Then all workers are loaded in turn, again and again, and the best turn of
 * each counts.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Cost, firstRequest } from "../../test/examples/edge-cost.ts";
import { type EdgeWorker, startWorker, type WorkerOptions } from "../../test/examples/edge-worker.ts";
import { bundle } from "../edge/bundle.ts";
import { bestOf, type Load, load } from "../edge/load.ts";
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

const pixels: Uint8Array<ArrayBuffer> = Uint8Array.from({ length: INPUTS }, (_, i) => (i * 37) % 256);

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

type Start = (entry: string) => Promise<EdgeWorker>;

/** The first requests of fresh processes by row, and why a row has none. */
async function measureFirst(start: Start, rounds: number, answer: readonly number[]): Promise<[Cost[][], string[]]> {
  const costs = rows.map((): Cost[] => []);
  const reasons: string[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [i, { entry, name }] of rows.entries()) {
      const worker = await start(entry);
      try {
        const cost = await firstRequest(worker, pixels);
        const given = JSON.parse(cost.text) as number[];
        const off = Math.max(...answer.map((value, k) => Math.abs(value - (given[k] ?? Number.NaN))));
        if (entry !== "empty" && !(off < 1e-4)) throw new Error(`its answer is off by ${off}`);
        costs[i]?.push(cost);
      } catch (error) {
        if (round === 0) reasons.push(`— ${name}: ${(error as Error).message.split("\n")[0]}`);
      } finally {
        await worker.close();
      }
    }
  }
  return [costs, reasons];
}

/** All workers in turn, each for some seconds; null where there is no wrk, or nothing to load. */
async function measureLoad(start: Start, turns: number, seconds: number): Promise<(Load | null)[]> {
  const workers = await Promise.all(rows.map(({ entry }) => start(entry)));
  const loads = rows.map((): Load[] => []);
  try {
    for (let turn = 0; turn < turns; turn++) {
      for (const [i, worker] of workers.entries()) {
        const one = load(worker, pixels, seconds);
        if (one !== null) loads[i]?.push(one);
      }
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.close()));
  }
  return loads.map((turns) => (turns.length === 0 ? null : bestOf(turns)));
}

const header = [
  "",
  "start, ms",
  "first request, ms",
  "memory, MB",
  "private, MB",
  "requests/s",
  "median, ms",
  "99 %, ms",
  "processor, ms a request",
  "target",
];

const note = [
  "A network of 784-128-10 answers to 784 bytes. Start and memory are milliseconds of processor time and megabytes beside those of",
  "the first row, the first request is all of it; the least of some fresh processes. Private is memory without the pages of",
  "workerd's own program that the work touched, which all workers of a process share. Then eight connections at a time, all workers",
  "in turn; the best turn of each.",
].join(" ");

export async function runEdge(rounds: number, quick: boolean): Promise<Plain> {
  const { files, answer } = await makeFiles();
  const start: Start = (entry) => startWorker(root, `bench/edge/${entry}.ts`, { files, bundle });
  const [costs, reasons] = await measureFirst(start, rounds, answer);
  const loads = await measureLoad(start, rounds, quick ? 1 : 3);
  const least = (i: number, of: (cost: Cost) => number): number => Math.min(...(costs[i] ?? []).map(of));
  const { version } = createRequire(join(root, "package.json"))("workerd/package.json") as { version: string };
  const missing = loads.includes(null) ? ["Load was not measured where there is no wrk (Debian: `wrk`)."] : [];
  return {
    kind: "plain",
    title: `Edge functions, workerd ${version}`,
    note: [note, ...reasons, ...missing].join("\n"),
    header,
    rows: rows.map(({ name, judged }, i) => {
      if (costs[i]?.length === 0) return [name, ...header.slice(2).map(() => "—"), ""];
      const beside = (of: (cost: Cost) => number): number => least(i, of) - (i === 0 ? 0 : least(0, of));
      const [first, memory] = [least(i, ({ first }) => first), beside(({ memory }) => memory)];
      const mark = (value: number, limit: number, unit: string): string =>
        `≤ ${limit} ${unit} ${value <= limit ? "✓" : "✗"}`;
      const target = judged ? `${mark(first, most.first, "ms")}, ${mark(memory, most.memory, "MB")}` : "";
      const figures = [beside(({ start }) => start), first, memory, beside(({ own }) => own)];
      const loaded = loads[i];
      const load =
        loaded == null
          ? ["—", "—", "—", "—"]
          : [loaded.rate.toFixed(0), ...[loaded.median, loaded.most, loaded.cost].map((value) => value.toFixed(2))];
      return [name, ...figures.map((figure) => figure.toFixed(1)), ...load, target];
    }),
  };
}
