/** The best classes of one score a class. */

/** A class and its score. */
export interface Ranked {
  /** Number of the class. */
  readonly index: number;
  /** Its score. */
  readonly score: number;
  /** Name of the class where names are given. */
  readonly label?: string;
}

/**
 * The `k` highest scores, the highest first; equal ones in their order.
 *
 * @example
 * topK([0.1, 0.7, 0.2], 1, ["cat", "dog", "owl"]); // [{ "index": 1, "score": 0.7, "label": "dog" }]
 */
export function topK(scores: ArrayLike<number>, k: number, labels?: readonly string[]): Ranked[] {
  return Array.from(scores, (score, index) => ({ index, score }))
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, k)
    .map((ranked) => {
      const label = labels?.[ranked.index];
      return label === undefined ? ranked : { ...ranked, label };
    });
}

/**
 * Probabilities of one logit a class.
 *
 * @example
 * probabilities([0, 0]); // [0.5, 0.5]
 */
export function probabilities(logits: ArrayLike<number>): Float32Array {
  const values = Float32Array.from(logits);
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = values.map((value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}
