/** ai.onnx.ml's linear models and support vector machines, and what prepares their rows. */
import { FormatError } from "../../../core/errors.ts";
import { store } from "../../../core/storage.ts";
import type { Node } from "../../../graph/node.ts";
import { sum } from "../../../ops/broadcast.ts";
import {
  abs,
  add,
  cast,
  div,
  eq,
  exp,
  lt,
  mul,
  neg,
  not,
  num,
  pow,
  sqrt,
  sub,
  tanh,
  where,
} from "../../../ops/elementwise.ts";
import { take } from "../../../ops/gather.ts";
import { hostLeaf } from "../../../ops/leaf.ts";
import { matmul } from "../../../ops/matmul.ts";
import { concat, reshape, slice } from "../../../ops/movement.ts";
import { argmax, max } from "../../../ops/reduce.ts";
import type { Call, Handler, Operators } from "../call.ts";
import { classified, labelsOf, postTransform } from "../classes.ts";
import { constantLeaf } from "../feed.ts";
import { couple } from "../pairwise.ts";
import { move } from "../value.ts";

/** Rows of features in float32. */
function rowsOf(call: Call): Node {
  const x = cast(call.tensor(0), "float32");
  return x.shape.length === 1 ? reshape(x, [1, x.shape[0] as number]) : x;
}

const reals = (values: readonly number[], shape: readonly number[] = [values.length]): Node =>
  constantLeaf(Float32Array.from(values), shape, "float32");

/** x wᵀ + b, where w holds a row of coefficients for every output. */
function affine(call: Call, x: Node): Node {
  const features = x.shape[1] as number;
  const given = call.floats("coefficients") ?? [];
  const outputs = given.length / features;
  if (!Number.isInteger(outputs)) throw new FormatError(`${given.length} coefficients do not fit ${features} features`);
  const columns = Array.from(
    { length: given.length },
    (_, i) => given[(i % outputs) * features + Math.floor(i / outputs)] as number,
  );
  const y = matmul(x, reals(columns, [features, outputs]));
  const b = call.floats("intercepts");
  return b === null || b.length === 0 ? y : add(y, reals(b));
}

const linearRegressor: Handler = (call) =>
  postTransform(call.string("post_transform", "NONE"), affine(call, rowsOf(call)));

const linearClassifier: Handler = (call) => {
  const labels = call.stringList("classlabels_strings") ?? call.ints("classlabels_ints") ?? [];
  const y = affine(call, rowsOf(call));
  const single = y.shape[1] === 1;
  if (!single) return classified(call, y, labels, "all");
  if (labels.length === 2) return classified(call, concat([neg(y), y], 1), labels, "all");
  // One score for one class: it is that class from the middle on.
  const name = call.string("post_transform", "NONE");
  const scores = postTransform(name, y);
  const is = not(lt(reshape(scores, [y.shape[0] as number]), num(name === "NONE" ? 0 : 0.5, scores)));
  const words = typeof labels[0] === "string" ? ["", labels[0]] : [0, Number(labels[0] ?? 1)];
  return [labelsOf(cast(is, "int32"), words), scores];
};

/** Kernel values [n, vectors] of the rows with the support vectors. */
function kernelOf(call: Call, x: Node, vectors: Node): Node {
  const name = call.string("kernel_type", "LINEAR");
  const [gamma = 0, offset = 0, degree = 0] = call.floats("kernel_params") ?? [];
  const [count, features] = vectors.shape as readonly [number, number];
  if (name === "RBF") {
    const d = sub(reshape(x, [x.shape[0] as number, 1, features]), vectors);
    return exp(mul(sum(mul(d, d), [2]), num(-gamma, x)));
  }
  const products = sum(
    mul(reshape(x, [x.shape[0] as number, 1, features]), reshape(vectors, [1, count, features])),
    [2],
  );
  if (name === "LINEAR") return products;
  const scaled = add(mul(products, num(gamma, x)), num(offset, x));
  if (name === "POLY") return pow(scaled, num(degree, scaled));
  if (name === "SIGMOID") return tanh(scaled);
  throw new FormatError(`kernel_type is ${name}: wanted LINEAR, POLY, RBF or SIGMOID`);
}

function vectorsOf(call: Call, x: Node): Node {
  const given = call.floats("support_vectors") ?? [];
  const features = x.shape[1] as number;
  if (given.length % features !== 0)
    throw new FormatError(`${given.length} values are no vectors of ${features} features`);
  return reals(given, [given.length / features, features]);
}

const svmRegressor: Handler = (call) => {
  const x = rowsOf(call);
  const coefficients = call.floats("coefficients") ?? [];
  const linear = call.int("n_supports", 0) === 0;
  const k = linear ? x : kernelOf(call, x, vectorsOf(call, x));
  const y = add(matmul(k, reals(coefficients, [coefficients.length, 1])), num(call.floats("rho")?.[0] ?? 0, x));
  const shown = call.int("one_class", 0) === 0 ? y : where(lt(num(0, y), y), num(1, y), num(-1, y));
  return postTransform(call.string("post_transform", "NONE"), shown);
};

/**
 * One machine for every pair of classes i < j; each row's class is the one with most votes. With `prob_a` the decisions
 * become probabilities of pairs, and those are coupled to one of each class.
 */
const svmClassifier: Handler = async (call) => {
  const x = rowsOf(call);
  const labels = call.stringList("classlabels_strings") ?? call.ints("classlabels_ints") ?? [];
  const perClass = call.ints("vectors_per_class") ?? [];
  const rho = call.floats("rho") ?? [];
  const coefficients = call.floats("coefficients") ?? [];
  if (perClass.length === 0) return linearMachine(call, x, labels, coefficients, rho);
  const vectors = vectorsOf(call, x);
  const count = vectors.shape[0] as number;
  const classes = perClass.length;
  const starts = perClass.map((_, i) => perClass.slice(0, i).reduce((total, size) => total + size, 0));
  const pairs = perClass.flatMap((_, i) => perClass.slice(i + 1).map((__, d): [number, number] => [i, i + 1 + d]));
  const table = new Float32Array(count * pairs.length);
  for (const [p, [i, j]] of pairs.entries()) {
    for (const [of, row] of [
      [i, j - 1],
      [j, i],
    ] as const) {
      const start = starts[of] as number;
      for (let v = start; v < start + (perClass[of] as number); v++) {
        table[v * pairs.length + p] = coefficients[row * count + v] as number;
      }
    }
  }
  const decisions = add(
    matmul(kernelOf(call, x, vectors), constantLeaf(table, [count, pairs.length], "float32")),
    reals(rho.slice(0, pairs.length)),
  );
  const wins = cast(lt(num(0, decisions), decisions), "float32");
  const votes = add(
    matmul(wins, pairTable(pairs, classes, 0)),
    matmul(sub(num(1, wins), wins), pairTable(pairs, classes, 1)),
  );
  const [a, b] = [call.floats("prob_a"), call.floats("prob_b")];
  const name = call.string("post_transform", "NONE");
  if (a !== null && b !== null && a.length > 0) {
    const n = x.shape[0] as number;
    const probabilities = couple(await call.read(decisions), n, pairs, classes, a, b);
    const scores = hostLeaf(probabilities, [n, classes], "float32");
    return [labelsOf(argmax(scores, 1), labels), postTransform(name, scores)];
  }
  const scores = pairs.length === 1 ? concat([decisions, neg(decisions)], 1) : decisions;
  return [labelsOf(argmax(votes, 1), labels), postTransform(name, scores)];
};

/** [pairs, classes]: 1 where a pair's first (or second) class is the column's. */
function pairTable(pairs: readonly (readonly [number, number])[], classes: number, which: 0 | 1): Node {
  const table = new Float32Array(pairs.length * classes);
  for (const [p, pair] of pairs.entries()) table[p * classes + pair[which]] = 1;
  return constantLeaf(table, [pairs.length, classes], "float32");
}

/** Without support vectors the coefficients are hyperplanes, one a class. */
function linearMachine(
  call: Call,
  x: Node,
  labels: readonly (string | number)[],
  coefficients: readonly number[],
  rho: readonly number[],
): ReturnType<Handler> {
  const features = x.shape[1] as number;
  const planes = reals(coefficients, [coefficients.length / features, features]);
  const scores = add(kernelOf(call, x, planes), num(rho[0] ?? 0, x));
  return classified(call, scores, labels, "all");
}

const scaler: Handler = (call) => {
  const x = cast(call.tensor(0), "float32");
  const offset = call.floats("offset");
  const scale = call.floats("scale");
  const moved = offset === null ? x : sub(x, reals(offset));
  return scale === null ? moved : mul(moved, reals(scale));
};

/** Rows divided by their greatest element, sum of magnitudes, or length; a row of zeros stays. */
const normalizer: Handler = (call) => {
  const x = cast(call.tensor(0), "float32");
  const last = x.shape.length - 1;
  const name = call.string("norm", "MAX");
  const kept = x.shape.with(last, 1);
  const size = name === "MAX" ? max(x, [last]) : name === "L1" ? sum(abs(x), [last]) : sqrt(sum(mul(x, x), [last]));
  const divisor = reshape(size, kept);
  return div(x, where(eq(divisor, num(0, x)), num(1, x), divisor));
};

const binarizer: Handler = (call) => {
  const x = call.tensor(0);
  return cast(lt(constantLeaf(store(x.dtype, [call.float("threshold", 0)]), [], x.dtype), x), x.dtype);
};

/** The value that stands for a missing one, replaced by a number for all columns or one for each. */
const imputer: Handler = (call) => {
  const x = call.tensor(0);
  const whole = x.dtype === "int64";
  const values = (whole ? call.ints("imputed_value_int64s") : call.floats("imputed_value_floats")) ?? [];
  const replaced = whole ? call.int("replaced_value_int64", 0) : call.float("replaced_value_float", Number.NaN);
  const missing = Number.isNaN(replaced) ? not(eq(x, x)) : eq(x, num(replaced, x));
  return where(missing, constantLeaf(store(x.dtype, values), [values.length], x.dtype), x);
};

/** Inputs side by side as one float32 row each. */
const featureVectorizer: Handler = (call) => {
  const widths = call.ints("inputdimensions");
  const parts = call.tensors().map((x, i) => {
    const rows = cast(x.shape.length === 1 ? reshape(x, [1, x.shape[0] as number]) : x, "float32");
    const n = rows.shape[0] as number;
    const flat = reshape(rows, [n, -1]);
    const width = widths?.[i] ?? (flat.shape[1] as number);
    return width < (flat.shape[1] as number) ? slice(flat, [0, 0], [n, width]) : flat;
  });
  return concat(parts, 1);
};

/** Columns by number: the last axis read at the indices. */
const featureExtractor: Handler = (call) => {
  const index = call.tensor(1);
  const flat = reshape(index, [-1]);
  return move(call.value(0), (x) => {
    const rows = x.shape.length === 1 ? reshape(x, [1, x.shape[0] as number]) : x;
    return take(rows, flat, rows.shape.length - 1);
  });
};

export const operators: Operators = {
  "ai.onnx.ml.ArrayFeatureExtractor": featureExtractor,
  "ai.onnx.ml.Binarizer": binarizer,
  "ai.onnx.ml.FeatureVectorizer": featureVectorizer,
  "ai.onnx.ml.Imputer": imputer,
  "ai.onnx.ml.LinearClassifier": linearClassifier,
  "ai.onnx.ml.LinearRegressor": linearRegressor,
  "ai.onnx.ml.Normalizer": normalizer,
  "ai.onnx.ml.SVMClassifier": svmClassifier,
  "ai.onnx.ml.SVMRegressor": svmRegressor,
  "ai.onnx.ml.Scaler": scaler,
};
