/** LSTM cells written as primitive ops: before and after, and the same values. */
import { describe, expect, test } from "vitest";
import { recogniseLstm } from "../../ts/compiler/passes/lstm.ts";
import { share } from "../../ts/compiler/passes/share.ts";
import { makeConstant, type Node, type Source, topological } from "../../ts/graph/node.ts";
import { add, mul, sigmoid, tanh } from "../../ts/ops/elementwise.ts";
import { hostLeaf } from "../../ts/ops/leaf.ts";
import { matmul, transpose } from "../../ts/ops/matmul.ts";
import { concat, reshape, slice } from "../../ts/ops/movement.ts";
import { realize, Tensor } from "../../ts/tensor/tensor.ts";

const [batch, width, units] = [3, 5, 4];

let seed = 0;
const data = (...shape: number[]): Node => {
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => Math.sin(++seed));
  return hostLeaf(values, shape, "float32");
};
const constant = (...shape: number[]): Node => {
  const node = data(...shape);
  makeConstant(node.source as Source);
  return node;
};

interface State {
  readonly h: Node;
  readonly c: Node;
}

/** Step `t` of a sequence [steps, batch, n]. */
const at = (x: Node, t: number): Node =>
  reshape(slice(x, [t, 0, 0], [1, ...x.shape.slice(1)]), [batch, x.shape[2] as number]);

/** What the gates become, quarters in the order given: of input, output, forget and cell gate. */
function cell(gates: Node, c: Node, [i, o, f, g]: readonly number[]): State {
  const quarter = (k: number | undefined): Node => slice(gates, [0, (k as number) * units], [batch, units]);
  const next = add(mul(sigmoid(quarter(f)), c), mul(sigmoid(quarter(i)), tanh(quarter(g))));
  return { h: mul(sigmoid(quarter(o)), tanh(next)), c: next };
}

/** All states of `steps` steps from one. */
function unroll(steps: number, first: State, step: (state: State, t: number) => State): State[] {
  const states: State[] = [];
  for (let t = 0; t < steps; t++) states.push(step(states.at(-1) ?? first, t));
  return states;
}

/** PyTorch's cell: two linear layers, gates i f g o. */
function torchCell(inputs: number): (x: Node, state: State) => State {
  const [w, r, b, d] = [
    constant(4 * units, inputs),
    constant(4 * units, units),
    constant(4 * units),
    constant(4 * units),
  ];
  return (x, { h, c }) => cell(add(add(matmul(x, transpose(w)), b), add(matmul(h, transpose(r)), d)), c, [0, 3, 1, 2]);
}

const start = (): State => ({ h: data(batch, units), c: data(batch, units) });
const outputsOf = (states: readonly State[]): Node[] => [...states.map(({ h }) => h), (states.at(-1) as State).c];

const counts = (roots: readonly Node[], ...names: string[]): number[] => {
  const order = topological(roots).filter(({ source }) => source === null);
  return names.map((name) => order.filter(({ op }) => op.name === name).length);
};

/** [recurrent kernels, products, tanh] after the pass; values are as before. */
async function recognised(roots: readonly Node[]): Promise<number[]> {
  const before = share(roots);
  const after = recogniseLstm(before);
  const values = async (nodes: readonly Node[]): Promise<number[][]> => {
    const tensors = await realize(...nodes.map((node) => new Tensor(node)));
    return Promise.all(tensors.map(async (tensor) => Array.from(await tensor.data(), Number)));
  };
  const found = counts(after, "lstm", "matmul", "tanh");
  const [own, wanted] = [await values(after), await values(before)];
  for (const [k, list] of own.entries())
    for (const [i, value] of list.entries()) expect(value).toBeCloseTo(wanted[k]?.[i] as number, 5);
  return found;
}

describe("LSTM written as primitive ops", () => {
  test("steps of linear layers: one kernel, one product of the whole sequence", async () => {
    const [x, step] = [data(6, batch, width), torchCell(width)];
    const states = unroll(6, start(), (state, t) => step(at(x, t), state));
    expect(counts(share(outputsOf(states)), "lstm", "matmul", "tanh")).toEqual([0, 12, 12]);
    expect(await recognised(outputsOf(states))).toEqual([1, 1, 0]);
  });

  test("x and h side by side; quarters in another order; steps of different tensors", async () => {
    const [w, b] = [constant(width + units, 4 * units), constant(4 * units)];
    const states = unroll(3, start(), ({ h, c }) =>
      cell(add(matmul(concat([data(batch, width), h], 1), w), b), c, [0, 3, 2, 1]),
    );
    expect(await recognised(outputsOf(states))).toEqual([1, 1, 0]);
  });

  test("a first step without h, and only the last state read", async () => {
    const [w, r, x] = [constant(width, 4 * units), constant(units, 4 * units), data(4, batch, width)];
    const states = unroll(4, start(), ({ h, c }, t) => {
      const given = matmul(at(x, t), w);
      return cell(t === 0 ? given : add(matmul(h, r), given), c, [0, 1, 2, 3]);
    });
    expect(await recognised([(states.at(-1) as State).h])).toEqual([1, 1, 0]);
  });

  test("two layers are two kernels", async () => {
    const [x, below, above] = [data(3, batch, width), torchCell(width), torchCell(units)];
    const lower = unroll(3, start(), (state, t) => below(at(x, t), state));
    const upper = unroll(3, start(), (state, t) => above((lower[t] as State).h, state));
    expect(await recognised(outputsOf(upper))).toEqual([2, 2, 0]);
  });

  test("one step stays", async () => {
    const step = torchCell(width);
    expect(await recognised(outputsOf([step(data(batch, width), start())]))).toEqual([0, 2, 2]);
  });

  test("what feeds its output back as its input stays", async () => {
    const step = torchCell(units);
    const states = unroll(3, start(), (state) => step(tanh(state.h), state));
    expect((await recognised(outputsOf(states)))[0]).toBe(0);
  });

  test("cells whose inner values are read stay", async () => {
    const [x, step] = [data(3, batch, width), torchCell(width)];
    const states = unroll(3, start(), (state, t) => step(at(x, t), state));
    expect((await recognised([...outputsOf(states), (states[1] as State).c]))[0]).toBe(0);
  });

  test("cells with weights of their own stay", async () => {
    const x = data(3, batch, width);
    const states = unroll(3, start(), (state, t) => torchCell(width)(at(x, t), state));
    expect((await recognised(outputsOf(states)))[0]).toBe(0);
  });

  test("other quarters, another function: no cell", async () => {
    const [w, r, x] = [constant(width, 4 * units), constant(units, 4 * units), data(3, batch, width)];
    const states = unroll(3, start(), ({ h, c }, t) =>
      cell(add(matmul(at(x, t), w), matmul(h, r)), c, t === 1 ? [0, 1, 2, 2] : [0, 1, 2, 3]),
    );
    expect((await recognised(outputsOf(states)))[0]).toBe(0);
  });
});
