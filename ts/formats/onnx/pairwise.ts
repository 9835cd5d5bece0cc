/**
 * Probabilities of classes from decisions between pairs of them.
 *
 * Platt 1999 makes each decision a probability, Wu, Lin and Weng 2004 (their second method) couple those of all pairs.
 */

/** [n, classes] from decisions [n, pairs]. */
export function couple(
  decisions: ArrayLike<number>,
  n: number,
  pairs: readonly (readonly [number, number])[],
  classes: number,
  a: readonly number[],
  b: readonly number[],
): Float32Array {
  const result = new Float32Array(n * classes);
  for (let row = 0; row < n; row++) {
    const r = Array.from({ length: classes }, () => new Float64Array(classes));
    for (const [p, [i, j]] of pairs.entries()) {
      const decision = decisions[row * pairs.length + p] as number;
      const raw = 1 / (1 + Math.exp(decision * (a[p] as number) + (b[p] as number)));
      const bounded = Math.min(Math.max(raw, 1e-7), 1 - 1e-7);
      (r[i] as Float64Array)[j] = bounded;
      (r[j] as Float64Array)[i] = 1 - bounded;
    }
    result.set(coupled(r), row * classes);
  }
  return result;
}

/** The p that minimises Σ (r_ji p_i - r_ij p_j)², by coordinates; r_ij is the probability of i against j. */
function coupled(r: readonly Float64Array[]): Float64Array {
  const k = r.length;
  const at = (i: number, j: number): number => (r[i] as Float64Array)[j] as number;
  const q = r.map((_, i) =>
    Float64Array.from({ length: k }, (__, j) => {
      if (i !== j) return -at(j, i) * at(i, j);
      let total = 0;
      for (let other = 0; other < k; other++) if (other !== i) total += at(other, i) ** 2;
      return total;
    }),
  );
  const p = new Float64Array(k).fill(1 / k);
  const qp = new Float64Array(k);
  for (let round = 0; round < Math.max(100, k); round++) {
    let pqp = 0;
    for (let i = 0; i < k; i++) {
      qp[i] = (q[i] as Float64Array).reduce((total, value, j) => total + value * (p[j] as number), 0);
      pqp += (p[i] as number) * (qp[i] as number);
    }
    if (qp.every((value) => Math.abs(value - pqp) < 0.005 / k)) break;
    for (let i = 0; i < k; i++) {
      const own = (q[i] as Float64Array)[i] as number;
      const step = (pqp - (qp[i] as number)) / own;
      p[i] = (p[i] as number) + step;
      pqp = (pqp + step * (step * own + 2 * (qp[i] as number))) / (1 + step) ** 2;
      for (let j = 0; j < k; j++) {
        qp[j] = ((qp[j] as number) + step * ((q[i] as Float64Array)[j] as number)) / (1 + step);
        p[j] = (p[j] as number) / (1 + step);
      }
    }
  }
  return p;
}
