/** The page's side of the worker mode beside a service that answers what the tests want. */
import { afterEach, expect, test } from "vitest";
import type { TypedArray } from "../../ts/core/dtype.ts";
import { Constants } from "../../ts/execution/worker/constants.ts";
import { WorkerHolder } from "../../ts/execution/worker/holder.ts";
import { answer, Line } from "../../ts/execution/worker/line.ts";
import { WorkerMaker } from "../../ts/execution/worker/maker.ts";
import type { BuildRequest, Release, RunReply, Service } from "../../ts/execution/worker/protocol.ts";
import { makeConstant, type Source } from "../../ts/graph/node.ts";
import { add } from "../../ts/ops/elementwise.ts";
import { hostLeaf } from "../../ts/ops/leaf.ts";

interface Fake {
  readonly holder: WorkerHolder;
  readonly released: Release[];
  terminated(): number;
}

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** A holder whose worker is this thread. */
function fake(service: Partial<Service>, lost: () => string | null = () => null): Fake {
  const { port1, port2 } = new MessageChannel();
  const released: Release[] = [];
  let terminated = 0;
  const refuse = (): never => {
    throw new Error("nobody expects this");
  };
  const release = (message: Release): void => {
    released.push(message);
  };
  answer(port2, { start: refuse, build: refuse, run: refuse, read: refuse, release, ...service }, lost);
  const line = new Line<Service>({
    port: port1,
    onEnd() {},
    hold() {},
    terminate() {
      terminated++;
    },
  });
  open.push(() => {
    port1.close();
    port2.close();
  });
  return {
    holder: new WorkerHolder(line, { name: "wasm", adapter: undefined }),
    released,
    terminated: () => terminated,
  };
}

const turns = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 20));
const empty = { stages: [], threads: undefined };

test("a worker whose values nobody needs ends once another has taken its place", async () => {
  const { holder, released, terminated } = fake({});
  const [a, b] = [holder.buffer(holder.newId(), 4), holder.buffer(holder.newId(), 4)];
  holder.free(a);
  holder.retire();
  await turns();
  expect(released).toEqual([{ values: [a.id], programs: [], constants: [] }]);
  expect(terminated()).toBe(0);
  holder.free(b);
  holder.free(b);
  await turns();
  expect(released[1]).toEqual({ values: [b.id], programs: [], constants: [] });
  expect(terminated()).toBe(1);
});

test("constants are sent once, and again when the worker has forgotten them", async () => {
  const sent: (readonly (TypedArray | number)[])[] = [];
  let forgets = false;
  const build = async ({ supplies, parcel }: BuildRequest) => {
    sent.push(supplies.map(([, { host }]) => host));
    const missing = parcel.sources.flatMap(({ constant }) => (constant > 0 && forgets ? [constant] : []));
    forgets = false;
    return missing.length > 0 ? { missing } : empty;
  };
  const { holder } = fake({ build });
  const maker = new WorkerMaker(holder, new Constants(holder), () => {});
  const weight = hostLeaf(Float32Array.of(1, 2), [2], "float32");
  makeConstant(weight.source as Source);
  const x = hostLeaf(Float32Array.of(3, 4), [2], "float32");
  for (const again of [false, false, true]) {
    forgets = again;
    await maker.build([{ node: add(x, weight) }], [x]);
  }
  const values = Float32Array.of(1, 2);
  expect(sent).toEqual([[values], [], [], [values]]);
  expect(weight.source?.host).toEqual(values);
});

test("programs of wrong kernels are given up when the worker says so, once", async () => {
  const reply = (edition: number): RunReply => ({ values: [Float32Array.of(4, 6)], times: null, edition });
  let edition = 0;
  const { holder } = fake({ build: async () => empty, run: async () => reply(edition) });
  const renewed: [WorkerMaker, WorkerMaker][] = [];
  const maker = new WorkerMaker(holder, new Constants(holder), (old, next) => {
    renewed.push([old as WorkerMaker, next as WorkerMaker]);
  });
  const x = hostLeaf(Float32Array.of(2, 3), [2], "float32");
  const program = await maker.build([{ node: add(x, x) }], [x]);
  const run = () => program.run([x.source as Source], ["host"]);
  expect(await run()).toEqual([Float32Array.of(4, 6)]);
  expect(renewed).toEqual([]);
  edition = 1;
  await Promise.all([run(), run()]);
  expect(renewed.length).toBe(1);
  expect(renewed[0]?.[0]).toBe(maker);
  expect(renewed[0]?.[1].holder).toBe(holder);
});

test("a device that is lost in the worker is lost here, with what it held", async () => {
  let lost: string | null = null;
  const read = async (): Promise<Float32Array> => {
    lost = "the GPU was lost";
    throw new Error("the GPU was lost while it read");
  };
  const { holder, terminated } = fake({ read }, () => lost);
  const buffer = holder.buffer(holder.newId(), 8);
  expect(holder.lost).toBe(null);
  await expect(holder.download(buffer, "float32", 2)).rejects.toThrow("the GPU was lost while it read");
  expect(holder.lost).toBe("the GPU was lost");
  expect(terminated()).toBe(1);
  await expect(holder.download(buffer, "float32", 2)).rejects.toThrow("worker: cannot read: the GPU was lost");
});
