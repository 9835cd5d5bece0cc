/** Which commands are shared, decided by times that are given here. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { WasmProgram } from "../../ts/device/wasm/program.ts";
import { type Runner, Shares } from "../../ts/device/wasm/shares.ts";

/** Milliseconds of every command by one thread and by two, whatever it costs to wake the second for a run of the whole. */
interface Costs {
  readonly commands: readonly (readonly [alone: number, shared: number])[];
  readonly waking: number;
}

let clock = 0;
beforeEach(() => {
  clock = 0;
  vi.spyOn(performance, "now").mockImplementation(() => clock);
});
afterEach(() => void vi.restoreAllMocks());

/** What the runs of a program of these costs are like: the shares of each command in those from `from` on. */
function runsOf(costs: () => Costs, count: number): { shares: number[]; walk: "together" | "alone" | "step" }[] {
  const shares = costs().commands.map(() => 0);
  const runs: { shares: number[]; walk: "together" | "alone" | "step" }[] = [];
  let walk: "together" | "alone" | "step" = "step";
  const take = (i: number): void => {
    const [alone, shared] = costs().commands[i] as readonly [number, number];
    clock += (shares[i] as number) > 1 ? shared : alone;
  };
  const all = (way: "together" | "alone"): number => {
    walk = way;
    if (way === "together") clock += costs().waking;
    for (let i = 0; i < shares.length; i++) take(i);
    return 0;
  };
  const program = {
    address: 0,
    leastTime: 0,
    error: 0,
    addresses: () => Uint32Array.from(shares, (_, i) => i),
    share: (command: number, parts: number) => {
      shares[command] = parts;
    },
  } as unknown as WasmProgram;
  const runner: Runner = {
    together: () => all("together"),
    alone: () => all("alone"),
    step: (_, command) => {
      take(command);
      return 0;
    },
  };
  const decided = new Shares(program, 2);
  for (let i = 0; i < count; i++) {
    walk = "step";
    decided.run(runner, 0.001);
    runs.push({ shares: [...shares], walk });
  }
  return runs;
}

it("shares the commands that gain, a long one in more shares, and lets go of what loses or is short", () => {
  const commands = [
    [1, 0.6],
    [1, 1.2],
    [0.01, 0.006],
    [9, 5],
  ] as const;
  const runs = runsOf(() => ({ commands, waking: 0.01 }), 100);
  expect(runs.slice(20).filter(({ walk }) => walk === "together").length).toBeGreaterThan(60);
  expect(runs.at(-1)).toEqual({ walk: "together", shares: [2, 0, 0, 4] });
});

it("takes no run of a long program to doubt what gains much", () => {
  const runs = runsOf(() => ({ commands: [[400, 210]], waking: 0.1 }), 60);
  expect(runs.slice(8).filter(({ walk }) => walk !== "together").length).toBeLessThan(8);
});

it("walks a program alone where nothing gains, or waking costs more than its commands gain", () => {
  for (const costs of [
    {
      commands: [
        [1, 0.99],
        [0.005, 0.001],
      ],
      waking: 0,
    },
    {
      commands: [
        [1, 0.6],
        [1, 1.5],
      ],
      waking: 0.5,
    },
  ] as const) {
    const runs = runsOf(() => costs, 100);
    expect(runs.at(-1)?.walk).toBe("alone");
    expect(runs.slice(30).filter(({ walk }) => walk !== "alone").length).toBeLessThan(20);
  }
});

it("finds out within some seconds that a busy machine has become free", () => {
  let shared = 2;
  const costs = (): Costs => ({ commands: [[1, shared]], waking: 0 });
  const runs = runsOf(() => {
    if (clock > 20_000) shared = 0.5;
    return costs();
  }, 40_000);
  const change = runs.findIndex((_, i) => i > 19_000 && runs[i]?.walk === "together");
  expect(runs[18_000]?.walk).toBe("alone");
  expect(change).toBeLessThan(25_000);
  expect(runs.at(-1)?.walk).toBe("together");
});
