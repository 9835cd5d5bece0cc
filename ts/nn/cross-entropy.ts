/**
 * Cross-entropy and negative log-likelihood of classes, by PyTorch's formulas.
 *
 * The class of a sample is picked by comparing it with all class numbers inside the sum, so one pass over the
 * log-probabilities does it and nothing is gathered:
 *
 *     loss = Σ_n Σ_c where(index[n] = c, -logp[n, c], 0)
 */
import { DTypeError, ShapeError } from "../core/errors.ts";
import { formatShape, sameShape, sizeOf } from "../core/shape.ts";
import { load } from "../core/storage.ts";
import type { Node } from "../graph/node.ts";
import { sum } from "../ops/broadcast.ts";
import { add, and, cast, div, eq, mul, neg, not, num, where } from "../ops/elementwise.ts";
import { classIndex } from "../ops/gather.ts";
import { iota } from "../ops/iota.ts";
import { constant, hostLeaf } from "../ops/leaf.ts";
import { permute, reshape } from "../ops/movement.ts";
import { logSoftmax } from "../ops/softmax.ts";
import { Tensor } from "../tensor/tensor.ts";
import { checkReduction, type LossOptions } from "./loss.ts";

/** Options of {@link nllLoss}. */
export interface NllLossOptions extends LossOptions {
  /** Samples of this class count for nothing; it may lie outside the classes. */
  readonly ignoreIndex?: number;
  /** What a sample of each class weighs, [c]; the mean is then over the weights. */
  readonly weight?: Tensor;
}

/** Options of {@link crossEntropy}. */
export interface CrossEntropyOptions extends NllLossOptions {
  /** Share of the target that is spread evenly over all classes, 0 to 1; Szegedy et al. 2016. */
  readonly labelSmoothing?: number;
}

/**
 * Cross-entropy between softmax(logits) and the target: class indices [n] or probabilities [n, c], for logits [n, c]
 * (or [n, c, …] with targets [n, …], or [c] with one class).
 *
 * Throws {@link ShapeError} for a class out of range: at once where the host has the indices, else when the program runs.
 *
 * @example
 * const classes = tensor([0, 2], { dtype: "int32" });
 * await nn.crossEntropy(zeros([2, 4]), classes).item(); // 1.3862944
 * await nn.crossEntropy(zeros([2, 4]), classes, { labelSmoothing: 0.1, reduction: "sum" }).item(); // 2.7725887
 */
export function crossEntropy(logits: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const op = "crossEntropy";
  const { labelSmoothing = 0 } = options;
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new RangeError(`${op}: cannot smooth labels by ${labelSmoothing}: wanted 0 to 1`);
  }
  const logp = logSoftmax(classesLast(op, logits), -1);
  if (sameShape(logits.shape, target.shape)) {
    return new Tensor(ofProbabilities(op, logp, classesLast(op, target), options));
  }
  return new Tensor(ofClasses(op, logp, logits, target, options));
}

/**
 * The negative log-probability of the target's class: log-probabilities [n, c] with class indices [n].
 *
 * @example
 * const logProbabilities = tensor([[-0.5, -1], [-2, -0.25]]);
 * await nn.nllLoss(logProbabilities, tensor([0, 1], { dtype: "int32" })).item(); // 0.375
 */
export function nllLoss(logProbabilities: Tensor, target: Tensor, options: NllLossOptions = {}): Tensor {
  const logp = classesLast("nllLoss", logProbabilities);
  return new Tensor(ofClasses("nllLoss", logp, logProbabilities, target, options));
}

/** [n, c, …] as [n, …, c]; [c] stays. */
function classesLast(op: string, { node }: Tensor): Node {
  const { shape, dtype } = node;
  if (shape.length === 0) throw new ShapeError(`${op}: cannot read classes of a scalar: wanted [n, c] or [n, c, …]`);
  if (dtype !== "float32") throw new DTypeError(`${op}: cannot use ${dtype}: wanted float32`);
  if (sizeOf(shape) === 0) throw new ShapeError(`${op}: cannot use ${formatShape(shape)}: it has no elements`);
  if (shape.length < 3) return node;
  return permute(node, [0, ...shape.slice(2).map((_, i) => i + 2), 1]);
}

function ofClasses(op: string, logp: Node, scores: Tensor, target: Tensor, options: CrossEntropyOptions): Node {
  const { reduction = "mean", labelSmoothing = 0, ignoreIndex } = options;
  checkReduction(op, reduction);
  const last = logp.shape.length - 1;
  const classes = logp.shape[last] as number;
  const samples = logp.shape.slice(0, last);
  if (!sameShape(target.shape, samples)) {
    const other = op === "crossEntropy" ? `, or probabilities ${formatShape(scores.shape)}` : "";
    throw new ShapeError(
      `${op}: cannot compare ${formatShape(scores.shape)} with ${formatShape(target.shape)}: wanted class indices ${formatShape(samples)}${other}`,
    );
  }
  const index = integers(op, target.node);
  const valid = ignoreIndex === undefined ? null : not(eq(cast(index, "int32"), constant(ignoreIndex, "int32")));
  const checked = classIndex(op, valid === null ? index : without(index, ignoreIndex as number, valid), classes);
  const column = (x: Node): Node => reshape(x, [...samples, 1]);
  const isClass = eq(column(checked), iota(classes, 0, 1, "int32"));
  const hit = valid === null ? isClass : and(isClass, column(valid));

  const weight = weightOf(op, options.weight, classes);
  const none = num(0, logp);
  const weighted = weight === null ? neg(logp) : mul(neg(logp), weight);
  let terms: Node;
  if (labelSmoothing === 0) {
    terms = where(hit, weighted, none);
  } else {
    const spread = labelSmoothing / classes;
    const smooth = mul(where(hit, num(1 - labelSmoothing + spread, logp), num(spread, logp)), weighted);
    terms = valid === null ? smooth : where(column(valid), smooth, none);
  }
  if (reduction === "none") return sum(terms, [last]);
  const total = sum(terms);
  if (reduction === "sum") return total;
  if (weight !== null) return div(total, sum(where(hit, weight, none)));
  if (valid !== null) return div(total, sum(cast(valid, "float32")));
  return mul(total, num(1 / sizeOf(samples), total));
}

function ofProbabilities(op: string, logp: Node, target: Node, options: CrossEntropyOptions): Node {
  const { reduction = "mean", labelSmoothing = 0 } = options;
  checkReduction(op, reduction);
  if (options.ignoreIndex !== undefined) {
    throw new RangeError(
      `${op}: cannot ignore class ${options.ignoreIndex}: the target holds probabilities, wanted class indices`,
    );
  }
  const last = logp.shape.length - 1;
  const classes = logp.shape[last] as number;
  const weight = weightOf(op, options.weight, classes);
  const weighted = weight === null ? neg(logp) : mul(neg(logp), weight);
  const smooth =
    labelSmoothing === 0
      ? target
      : add(mul(target, num(1 - labelSmoothing, target)), num(labelSmoothing / classes, target));
  const terms = mul(smooth, weighted);
  if (reduction === "none") return sum(terms, [last]);
  const total = sum(terms);
  return reduction === "sum" ? total : mul(total, num(classes / sizeOf(logp.shape), total));
}

function weightOf(op: string, weight: Tensor | undefined, classes: number): Node | null {
  if (weight === undefined) return null;
  if (!sameShape(weight.shape, [classes])) {
    throw new ShapeError(`${op}: cannot weigh ${classes} classes by ${formatShape(weight.shape)}: wanted [${classes}]`);
  }
  return cast(weight.node, "float32");
}

/** Class indices. float32 is taken where the host has its values and all are integers. */
function integers(op: string, index: Node): Node {
  if (index.dtype !== "float32") return index;
  const host = index.source?.host;
  if (host === null || host === undefined) {
    throw new DTypeError(`${op}: cannot read classes from float32: wanted int32 or uint8, see to("int32")`);
  }
  const values = typeof host === "number" ? Float32Array.of(host) : host;
  const odd = values.findIndex((value) => !Number.isInteger(value));
  if (odd >= 0) {
    throw new DTypeError(`${op}: cannot read class ${values[odd]} at position ${odd}: wanted an integer`);
  }
  return hostLeaf(Int32Array.from(values), index.shape, "int32");
}

/** The indices with the ignored ones as class 0, so that the rest can be checked. */
function without(index: Node, ignored: number, valid: Node): Node {
  const host = index.source?.host;
  if (host === null || host === undefined) return where(valid, cast(index, "int32"), constant(0, "int32"));
  const values = typeof host === "number" ? Int32Array.of(host) : load(index.dtype, host);
  return hostLeaf(
    Int32Array.from(values as ArrayLike<number>, (value) => (value === ignored ? 0 : value)),
    index.shape,
    "int32",
  );
}
