/** The worker mode in Node: everything as without a worker, bit for bit. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { build, kernelParts } from "../../scripts/build.mjs";
import { currentDevice } from "../../ts/execution/running.ts";
import * as onnx from "../../ts/formats/onnx/index.ts";
import * as safetensors from "../../ts/formats/safetensors.ts";
import * as hebb from "../../ts/index.ts";
import { lenet5 } from "../golden/lenet5.ts";
import { checkGradients, checkValues } from "../ops/check.ts";
import { table } from "../ops/table.ts";
import { sharedData } from "../shared-data.ts";
import { noise, trainSteps } from "./worker-work.ts";

const { init, nn, optim, Parameter, tensor } = hebb;

/** The whole table on request; else a share of it, so that continuous integration stays short. */
const share = process.env["HEBB_WORKER"] === "all" ? 1 : 12;

const local: hebb.InitOptions = { device: "wasm", deterministic: true };
const away: hebb.InitOptions = { ...local, worker: true };

beforeAll(() => build([...kernelParts, "bundles"]));
afterAll(() => init(local));

/** What work gives without and with a worker. */
async function both<T>(work: () => Promise<T>): Promise<[here: T, there: T]> {
  await init(local);
  const here = await work();
  await init(away);
  return [here, await work()];
}

describe(`the table of ops, every ${share}th case`, () => {
  beforeAll(() => init(away));
  const cases = table.filter((_, i) => i % share === 0);
  test.each(cases.map((item) => [item.name, item] as const))("%s", async (_, item) => {
    expect(currentDevice()).toBe(null);
    expect(await checkValues(hebb, item, "contiguous")).toBe(null);
    expect(await checkGradients(hebb, item, "contiguous")).toBe(null);
  });
});

describe("the same bits", () => {
  test("a convolutional network in training", async () => {
    const [here, there] = await both(() => trainSteps(12));
    expect(there).toEqual(here);
    expect(here.losses.at(-1)).toBeLessThan((here.losses[0] as number) * 0.9);
  });

  test("fit, with progress and a stop", async () => {
    const work = async () => {
      hebb.manualSeed(5);
      const model = new nn.Linear(4, 2);
      const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
      const batches = [0, 1, 2].map(
        (i) => [tensor(noise(32, i), { shape: [8, 4] }), tensor(noise(16, i + 9), { shape: [8, 2] })] as const,
      );
      const stop = new AbortController();
      const seen: number[] = [];
      const loss = (y: hebb.Tensor, target: hebb.Tensor): hebb.Tensor => y.sub(target).square().mean();
      await hebb
        .fit(model, {
          train: batches,
          loss,
          optimizer,
          epochs: 9,
          signal: stop.signal,
          onProgress: ({ epoch }) => {
            seen.push(epoch);
            if (epoch > 2) stop.abort();
          },
        })
        .catch((error: Error) => error.name);
      return { seen, weight: await model.weight.data() };
    };
    const [here, there] = await both(work);
    expect(there).toEqual(here);
    expect(here.seen.length).toBeGreaterThan(2);
  });

  test("state dicts and safetensors", async () => {
    const work = async () => {
      hebb.manualSeed(3);
      const [model, again] = [lenet5(), lenet5()];
      const bytes = await safetensors.save(model.stateDict());
      again.loadStateDict(await safetensors.load(bytes));
      return again.forward(tensor(noise(784), { shape: [1, 1, 28, 28] })).data();
    };
    const [here, there] = await both(work);
    expect(there).toEqual(here);
  });

  const squeezeNet = sharedData("models/squeezenet1.1-fp32");
  test.skipIf(squeezeNet.missing)(`SqueezeNet, run again, explained and profiled${squeezeNet.reason}`, async () => {
    const bytes = readFileSync(`${squeezeNet.path}/model.onnx`);
    const copy = Uint8Array.from(bytes);
    const work = async () => {
      const session = await onnx.load(bytes);
      const name = session.inputs[0]?.name as string;
      const x = noise(3 * 224 * 224);
      const runs: unknown[] = [];
      for (let i = 0; i < 2; i++) {
        const { [session.outputs[0]?.name as string]: y } = await session.run({
          [name]: tensor(x, { shape: [1, 3, 224, 224] }),
        });
        runs.push(await (y as hebb.Tensor).data());
      }
      const profile = await session.profile({ [name]: tensor(x, { shape: [1, 3, 224, 224] }) }, 1);
      expect(profile.every(({ ms }) => ms > 0)).toBe(true);
      return { runs, account: session.explain(), kernels: profile.map(({ label }) => label) };
    };
    const [here, there] = await both(work);
    expect(there).toEqual(here);
    expect(bytes.equals(copy)).toBe(true);
  });

  test("weights of a model that are trained", async () => {
    const work = async () => {
      const model = new nn.Sequential(new nn.Linear(6, 5), new nn.ReLU(), new nn.Linear(5, 3));
      model.loadStateDict({
        "0.weight": tensor(noise(30), { shape: [5, 6] }),
        "0.bias": tensor(noise(5)),
        "2.weight": tensor(noise(15, 4), { shape: [3, 5] }),
        "2.bias": tensor(noise(3)),
      });
      const bytes = await onnx.save(model, { inputs: { x: [null, 6] } });
      const session = await onnx.load(bytes, { trainable: true });
      const optimizer = new optim.Adam(session.parameters.values(), { lr: 0.05 });
      const losses: number[] = [];
      for (let i = 0; i < 4; i++) {
        const { output } = await session.forward({ x: tensor(noise(24), { shape: [4, 6] }) });
        const loss = (output as hebb.Tensor).square().mean();
        await optimizer.step(loss);
        losses.push(await loss.item());
      }
      return losses;
    };
    const [here, there] = await both(work);
    expect(there).toEqual(here);
  });

  test("explain", async () => {
    const work = () =>
      hebb.explain(
        tensor(noise(12), { shape: [3, 4] })
          .matmul(tensor(noise(8), { shape: [4, 2] }))
          .add(1)
          .relu(),
      );
    const [here, there] = await both(work);
    expect(there).toBe(here);
  });
});

describe("values", () => {
  beforeAll(() => init(away));

  test("arrays that are handed in stay whole, also large ones", async () => {
    const large = new Float32Array(5e6).fill(1);
    const parameter = new Parameter(tensor(large));
    const [sum, again] = await Promise.all([parameter.sum().item(), parameter.mul(2).sum().item()]);
    expect([sum, again]).toEqual([5e6, 1e7]);
    expect(large.length).toBe(5e6);
  });

  test("runs start in the order in which they were asked for", async () => {
    const w = new Parameter(tensor(new Float32Array(3e6).fill(1)), "w");
    const before = w.sum().item();
    const optimizer = new optim.SGD([w], { lr: 1 });
    const stepping = optimizer.step(w.sum());
    expect(await before).toBe(3e6);
    await stepping;
    expect(await w.sum().item()).toBe(0);
  });

  test("results can be given back at once: more passes through than there is memory", async () => {
    const x = await hebb.realize(hebb.zeros([24, 1024, 1024]));
    for (let i = 0; i < 50; i++) {
      using y = (x[0] as hebb.Tensor).add(i);
      await hebb.realize(y);
    }
    expect(await (x[0] as hebb.Tensor).slice([0, 1]).sum().item()).toBe(0);
  }, 120_000);

  test("they move to another device and back", async () => {
    await init(local);
    const w = new Parameter(tensor([1, 2, 3]), "w");
    const optimizer = new optim.SGD([w], { lr: 1 });
    await optimizer.step(w.sum());
    await init(away);
    await optimizer.step(w.square().sum());
    await init(local);
    await optimizer.step(w.sum());
    expect(await w.array()).toEqual([-1, -2, -3]);
    await init(away);
  });
});

describe("errors", () => {
  beforeAll(() => init(away));

  test("keep their class and message, and lead to the caller", async () => {
    async function asking(): Promise<void> {
      const index = tensor([1, 7], { dtype: "int32" }).add(tensor([0, 1], { dtype: "int32" }));
      await tensor([1, 2, 3]).indexSelect(0, index).data();
    }
    const error = await asking().then(
      () => null,
      (reason: Error) => reason,
    );
    expect(error).toBeInstanceOf(hebb.ShapeError);
    expect(error?.message).toBe("gather: cannot read index 8: it is out of range, wanted -3 to 2");
    expect(error?.stack).toContain("asking");
    expect((error?.cause as Error | undefined)?.stack).toContain("worker.js");
    expect(await tensor([1, 2]).add(1).array()).toEqual([2, 3]);
  });

  test("a worker that cannot be started says why", async () => {
    const nowhere = new URL("./no-such-worker.mjs", import.meta.url);
    await expect(init({ worker: nowhere })).rejects.toThrow(
      /^worker: cannot start: the worker ended \(.*no-such-worker/s,
    );
    await expect(init({ worker: true, device: "abacus" as "wasm" })).rejects.toThrow(/^init: cannot use device abacus/);
    expect(await tensor([1, 2]).add(1).array()).toEqual([2, 3]);
  });

  test("a worker that ends names what is lost, and the next use starts another", async () => {
    await init({ ...local, worker: new URL("./mortal-worker.mjs", import.meta.url) });
    const w = new Parameter(tensor([1, 2]), "w");
    const kept = tensor([3, 4]);
    const optimizer = new optim.SGD([w], { lr: 1 });
    await optimizer.step(w.sum());
    const end = new BroadcastChannel("mortal");
    end.postMessage("end");
    const running = kept.add(1).data();
    await expect(
      running.then(() => new Promise((resolve) => setTimeout(resolve, 500))).then(() => w.data()),
    ).rejects.toThrow(/cannot (build|run|read|read \[2\]): the worker ended \(its thread left with code 3\)/);
    end.close();
    await expect(w.data()).rejects.toThrow(
      /^w: cannot read \[2\]: the worker ended .* assign\(\) or loadStateDict\(\)/,
    );
    expect(await kept.add(1).array()).toEqual([4, 5]);
    w.assign(tensor([5, 6]));
    await optimizer.step(w.sum());
    expect(await w.array()).toEqual([4, 5]);
    await init(away);
  });
});
