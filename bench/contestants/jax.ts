/** jax-js on one of its backends; every piece of work is one jitted function. An argument is consumed unless `.ref` is passed. */
import {
  batches,
  batchOf,
  callWeights,
  type Expression,
  firstWeight,
  isImported,
  type Layer,
  type Matmul,
  models,
  operand,
  type Train,
  transposed,
  type Work,
} from "../work.ts";
import { type Contestant, type Job, Unable } from "./contestant.ts";

interface JaxArray {
  readonly ref: JaxArray;
  readonly shape: number[];
  data(): Promise<Float32Array>;
  dispose(): void;
  blockUntilReady(): Promise<JaxArray>;
  reshape(shape: number[]): JaxArray;
  transpose(order?: number[]): JaxArray;
  add(other: JaxArray | number): JaxArray;
  sub(other: JaxArray | number): JaxArray;
  mul(other: JaxArray | number): JaxArray;
  div(other: JaxArray | number): JaxArray;
  sum(axis?: number): JaxArray;
  mean(axis?: number): JaxArray;
}

type Tree = JaxArray | readonly Tree[];

type Device = "wasm" | "webgpu";

/** The part of jax-js that is used. */
interface Jax {
  init(device: Device): Promise<readonly string[]>;
  defaultDevice(device: Device): unknown;
  jit<A extends readonly Tree[], R extends Tree>(f: (...inputs: A) => R): (...inputs: A) => R;
  valueAndGrad<A extends readonly Tree[]>(f: (...inputs: A) => JaxArray): (...inputs: A) => [JaxArray, A[0]];
  readonly numpy: {
    array(values: Float32Array | Int32Array | number): JaxArray;
    zeros(shape: number[]): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    max(x: JaxArray, axis?: number): JaxArray;
    sum(x: JaxArray, axis?: number): JaxArray;
    sqrt(x: JaxArray): JaxArray;
  };
  readonly nn: {
    relu(x: JaxArray): JaxArray;
    silu(x: JaxArray): JaxArray;
    softmax(x: JaxArray, axis: number): JaxArray;
    logSoftmax(x: JaxArray, axis: number): JaxArray;
    oneHot(index: JaxArray, classes: number): JaxArray;
  };
  readonly lax: {
    convGeneralDilated(
      x: JaxArray,
      w: JaxArray,
      strides: number[],
      padding: [number, number][],
      options: { featureGroupCount?: number },
    ): JaxArray;
    reduceWindow(x: JaxArray, reduce: (window: JaxArray) => JaxArray, size: number[], strides: number[]): JaxArray;
  };
}

export async function start(device: Device): Promise<Contestant> {
  const jax = (await import("@jax-js/jax")) as unknown as Jax;
  const able = await jax.init(device);
  if (!able.includes(device)) throw new Unable(`has no ${device} here`);
  jax.defaultDevice(device);
  return {
    prepare: async (work) => {
      if (work.kind === "train") return train(jax, work);
      if (isImported(work)) throw new Unable("reads no ONNX files");
      return work.kind === "call" ? call(jax, work) : forward(jax, work);
    },
  };
}

function array({ numpy }: Jax, values: Float32Array, shape: readonly number[]): JaxArray {
  return numpy.array(values).reshape([...shape]);
}

const square = (padding: number): [number, number][] => [
  [padding, padding],
  [padding, padding],
];

function forward(jax: Jax, work: Expression): Job {
  const { shapes, f } = functionOf(jax, work);
  const compiled = jax.jit(f);
  const given = shapes.map((shape, i) => {
    const values = operand(i + 1, shape);
    if (i !== 1 || work.kind !== "matmul" || !keepsTransposed(work)) return array(jax, values, shape);
    return array(jax, transposed(values, work.n, work.k), [work.k, work.n]);
  });
  const run = (): JaxArray => compiled(...given.map((x) => x.ref));
  return {
    async once() {
      const y = run();
      await y.blockUntilReady();
      y.dispose();
    },
    result: () => run().data(),
    release() {
      for (const x of given) x.dispose();
    },
  };
}

/** Layers keep their weights as [in, out] here. */
const keepsTransposed = ({ transposeB, both }: Matmul): boolean => transposeB === true && both !== true;

/** The work as a function of operands number 1, 2, … of these shapes. */
function functionOf(
  { numpy: np, nn, lax }: Jax,
  work: Expression,
): { shapes: number[][]; f: (...inputs: JaxArray[]) => JaxArray } {
  type One = (x: JaxArray) => JaxArray;
  type Two = (a: JaxArray, b: JaxArray) => JaxArray;
  switch (work.kind) {
    case "matmul": {
      const { m, n, k, transposeA, transposeB } = work;
      const turn = transposeB === true && !keepsTransposed(work);
      const f: Two = (a, b) => np.matmul(transposeA ? a.transpose() : a, turn ? b.transpose() : b);
      return { shapes: [transposeA ? [k, m] : [m, k], transposeB ? [n, k] : [k, n]], f: f as never };
    }
    case "conv2d": {
      const { x, o, k, stride = 1, padding = 0, groups = 1 } = work;
      const f: Two = (a, w) =>
        lax.convGeneralDilated(a, w, [stride, stride], square(padding), { featureGroupCount: groups });
      return { shapes: [[...x], [o, x[1] / groups, k, k]], f: f as never };
    }
    case "chain": {
      const { activation, count } = work;
      const f = (x: JaxArray, w: JaxArray, b: JaxArray, r: JaxArray): JaxArray =>
        nn[activation](x.mul(w).add(b)).add(r);
      return { shapes: [[count], [count], [count], [count]], f: f as never };
    }
    case "softmax": {
      const f: One = (x) => nn.softmax(x, 1);
      return { shapes: [[...work.shape]], f: f as never };
    }
    case "attention": {
      const { heads, n, d } = work;
      const f = (q: JaxArray, k: JaxArray, v: JaxArray): JaxArray =>
        np.matmul(nn.softmax(np.matmul(q, k.transpose([0, 2, 1])).mul(d ** -0.5), -1), v);
      return { shapes: [1, 2, 3].map(() => [heads, n, d]), f: f as never };
    }
    case "reduce": {
      const { op, axis, shape } = work;
      const f: One = (x) => (axis === undefined ? np[op](x) : np[op](x, axis));
      return { shapes: [[...shape]], f: f as never };
    }
  }
}

function call(jax: Jax, work: Extract<Work, { kind: "call" }>): Job {
  const { numpy: np, nn } = jax;
  const weights = callWeights(work).flatMap(({ i, o, w, b }) => [
    array(jax, transposed(w, o, i), [i, o]),
    array(jax, b, [o]),
  ]);
  const f = jax.jit((...[x, ...own]: JaxArray[]): JaxArray => {
    let y = x as JaxArray;
    for (let at = 0; at < own.length; at += 2) {
      const s = np.matmul(y, own[at] as JaxArray).add(own[at + 1] as JaxArray);
      y = at + 2 < own.length ? nn.relu(s) : s;
    }
    return y;
  });
  const row = operand(1, [1, work.sizes[0] as number]);
  const once = (): Promise<Float32Array> => f(array(jax, row, [1, row.length]), ...weights.map((w) => w.ref)).data();
  const release = (): void => {
    for (const w of weights) w.dispose();
  };
  return { once, result: once, release };
}

/** The loss as a function of the parameters (weight, bias, weight, …), the inputs and the classes. */
function lossOf(jax: Jax, work: Train): (parameters: readonly JaxArray[], x: JaxArray, y: JaxArray) => JaxArray {
  const { numpy: np, nn, lax } = jax;
  const { layers, classes } = models[work.model];
  const apply = (x: JaxArray, layer: Layer, next: () => JaxArray): JaxArray => {
    switch (layer.layer) {
      case "conv2d": {
        const { stride, padding, o } = layer;
        const w = next();
        const b = next().reshape([o, 1, 1]);
        return lax.convGeneralDilated(x, w, [stride, stride], square(padding), {}).add(b);
      }
      case "linear": {
        const w = next();
        return np.matmul(x, w).add(next());
      }
      case "relu":
        return nn.relu(x);
      case "maxPool2d":
        return lax.reduceWindow(x, (window) => np.max(window), [2, 2], [2, 2]);
      case "flatten":
        return x.reshape([work.batch, x.shape.slice(1).reduce((a, b) => a * b, 1)]);
    }
  };
  return (parameters, x, y) => {
    let at = 0;
    const next = (): JaxArray => parameters[at++] as JaxArray;
    const logits = layers.reduce((value, layer) => apply(value, layer, next), x);
    return nn
      .logSoftmax(logits, 1)
      .mul(nn.oneHot(y, classes))
      .sum()
      .mul(-1 / work.batch);
  };
}

async function train(jax: Jax, work: Train): Promise<Job> {
  const { numpy: np } = jax;
  const { input, layers } = models[work.model];
  const firsts = layers.flatMap((layer, i) => {
    const first = firstWeight(layer, i);
    if (first === null) return [];
    const { shape, values } = first;
    const [o, n] = shape as [number, number];
    if (layer.layer === "conv2d") return [{ o, shape, values }];
    return [{ o, shape: [n, o], values: transposed(values, o, n) }];
  });
  const loss = lossOf(jax, work);
  const gradient = jax.valueAndGrad(loss);
  const adam = work.optimizer === "adam";
  const [b1, b2, eps] = [0.9, 0.999, 1e-8];
  const list = (state: readonly JaxArray[]): JaxArray[] => state.map((x) => x.ref);
  const update = jax.jit(
    (parameters: JaxArray[], m: JaxArray[], v: JaxArray[], scales: JaxArray[], x: JaxArray, y: JaxArray) => {
      const [value, gradients] = gradient(list(parameters), x, y) as [JaxArray, JaxArray[]];
      const [size, root] = scales as [JaxArray, JaxArray];
      const next = parameters.map((p, i) => {
        const g = gradients[i] as JaxArray;
        if (!adam) return [p.sub(g.mul(work.lr))];
        const mi = (m[i] as JaxArray).mul(b1).add(g.ref.mul(1 - b1));
        const vi = (v[i] as JaxArray).mul(b2).add(g.ref.mul(g).mul(1 - b2));
        const scale = np.sqrt(vi.ref).mul(root.ref).add(eps);
        return [p.sub(mi.ref.div(scale).mul(size.ref)), mi, vi];
      });
      size.dispose();
      root.dispose();
      return [value, ...[0, 1, 2].map((i) => next.flatMap((row) => (row[i] === undefined ? [] : [row[i]])))] as Tree[];
    },
  );
  const fresh = (): JaxArray[] => (adam ? firsts.flatMap(({ o, shape }) => [np.zeros(shape), np.zeros([o])]) : []);
  let state = [firsts.flatMap(({ o, shape, values }) => [array(jax, values, shape), np.zeros([o])]), fresh(), fresh()];
  const data = Array.from({ length: batches }, (_, i) => batchOf(work, i));
  let step = 0;
  const once = async (): Promise<number> => {
    const { x, y } = data[step++ % batches] as (typeof data)[number];
    const scales = [work.lr / (1 - b1 ** step), 1 / Math.sqrt(1 - b2 ** step)].map((value) =>
      np.array(Float32Array.of(value)).reshape([]),
    );
    const [p, m, v] = state as [JaxArray[], JaxArray[], JaxArray[]];
    const [value, ...next] = update(p, m, v, scales, array(jax, x, [work.batch, ...input]), np.array(y)) as [
      JaxArray,
      ...JaxArray[][],
    ];
    state = next;
    return (await value.data())[0] as number;
  };
  return {
    once,
    result: async () => [await once(), await once(), await once()],
    release() {
      for (const x of state.flat()) x.dispose();
    },
  };
}
