/**
 * What must work in every runtime, as plain data: each case computes numbers through the public interface and says what
 * they are. Nothing of hebb itself is imported, so it runs against whatever build it is handed.
 */
import type * as Safetensors from "../../ts/formats/safetensors.ts";
import type * as Hebb from "../../ts/index.ts";
import { pattern, problem, trainByHand } from "./by-hand.ts";

/** The package's entries. */
export interface Api {
  readonly hebb: typeof Hebb;
  readonly safetensors: typeof Safetensors;
}

interface Case {
  readonly name: string;
  readonly run: (api: Api) => Promise<ArrayLike<number>>;
  /** The numbers, or what must hold of them. */
  readonly expected: readonly number[] | ((values: readonly number[]) => boolean);
  /** Largest absolute difference; 0 asks for the very numbers. */
  readonly tolerance: number;
}

/** The modules of a runtime that compiles none. */
export interface Modules {
  readonly core: WebAssembly.Module;
  readonly full: WebAssembly.Module;
}

export interface Outcome {
  readonly name: string;
  readonly ok: boolean;
  /** What came out. */
  readonly detail: string;
  /** The result's float32 bits, to be compared between runtimes; empty after a failure. */
  readonly bits: string;
}

const cases: readonly Case[] = [
  {
    name: "a tensor gives back what it was made of",
    run: async ({ hebb: { tensor } }) => {
      const t = tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]);
      return [...t.shape, ...(await t.data()), await tensor(7).item()];
    },
    expected: [2, 3, 1, 2, 3, 4, 5, 6, 7],
    tolerance: 0,
  },
  {
    name: "broadcasting, views and a reduction",
    run: async ({ hebb: { tensor, arange } }) => {
      const x = arange(6)
        .reshape([2, 3])
        .add(tensor([10, 20, 30]));
      return (await x.permute([1, 0]).sum(0).data()) as Float32Array;
    },
    expected: [63, 72],
    tolerance: 0,
  },
  {
    name: "matmul of odd sizes",
    run: async ({ hebb: { tensor } }) => {
      const a = tensor(
        Float32Array.from({ length: 15 }, (_, i) => i - 7),
        { shape: [3, 5] },
      );
      const b = tensor(
        Float32Array.from({ length: 10 }, (_, i) => i % 3),
        { shape: [5, 2] },
      );
      return (await a.matmul(b).data()) as Float32Array;
    },
    expected: [-23, -21, 2, -1, 27, 19],
    tolerance: 0,
  },
  {
    name: "softmax adds up to one",
    run: async ({ hebb: { tensor } }) =>
      (await tensor(pattern(35, 37), { shape: [5, 7] })
        .softmax(1)
        .sum(1)
        .data()) as Float32Array,
    expected: [1, 1, 1, 1, 1],
    tolerance: 1e-6,
  },
  {
    name: "first and second derivatives",
    run: async ({ hebb: { tensor, grad } }) => {
      const cube = (x: Hebb.Tensor): Hebb.Tensor => x.mul(x).mul(x).sum();
      const first = grad(cube);
      const second = grad((x: Hebb.Tensor) => (first(x) as Hebb.Tensor).sum());
      const x = tensor([1, 2, -3]);
      return [...(await (first(x) as Hebb.Tensor).data()), ...(await (second(x) as Hebb.Tensor).data())] as number[];
    },
    expected: [3, 12, 27, 6, 12, -18],
    tolerance: 0,
  },
  {
    name: "five training steps of a small network",
    run: async ({ hebb: { tensor, optim, Parameter } }) => {
      const { rows, inputs, hidden } = problem;
      const x = tensor(problem.x, { shape: [rows, inputs] });
      const y = tensor(problem.y, { shape: [rows, 1] });
      const w1 = new Parameter(tensor(problem.w1, { shape: [hidden, inputs] }), "w1");
      const b1 = new Parameter(tensor(problem.b1, { shape: [hidden] }), "b1");
      const w2 = new Parameter(tensor(problem.w2, { shape: [1, hidden] }), "w2");
      const optimizer = new optim.SGD([w1, b1, w2], { lr: 0.1, momentum: 0.9 });
      const losses: number[] = [];
      for (let step = 0; step < 5; step++) {
        const out = x
          .matmul(w1.permute([1, 0]))
          .add(b1)
          .tanh()
          .matmul(w2.permute([1, 0]));
        const error = out.sub(y);
        const loss = error.mul(error).mean();
        await optimizer.step(loss);
        losses.push(Number(await loss.item()));
      }
      return [...losses, ...((await w2.data()) as Float32Array)];
    },
    expected: trainByHand(problem, 5, 0.1, 0.9),
    tolerance: 1e-5,
  },
  {
    name: "a convolutional network learns",
    run: async ({ hebb: { manualSeed, nn, optim, tensor } }) => {
      manualSeed(2026);
      const model = new nn.Sequential(
        new nn.Conv2d(1, 4, 3, { padding: 1 }),
        new nn.ReLU(),
        new nn.MaxPool2d(2),
        new nn.Flatten(),
        new nn.Linear(64, 5),
      );
      const x = tensor(pattern(6 * 64, 37), { shape: [6, 1, 8, 8] });
      const y = tensor([0, 1, 2, 3, 4, 0], { dtype: "int32" });
      const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 });
      const losses: number[] = [];
      for (let step = 0; step < 8; step++) {
        const loss = nn.crossEntropy(model.forward(x), y);
        await optimizer.step(loss);
        losses.push(Number(await loss.item()));
      }
      return [...losses, ...((await model.forward(x).data()) as Float32Array)];
    },
    expected: (values) => {
      const first = values[0] as number;
      return values.length === 38 && Math.abs(first - Math.log(5)) < 1 && (values[7] as number) < first * 0.7;
    },
    tolerance: 0,
  },
  {
    name: "a saved network answers as before",
    run: async ({ hebb: { nn, tensor }, safetensors: { load, save } }) => {
      const make = (): Hebb.nn.Linear => new nn.Linear(3, 2);
      const model = make();
      model.loadStateDict({
        weight: tensor([
          [1, 2, 3],
          [4, 5, 6],
        ]),
        bias: tensor([0.5, -0.5]),
      });
      const again = make();
      again.loadStateDict(await load(await save(model.stateDict())));
      return (await again.forward(tensor([[1, 0, -1]])).data()) as Float32Array;
    },
    expected: [-1.5, -2.5],
    tolerance: 0,
  },
  {
    name: "shapes that do not fit throw where they are written",
    run: async ({ hebb: { tensor } }) => {
      try {
        tensor([[1, 2, 3]]).matmul(tensor([[1, 2]]));
      } catch (error) {
        return [error instanceof RangeError && /matmul: cannot/.test(error.message) ? 1 : 0];
      }
      return [-1];
    },
    expected: [1],
    tolerance: 0,
  },
];

/** What the first build of the kernels lacks: the full one and its lowering come when this is first asked for. */
const fullCases: readonly Case[] = [
  {
    name: "running sums in order",
    run: async ({ hebb: { cumsum, sort, tensor } }) => {
      const { values } = sort(cumsum(tensor([3, -1, 2, -5]), 0));
      return (await values.data()) as Float32Array;
    },
    expected: [-1, 2, 3, 4],
    tolerance: 0,
  },
];

function holds({ expected, tolerance }: Case, values: readonly number[]): boolean {
  if (typeof expected === "function") return values.every(Number.isFinite) && expected(values);
  return (
    values.length === expected.length &&
    values.every((value, i) => Math.abs(value - (expected[i] as number)) <= tolerance)
  );
}

function judge(item: Case, result: ArrayLike<number>): Outcome {
  const values = Array.from(result);
  const ok = holds(item, values);
  const words = new Uint32Array(Float32Array.from(values).buffer);
  const bits = Array.from(words, (word) => word.toString(16).padStart(8, "0")).join(" ");
  const wanted = typeof item.expected === "function" ? String(item.expected) : item.expected.join(" ");
  return { name: item.name, ok, detail: ok ? values.join(" ") : `${values.join(" ")}, wanted ${wanted}`, bits };
}

/** Runs every case in deterministic mode, on the modules handed in where the runtime compiles none. */
export async function smoke(api: Api, modules?: Modules): Promise<Outcome[]> {
  await api.hebb.init({ device: "wasm", deterministic: true, ...(modules && { wasm: modules.core }) });
  const outcomes = await judgeAll(cases, api);
  if (modules !== undefined) await api.hebb.init({ device: "wasm", deterministic: true, wasm: modules.full });
  return [...outcomes, ...(await judgeAll(fullCases, api))];
}

async function judgeAll(items: readonly Case[], api: Api): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const item of items) {
    try {
      outcomes.push(judge(item, await item.run(api)));
    } catch (error) {
      outcomes.push({ name: item.name, ok: false, detail: String((error as Error).stack ?? error), bits: "" });
    }
  }
  return outcomes;
}
