/** TensorFlow.js on its wasm backend, its plain JavaScript one or its WebGPU one. Planes are [n, h, w, c] there. */
import {
  batches,
  batchOf,
  callWeights,
  type Expression,
  firstWeight,
  isImported,
  type Layer,
  models,
  operand,
  type Train,
  type Work,
} from "../work.ts";
import { type Contestant, type Job, type Places, Unable } from "./contestant.ts";

interface TfTensor {
  readonly shape: number[];
  data(): Promise<Float32Array>;
  dispose(): void;
}

interface Variable extends TfTensor {
  readonly name: string;
}

interface Optimizer {
  minimize(loss: () => TfTensor, returnCost: true, variables: Variable[]): TfTensor;
}

type Strides = number | [number, number];
type Padding = number | "same" | "valid";

/** The part of TensorFlow.js that is used. */
interface Tf {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  backend(): unknown;
  tidy<T>(work: () => T): T;
  tensor(values: Float32Array, shape: readonly number[]): TfTensor;
  tensor1d(values: Int32Array, dtype: "int32"): TfTensor;
  tensor2d(values: Float32Array, shape: readonly number[]): TfTensor;
  variable(first: TfTensor): Variable;
  transpose(x: TfTensor, order: number[]): TfTensor;
  reshape(x: TfTensor, shape: number[]): TfTensor;
  matMul(a: TfTensor, b: TfTensor, transposeA?: boolean, transposeB?: boolean): TfTensor;
  conv2d(x: TfTensor, w: TfTensor, strides: Strides, padding: Padding): TfTensor;
  depthwiseConv2d(x: TfTensor, w: TfTensor, strides: Strides, padding: Padding): TfTensor;
  maxPool(x: TfTensor, size: number, strides: number, padding: Padding): TfTensor;
  add(a: TfTensor, b: TfTensor): TfTensor;
  mul(a: TfTensor, b: TfTensor | number): TfTensor;
  relu(x: TfTensor): TfTensor;
  sigmoid(x: TfTensor): TfTensor;
  softmax(x: TfTensor): TfTensor;
  sum(x: TfTensor, axis?: number): TfTensor;
  max(x: TfTensor, axis?: number): TfTensor;
  oneHot(index: TfTensor, depth: number): TfTensor;
  readonly losses: { softmaxCrossEntropy(labels: TfTensor, logits: TfTensor): TfTensor };
  readonly train: { adam(lr: number): Optimizer; sgd(lr: number): Optimizer };
}

/** Under Node's import the CommonJS module is the default export. */
const unwrap = <T>(found: unknown, name: keyof T): T => {
  const module = found as T & { default?: T };
  return name in (module as object) ? module : (module.default as T);
};

async function load(): Promise<Tf> {
  return unwrap<Tf>(await import("@tensorflow/tfjs-core"), "tidy");
}

/** On the wasm backend, one thread. */
export async function start({ peers }: Places): Promise<Contestant> {
  const tf = await load();
  const backend = unwrap<{ setWasmPaths(folder: string): void }>(
    await import("@tensorflow/tfjs-backend-wasm"),
    "setWasmPaths",
  );
  if (peers !== null) backend.setWasmPaths(peers);
  await tf.setBackend("wasm");
  return contestant(tf);
}

export async function startPlain(): Promise<Contestant> {
  const tf = await load();
  await import("@tensorflow/tfjs-backend-cpu");
  await tf.setBackend("cpu");
  return contestant(tf);
}

/** The part of the WebGPU backend that is used: it submits when values are read, or when enough has come together. */
interface GpuBackend {
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

export async function startWebGpu(): Promise<Contestant> {
  const tf = await load();
  await import("@tensorflow/tfjs-backend-webgpu");
  if (!(await tf.setBackend("webgpu"))) throw new Unable("has no webgpu here");
  const backend = tf.backend() as GpuBackend;
  return contestant(tf, () => {
    backend.ensureCommandEncoderReady();
    backend.endComputePassEncoder();
    backend.submitQueue();
  });
}

/** `submit` hands what was recorded to the GPU, where there is one. */
function contestant(tf: Tf, submit: () => void = () => {}): Contestant {
  return {
    async prepare(work) {
      await tf.ready();
      if (work.kind === "train") {
        await import("@tensorflow/tfjs"); // Gradients are registered by the whole package, not by its core.
        return train(tf, work);
      }
      if (isImported(work)) throw new Unable("reads no ONNX files");
      return work.kind === "call" ? call(tf, work) : forward(tf, work, submit);
    },
  };
}

/** A padding that keeps the size is named, others are numbers. */
const paddingOf = (k: number, stride: number, padding: number): Padding =>
  padding === 0 ? "valid" : stride === 1 && 2 * padding === k - 1 ? "same" : padding;

function forward(tf: Tf, work: Expression, submit: () => void): Job {
  const given: TfTensor[] = [];
  const keep = (t: TfTensor): TfTensor => {
    given.push(t);
    return t;
  };
  const expression = expressionOf(tf, work, (stream, ...shape) => keep(tf.tensor(operand(stream, shape), shape)), keep);
  return {
    once() {
      tf.tidy(expression).dispose();
      submit();
    },
    async result() {
      const y = tf.tidy(() => (work.kind === "conv2d" ? tf.transpose(expression(), [0, 3, 1, 2]) : expression()));
      const values = await y.data();
      y.dispose();
      return values;
    },
    release() {
      for (const t of given) t.dispose();
    },
  };
}

function expressionOf(
  tf: Tf,
  work: Expression,
  operandOf: (stream: number, ...shape: number[]) => TfTensor,
  keep: (t: TfTensor) => TfTensor,
): () => TfTensor {
  switch (work.kind) {
    case "matmul": {
      const { m, n, k, transposeA = false, transposeB = false, both = false } = work;
      const a = transposeA ? operandOf(1, k, m) : operandOf(1, m, k);
      const b = transposeB ? operandOf(2, n, k) : operandOf(2, k, n);
      if (!transposeB || both) return () => tf.matMul(a, b, transposeA, transposeB);
      const w = keep(tf.transpose(b, [1, 0])); // Layers keep their weights as [in, out] here.
      return () => tf.matMul(a, w, transposeA);
    }
    case "conv2d": {
      const { o, k, stride = 1, padding = 0, groups = 1 } = work;
      const c = work.x[1];
      if (groups !== 1 && (groups !== c || o !== c)) throw new Unable("has no grouped convolution");
      const x = keep(tf.transpose(operandOf(1, ...work.x), [0, 2, 3, 1]));
      const given = operandOf(2, o, c / groups, k, k);
      const w = keep(tf.transpose(given, groups === 1 ? [2, 3, 1, 0] : [2, 3, 0, 1]));
      const pad = paddingOf(k, stride, padding);
      return () => (groups === 1 ? tf.conv2d(x, w, stride, pad) : tf.depthwiseConv2d(x, w, stride, pad));
    }
    case "chain": {
      const [x, w, b, r] = [1, 2, 3, 4].map((stream) => operandOf(stream, work.count)) as [
        TfTensor,
        TfTensor,
        TfTensor,
        TfTensor,
      ];
      return () => {
        const s = tf.add(tf.mul(x, w), b);
        return tf.add(work.activation === "relu" ? tf.relu(s) : tf.mul(s, tf.sigmoid(s)), r);
      };
    }
    case "softmax": {
      const x = operandOf(1, ...work.shape);
      return () => tf.softmax(x);
    }
    case "attention": {
      const { heads, n, d } = work;
      const [q, k, v] = [1, 2, 3].map((stream) => operandOf(stream, heads, n, d)) as [TfTensor, TfTensor, TfTensor];
      return () => tf.matMul(tf.softmax(tf.mul(tf.matMul(q, k, false, true), d ** -0.5)), v);
    }
    case "reduce": {
      const x = operandOf(1, ...work.shape);
      return () => (work.op === "sum" ? tf.sum(x, work.axis) : tf.max(x, work.axis));
    }
  }
}

function call(tf: Tf, work: Extract<Work, { kind: "call" }>): Job {
  const weights = callWeights(work).map(({ i, o, w, b }) => ({
    w: tf.tidy(() => tf.transpose(tf.tensor2d(w, [o, i]), [1, 0])),
    b: tf.tensor(b, [o]),
  }));
  const row = operand(1, [1, work.sizes[0] as number]);
  const once = async (): Promise<Float32Array> => {
    const y = tf.tidy(() => {
      let x = tf.tensor2d(row, [1, row.length]);
      weights.forEach(({ w, b }, layer) => {
        const s = tf.add(tf.matMul(x, w), b);
        x = layer < weights.length - 1 ? tf.relu(s) : s;
      });
      return x;
    });
    const values = await y.data();
    y.dispose();
    return values;
  };
  const release = (): void => {
    for (const { w, b } of weights) {
      w.dispose();
      b.dispose();
    }
  };
  return { once, result: once, release };
}

/** Weights as variables in the layout of this runtime: kernels [k, k, in, out], matrices [in, out]. */
function variablesOf(tf: Tf, layers: readonly Layer[]): Map<number, { w: Variable; b: Variable }> {
  const found = new Map<number, { w: Variable; b: Variable }>();
  let planes = 0;
  layers.forEach((layer, i) => {
    const first = firstWeight(layer, i);
    if (first === null) return;
    const w = tf.tidy(() => {
      const given = tf.tensor(first.values, first.shape);
      if (layer.layer === "conv2d") return tf.transpose(given, [2, 3, 1, 0]);
      // The first matrix after planes reads [h, w, c] where the weights were made for [c, h, w].
      const [o, all] = first.shape as [number, number];
      const side = Math.sqrt(all / planes);
      if (planes === 0) return tf.transpose(given, [1, 0]);
      return tf.reshape(tf.transpose(tf.reshape(given, [o, planes, side, side]), [2, 3, 1, 0]), [all, o]);
    });
    planes = layer.layer === "conv2d" ? layer.o : 0;
    const size = layer.layer === "conv2d" || layer.layer === "linear" ? layer.o : 0;
    found.set(i, { w: tf.variable(w), b: tf.variable(tf.tensor(new Float32Array(size), [size])) });
  });
  return found;
}

function train(tf: Tf, work: Train): Job {
  const { input, layers, classes } = models[work.model];
  const variables = variablesOf(tf, layers);
  const all = [...variables.values()].flatMap(({ w, b }) => [w, b]);
  const optimizer = work.optimizer === "adam" ? tf.train.adam(work.lr) : tf.train.sgd(work.lr);
  const data = Array.from({ length: batches }, (_, i) => batchOf(work, i));
  const [channels, ...sides] = input as [number, ...number[]];
  // One channel: [n, 1, h, w] and [n, h, w, 1] are the same numbers.
  const shape = sides.length > 0 ? [work.batch, ...sides, channels] : [work.batch, channels];
  const apply = (x: TfTensor, layer: Layer, i: number): TfTensor => {
    const own = variables.get(i);
    switch (layer.layer) {
      case "conv2d": {
        const pad = paddingOf(layer.k, layer.stride, layer.padding);
        return tf.add(tf.conv2d(x, own?.w as Variable, layer.stride, pad), own?.b as Variable);
      }
      case "linear":
        return tf.add(tf.matMul(x, own?.w as Variable), own?.b as Variable);
      case "relu":
        return tf.relu(x);
      case "maxPool2d":
        return tf.maxPool(x, 2, 2, "valid");
      case "flatten":
        return tf.reshape(x, [work.batch, x.shape.slice(1).reduce((a, b) => a * b, 1)]);
    }
  };
  let step = 0;
  const once = async (): Promise<number> => {
    const { x, y } = data[step++ % batches] as (typeof data)[number];
    const loss = tf.tidy(() => {
      const labels = tf.oneHot(tf.tensor1d(y, "int32"), classes);
      const given = tf.tensor(x, shape);
      return optimizer.minimize(() => tf.losses.softmaxCrossEntropy(labels, layers.reduce(apply, given)), true, all);
    });
    const [value] = await loss.data();
    loss.dispose();
    return value as number;
  };
  return {
    once,
    result: async () => [await once(), await once(), await once()],
    release() {
      for (const variable of all) variable.dispose();
    },
  };
}
