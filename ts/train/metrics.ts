/** Figures that tell how good a model is. */
import { ShapeError } from "../core/errors.ts";
import { formatShape, sameShape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A figure of a batch, whose mean over all samples is the figure of the data. */
export interface Metric {
  /** What its figure is called in histories. */
  readonly name: string;
  /** One number for the output and the target of a batch, as a lazy tensor. */
  compute(output: Tensor, target: Tensor): Tensor;
}

/**
 * Share of samples whose greatest score is the target's class. Scores [n, c] (or [n, c, …]) with class indices [n] (or
 * [n, …]) or probabilities of the scores' shape. Scores of one class are logits: positive ones stand for 1.
 *
 * @example
 * const scores = tensor([[0.9, 0.1], [0.2, 0.8]]);
 * await metrics.accuracy.compute(scores, tensor([0, 0], { dtype: "int32" })).item(); // 0.5
 */
export const accuracy: Metric = {
  name: "accuracy",
  compute(output, target) {
    const single = output.rank < 2 || output.shape[1] === 1;
    if (single && output.size === target.size) {
      return output.gt(0).eq(target.reshape(output.shape).gt(0.5)).to("float32").mean();
    }
    const predicted = output.rank < 2 ? output.argmax(0) : output.argmax(1);
    const wanted = sameShape(output.shape, target.shape) ? target.argmax(1) : target;
    if (!sameShape(predicted.shape, wanted.shape)) {
      throw new ShapeError(
        `accuracy: cannot compare ${formatShape(output.shape)} with ${formatShape(target.shape)}: wanted classes ${formatShape(predicted.shape)} or probabilities ${formatShape(output.shape)}`,
      );
    }
    return predicted.eq(wanted).to("float32").mean();
  },
};

/**
 * How often each class (row) was taken for each class (column).
 *
 * @example
 * metrics.confusionMatrix([0, 1, 1], [0, 1, 0], 2); // [[1, 1], [0, 1]]
 */
export function confusionMatrix(predicted: ArrayLike<number>, actual: ArrayLike<number>, classes: number): number[][] {
  if (predicted.length !== actual.length) {
    throw new ShapeError(
      `confusionMatrix: cannot compare ${predicted.length} predictions with ${actual.length} labels`,
    );
  }
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < actual.length; i++) {
    const row = counts[actual[i] as number];
    const column = predicted[i] as number;
    if (row?.[column] === undefined) {
      throw new ShapeError(
        `confusionMatrix: cannot count ${actual[i]} taken for ${column} at position ${i}: wanted 0 to ${classes - 1}`,
      );
    }
    row[column] = (row[column] as number) + 1;
  }
  return counts;
}
