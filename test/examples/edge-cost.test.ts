/** What the first request to a network of 101,770 parameters may cost in workerd, beside a worker that does nothing. */
import { existsSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { bundle } from "../../bench/edge/bundle.ts";
import { network } from "../../bench/edge/network.ts";
import { INPUTS } from "../../bench/edge/pixels.ts";
import { build, root } from "../../scripts/build.mjs";
import { save } from "../../ts/formats/safetensors.ts";
import { type Cost, firstRequest } from "./edge-cost.ts";
import { startWorker } from "./edge-worker.ts";

/** Fresh processes, of which the cheapest counts. */
const TRIES = 3;

const countsTasks = existsSync("/proc/self/task");

describe.skipIf(!countsTasks)(`the first request${countsTasks ? "" : " (skipped: no /proc)"}`, () => {
  let empty: Cost;

  async function cheapest(entry: string): Promise<Cost> {
    const files = { "network.safetensors": await save(network().stateDict()) };
    const costs: Cost[] = [];
    for (let i = 0; i < TRIES; i++) {
      const worker = await startWorker(root, `bench/edge/${entry}.ts`, { files, bundle });
      try {
        costs.push(await firstRequest(worker, new Uint8Array(INPUTS).fill(7)));
      } finally {
        await worker.close();
      }
    }
    const least = (of: (cost: Cost) => number): number => Math.min(...costs.map(of));
    const [start, first] = [least(({ start }) => start), least(({ first }) => first)];
    const [memory, own] = [least(({ memory }) => memory), least(({ own }) => own)];
    return { start, first, memory, own, text: costs[0]?.text ?? "" };
  }

  beforeAll(async () => {
    await build(["bundles"]);
    empty = await cheapest("empty");
  }, 120_000);

  test.each(["hebb", "hebb-stored"])(
    "%s: at most 10 ms of processor time, and 10 MB",
    async (entry) => {
      const cost = await cheapest(entry);
      expect((JSON.parse(cost.text) as number[]).length).toBe(10);
      const megabytes = cost.memory - empty.memory;
      console.log(`${entry}: ${cost.first.toFixed(1)} ms, ${megabytes.toFixed(1)} MB`);
      expect(cost.first).toBeLessThan(10);
      expect(megabytes).toBeLessThan(10);
    },
    120_000,
  );
});
