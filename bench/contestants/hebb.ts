/** hebb itself, as a user's program calls it. */
import {
  batches,
  batchOf,
  callWeights,
  type Expression,
  firstWeight,
  type Imported,
  isImported,
  type Layer,
  models,
  operand,
  type Train,
  type Work,
} from "../work.ts";
import type { Contestant, Job, Places } from "./contestant.ts";
import { numbersOf } from "./model-file.ts";
import { onnxOf } from "./onnx.ts";

type Hebb = typeof import("hebb");
type Tensor = import("hebb").Tensor;

export async function start(places: Places, options?: import("hebb").InitOptions): Promise<Contestant> {
  const hebb = (await import(/* @vite-ignore */ places.hebb)) as Hebb;
  if (options !== undefined) await hebb.init(options);
  return {
    async prepare(work) {
      if (work.kind === "train") return train(hebb, work);
      return isImported(work) ? imported(hebb, places, work) : forward(hebb, work);
    },
  };
}

async function imported(hebb: Hebb, places: Places, work: Imported): Promise<Job> {
  const { load } = (await import(
    /* @vite-ignore */ new URL("onnx.js", places.hebb).href
  )) as typeof import("hebb/onnx");
  const { source, feeds } = await onnxOf(work, places);
  const session = await load(source);
  const given = Object.fromEntries(
    feeds.map(({ name, values, shape, dtype }) => [name, hebb.tensor(values, { shape, dtype })] as const),
  );
  const once = async (): Promise<{ dtype: string; data: unknown }[]> => {
    const results = Object.values(await session.run(given)).filter((result) => result instanceof hebb.Tensor);
    return Promise.all(results.map(async (result) => ({ dtype: result.dtype, data: await result.data() })));
  };
  return { once, result: async () => numbersOf(await once()), release() {} };
}

/** Operands lie on the device, as weights do. */
function resident(hebb: Hebb, stream: number, shape: readonly number[]): Tensor {
  return new hebb.Parameter(hebb.tensor(operand(stream, shape), { shape }), "operand", { trainable: false });
}

function forward(hebb: Hebb, work: Exclude<Work, Train | Imported>): Job {
  if (work.kind === "call") return call(hebb, work);
  const expression = expressionOf(hebb, work);
  return {
    async once() {
      const [y] = await hebb.realize(expression());
      y?.[Symbol.dispose]();
    },
    result: () => expression().data(),
    release() {},
  };
}

function expressionOf(hebb: Hebb, work: Expression): () => Tensor {
  const given = (stream: number, ...shape: number[]): Tensor => resident(hebb, stream, shape);
  switch (work.kind) {
    case "matmul": {
      const { m, n, k, transposeA, transposeB } = work;
      const a = transposeA ? given(1, k, m) : given(1, m, k);
      const b = transposeB ? given(2, n, k) : given(2, k, n);
      return () => (transposeA ? a.t() : a).matmul(transposeB ? b.t() : b);
    }
    case "conv2d": {
      const { o, k, stride = 1, padding = 0, groups = 1 } = work;
      const x = given(1, ...work.x);
      const w = given(2, o, work.x[1] / groups, k, k);
      return () => hebb.nn.functional.conv2d(x, w, null, { stride, padding, groups });
    }
    case "chain": {
      const [x, w, b, r] = [1, 2, 3, 4].map((stream) => given(stream, work.count)) as [Tensor, Tensor, Tensor, Tensor];
      return () => x.mul(w).add(b)[work.activation]().add(r);
    }
    case "softmax": {
      const x = given(1, ...work.shape);
      return () => x.softmax(1);
    }
    case "attention": {
      const { heads, n, d } = work;
      const [q, k, v] = [1, 2, 3].map((stream) => given(stream, heads, n, d)) as [Tensor, Tensor, Tensor];
      return () =>
        q
          .matmul(k.transpose(1, 2))
          .mul(d ** -0.5)
          .softmax(2)
          .matmul(v);
    }
    case "reduce": {
      const x = given(1, ...work.shape);
      const op = work.op === "sum" ? "sum" : "amax";
      const { axis } = work;
      return () => (axis === undefined ? x[op]() : x[op](axis));
    }
  }
}

function call(hebb: Hebb, work: Extract<Work, { kind: "call" }>): Job {
  const { nn, tensor } = hebb;
  const weights = callWeights(work);
  const layers = weights.flatMap(({ i, o }, at) => [...(at > 0 ? [new nn.ReLU()] : []), new nn.Linear(i, o)]);
  const model = new nn.Sequential(...layers);
  const state = weights.flatMap(({ i, o, w, b }, at) => [
    [`${2 * at}.weight`, tensor(w, { shape: [o, i] })] as const,
    [`${2 * at}.bias`, tensor(b)] as const,
  ]);
  model.loadStateDict(Object.fromEntries(state));
  model.eval();
  const shape = [1, work.sizes[0] as number];
  const row = operand(1, shape);
  const once = (): Promise<ArrayLike<number>> => model.forward(tensor(row, { shape })).data();
  return { once, result: once, release() {} };
}

function layerOf({ nn, tensor }: Hebb, layer: Layer, i: number): import("hebb").nn.Module {
  const first = firstWeight(layer, i);
  switch (layer.layer) {
    case "conv2d":
    case "linear": {
      const { stride, padding } = layer.layer === "conv2d" ? layer : { stride: 1, padding: 0 };
      const made =
        layer.layer === "conv2d"
          ? new nn.Conv2d(layer.i, layer.o, layer.k, { stride, padding })
          : new nn.Linear(layer.i, layer.o);
      const { shape, values } = first as NonNullable<typeof first>;
      made.loadStateDict({ weight: tensor(values, { shape }), bias: tensor(new Float32Array(layer.o)) });
      return made;
    }
    case "relu":
      return new nn.ReLU();
    case "maxPool2d":
      return new nn.MaxPool2d(2);
    case "flatten":
      return new nn.Flatten();
  }
}

async function train(hebb: Hebb, work: Train): Promise<Job> {
  const { nn, optim, tensor } = hebb;
  const { input, layers } = models[work.model];
  const model = new nn.Sequential(...layers.map((layer, i) => layerOf(hebb, layer, i)));
  const { lr } = work;
  const optimizer =
    work.optimizer === "adam" ? new optim.Adam(model.parameters(), { lr }) : new optim.SGD(model.parameters(), { lr });
  const data = Array.from({ length: batches }, (_, i) => batchOf(work, i));
  let step = 0;
  const once = async (): Promise<number> => {
    const { x, y } = data[step++ % batches] as (typeof data)[number];
    const loss = nn.crossEntropy(model.forward(tensor(x, { shape: [work.batch, ...input] })), tensor(y));
    await optimizer.step(loss);
    return loss.item();
  };
  return { once, result: async () => [await once(), await once(), await once()], release() {} };
}
