/**
 * What must work in every runtime, as plain data: each case computes numbers through the public interface and says what
 * they are. Nothing of hebb itself is imported, so it runs against whatever build it is handed.
 */
import type * as Hebb from "../../ts/index.ts";
import { pattern, problem, trainByHand } from "./by-hand.ts";

type Api = typeof Hebb;

interface Case {
  readonly name: string;
  readonly run: (hebb: Api) => Promise<ArrayLike<number>>;
  readonly expected: readonly number[];
  /** Largest absolute difference; 0 asks for the very numbers. */
  readonly tolerance: number;
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
    run: async ({ tensor }) => {
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
    run: async ({ tensor, arange }) => {
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
    run: async ({ tensor }) => {
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
    run: async ({ tensor }) =>
      (await tensor(pattern(35, 37), { shape: [5, 7] })
        .softmax(1)
        .sum(1)
        .data()) as Float32Array,
    expected: [1, 1, 1, 1, 1],
    tolerance: 1e-6,
  },
  {
    name: "first and second derivatives",
    run: async ({ tensor, grad }) => {
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
    run: async ({ tensor, optim, Parameter }) => {
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
    name: "shapes that do not fit throw where they are written",
    run: async ({ tensor }) => {
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

function judge(item: Case, values: ArrayLike<number>): Outcome {
  const list = Array.from(values);
  const ok =
    list.length === item.expected.length &&
    list.every((value, i) => Math.abs(value - (item.expected[i] as number)) <= item.tolerance);
  const words = new Uint32Array(Float32Array.from(list).buffer);
  const bits = Array.from(words, (word) => word.toString(16).padStart(8, "0")).join(" ");
  return {
    name: item.name,
    ok,
    detail: ok ? list.join(" ") : `${list.join(" ")}, wanted ${item.expected.join(" ")}`,
    bits,
  };
}

/** Runs every case in deterministic mode, on the module handed in where the runtime compiles none. */
export async function smoke(hebb: Api, wasm?: WebAssembly.Module): Promise<Outcome[]> {
  await hebb.init({ device: "wasm", deterministic: true, ...(wasm === undefined ? {} : { wasm }) });
  const outcomes: Outcome[] = [];
  for (const item of cases) {
    try {
      outcomes.push(judge(item, await item.run(hebb)));
    } catch (error) {
      outcomes.push({ name: item.name, ok: false, detail: String((error as Error).stack ?? error), bits: "" });
    }
  }
  return outcomes;
}
