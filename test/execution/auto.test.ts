/**
 * The device of choice, with two wasm devices that have memories of their own and a clock that their runs move: what is read
 * on the wrong one is not there.
 */
import { describe, expect, test, vi } from "vitest";
import { DeviceError, UnsupportedError } from "../../ts/core/errors.ts";
import type { DeviceBuffer } from "../../ts/device/device.ts";
import { WasmDevice } from "../../ts/device/wasm/device.ts";
import { loadModule } from "../../ts/device/wasm/module.ts";
import { AutoBuilder } from "../../ts/execution/auto.ts";
import { Contest, type Side, watched } from "../../ts/execution/contest.ts";
import { GuestBuilder } from "../../ts/execution/guest.ts";
import type { Memory } from "../../ts/execution/remembered.ts";
import type { Runnable } from "../../ts/execution/runnable.ts";
import { graphKey, type Root } from "../../ts/graph/key.ts";
import { makeSource, type Node, type Source } from "../../ts/graph/node.ts";
import { mul, num, sub } from "../../ts/ops/elementwise.ts";
import { hostLeaf, leaf } from "../../ts/ops/leaf.ts";
import { matmul } from "../../ts/ops/matmul.ts";

class Timed extends WasmDevice {
  runs = 0;
  lost: string | null = null;
  milliseconds = 0;
  elapsed = (_: number): void => {};

  override run(...args: Parameters<WasmDevice["run"]>): ReturnType<WasmDevice["run"]> {
    if (this.lost !== null) throw new DeviceError(`rival: cannot run: ${this.lost}`);
    this.runs++;
    this.elapsed(this.milliseconds);
    return super.run(...args);
  }
}

interface Setting {
  readonly home: Timed;
  readonly rival: Timed;
  readonly builder: AutoBuilder;
  readonly started: () => number;
  readonly kept: Map<string, Side>;
}

async function setting(
  homeTime: number,
  rivalTime: number,
  known: Side | "absent" | "broken" | null = null,
): Promise<Setting> {
  const module = { full: true, deterministic: true };
  const [home, rival] = [new Timed(await loadModule(module)), new Timed(await loadModule(module))];
  let clock = 0;
  let starts = 0;
  for (const [device, time] of [
    [home, homeTime],
    [rival, rivalTime],
  ] as const) {
    device.milliseconds = time;
    device.elapsed = (ms) => {
      clock += ms;
    };
  }
  const kept = new Map<string, Side>();
  const memory: Memory = {
    recall: async () => (known === "absent" || known === "broken" ? null : known),
    keep: async (program, winner) => void kept.set(program, winner),
  };
  const builder = new AutoBuilder(home, {
    now: () => clock,
    openMemory: async () => memory,
    startRival: async () => {
      starts++;
      if (known === "absent") throw new UnsupportedError("there is none");
      if (known === "broken") throw new DeviceError("it does not start");
      return new GuestBuilder(rival);
    },
  });
  return { home, rival, builder, started: () => starts, kept };
}

const size = 200;
const noise = (seed: number): Float32Array =>
  Float32Array.from({ length: size * size }, (_, i) => Math.sin(i * 12.9898 + seed) / 8);
const weights = (): Node => leaf(makeSource(noise(1), null, true), [size, size], "float32");

/** w ← w - (x w) / 8, and the product. */
function step(w: Node, x: Node = hostLeaf(noise(2), [size, size], "float32")): Root[] {
  const y = matmul(x, w);
  return [{ node: y }, { node: sub(w, mul(y, num(1 / 8, y))), into: w }];
}

interface Steps {
  readonly runnable: Runnable;
  readonly run: () => Promise<number>;
}

async function steps(builder: GuestBuilder | AutoBuilder, w: Node): Promise<Steps> {
  const roots = step(w);
  const { leaves } = graphKey(roots);
  const runnable = await builder.build(roots, leaves);
  const sources = leaves.map(({ source }) => source as Source);
  const run = async (): Promise<number> => {
    const [y] = await runnable.run([...sources, ...runnable.constants], ["host", "device"]);
    await new Promise((resolve) => setTimeout(resolve)); // What is done in the background is done.
    return (y as Float32Array).reduce((a, b) => a + Math.abs(b), 0);
  };
  return { runnable, run };
}

async function many(run: () => Promise<number>, count: number): Promise<number[]> {
  const sums: number[] = [];
  for (let i = 0; i < count; i++) sums.push(await run());
  return sums;
}

const runs = 30;
const wanted = async (): Promise<number[]> => {
  const alone = new GuestBuilder(await WasmDevice.create({ full: true, deterministic: true }));
  return many((await steps(alone, weights())).run, runs);
};

describe("a program that runs repeatedly", () => {
  test.each([
    ["the rival", "rival", 10, 2],
    ["home", "home", 2, 3],
    ["home, at once where the rival is far behind", "home", 2, 50],
  ] as const)("goes to the faster device: %s", async (_, winner, homeTime, rivalTime) => {
    const { home, rival, builder, kept, started } = await setting(homeTime, rivalTime);
    const { run } = await steps(builder, weights());
    expect(await many(run, runs)).toEqual(await wanted());
    expect(started()).toBe(1);
    expect([...kept.values()]).toEqual([winner]);
    const [least, most] = winner === "rival" ? [home.runs, rival.runs] : [rival.runs, home.runs];
    expect(least).toBeLessThanOrEqual(winner === "rival" ? watched + 8 : 6);
    expect(least + most).toBe(runs);
    if (rivalTime === 50) expect(rival.runs).toBe(2);
  });

  test("runs as it is remembered", async () => {
    const first = await setting(2, 3, "rival");
    expect(await many((await steps(first.builder, weights())).run, runs)).toEqual(await wanted());
    expect(first.home.runs).toBeLessThanOrEqual(watched + 2);
    const second = await setting(10, 2, "home");
    await many((await steps(second.builder, weights())).run, runs);
    expect([second.started(), second.rival.runs]).toEqual([0, 0]);
  });

  test.each([
    ["absent", []],
    ["broken", [["auto: goes on with wasm: it does not start"]]],
  ] as const)("stays where it is when the rival is %s", async (known, said) => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { home, builder, started } = await setting(10, 2, known);
    expect(await many((await steps(builder, weights())).run, runs)).toEqual(await wanted());
    expect([home.runs, started(), builder.immediate]).toEqual([runs, 1, true]);
    expect(warn.mock.calls).toEqual(said);
    warn.mockRestore();
  });

  test("tries nothing when it is small or runs seldom", async () => {
    const { builder, started } = await setting(10, 2);
    const x = leaf(makeSource(Float32Array.of(1, 2), null, false), [2], "float32");
    const roots = [{ node: mul(x, x) }];
    const small = await builder.build(roots, [x]);
    for (let i = 0; i < runs; i++) expect(small.run([x.source as Source], ["host"])).not.toBeInstanceOf(Promise);
    await many((await steps(builder, weights())).run, watched - 1);
    expect(started()).toBe(0);
  });

  test("other programs read what it left on the rival", async () => {
    const { builder } = await setting(10, 2);
    const w = weights();
    const { run } = await steps(builder, w);
    const sums = await many(run, runs - 1);
    expect(builder.reaches(((w.source as Source).buffer as DeviceBuffer).device)).toBe(true);
    const { run: again } = await steps(builder, w);
    expect([...sums, await again()]).toEqual(await wanted());
  });

  test("answers at once again when the rival has lost, and takes home what lies there", async () => {
    const { builder, rival } = await setting(2, 3);
    const w = weights();
    const { run } = await steps(builder, w);
    await many(run, watched + 1);
    expect(builder.immediate).toBe(false);
    const { buffer } = w.source as Source;
    expect((buffer as DeviceBuffer).device).toBe(rival);
    expect(builder.reaches(rival)).toBe(true);
    const sums = await many(run, runs - watched - 1);
    expect(sums.at(-1)).toBe((await wanted()).at(-1));
    expect(builder.immediate).toBe(true);
    expect(builder.reaches(rival)).toBe(false);
    const { runnable } = await steps(builder, weights());
    const leaves = graphKey(step(weights())).leaves.map(({ source }) => source as Source);
    expect(runnable.run([...leaves, ...runnable.constants], ["host", "device"])).not.toBeInstanceOf(Promise);
  });

  test("goes on at home when the rival is lost, and names what is gone", async () => {
    const { builder, rival, home } = await setting(10, 2);
    const w = weights();
    const { run } = await steps(builder, w);
    await many(run, runs);
    (w.source as Source).owner = { name: "weight" };
    rival.lost = "the GPU was lost";
    await expect(run()).rejects.toThrow(/^weight: cannot read \[200, 200\]: the GPU was lost and nobody else/);
    const before = home.runs;
    Object.assign(w.source as Source, { buffer: null, host: noise(1) });
    expect(await run()).toBe((await wanted())[0]);
    expect(home.runs).toBe(before + 1);
  });
});

describe("a contest", () => {
  /** The sides that a contest asks for, and who wins, for times of either. */
  function play(time: (side: Side, run: number) => number): { sides: string; winner: Side | null } {
    const contest = new Contest();
    let sides = "";
    for (let i = 0; i < 60; i++) {
      const { next } = contest;
      sides += next[0];
      if (contest.record(next, time(next, i))) contest.begin();
    }
    return { sides, winner: contest.winner };
  }

  test("takes turns, and does not count the first run of a turn", () => {
    const { sides, winner } = play((side, run) => (side === "home" ? 5 : [4, 10].includes(run) ? 1000 : 3));
    expect(sides).toMatch(/^hhhhrrrhhhrrrhhhr+$/);
    expect(winner).toBe("rival");
  });

  test("is not won by one lucky run", () => {
    expect(play((side, run) => (side === "home" ? 5 : run === 5 ? 1 : 6)).winner).toBe("home");
  });

  test("goes on while both are close, and one slow stretch does not decide it", () => {
    const { sides, winner } = play((side, run) => (side === "home" ? 5 : run < 12 ? 6 : 4.5));
    expect(winner).toBe("rival");
    expect(sides).toMatch(/^h{4}(r{3}h{3}){8}r+$/);
  });

  test("keeps the faster one from 5 % on", () => {
    expect(play((side) => (side === "home" ? 1 : 1.05)).winner).toBe("home");
    expect(play((side) => (side === "home" ? 1.05 : 1)).winner).toBe("rival");
  });
});
