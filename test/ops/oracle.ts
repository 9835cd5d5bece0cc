/**
 * The truth for tests: float64, naive loops, written without looking at the kernels.
 *
 * An array lists its elements in row-major order; functions take and give whole arrays.
 */
export interface Array64 {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

export const array64 = (shape: readonly number[], values: ArrayLike<number> | ((i: number) => number)): Array64 => ({
  shape,
  data:
    typeof values === "function"
      ? Float64Array.from({ length: sizeOf(shape) }, (_, i) => values(i))
      : Float64Array.from(values),
});

/** The position of element `i` along every axis. */
export function indexOf(i: number, shape: readonly number[]): number[] {
  const index = new Array<number>(shape.length);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = i % (shape[axis] as number);
    i = Math.floor(i / (shape[axis] as number));
  }
  return index;
}

export function at(x: Array64, index: readonly number[]): number {
  let i = 0;
  for (let axis = 0; axis < x.shape.length; axis++) i = i * (x.shape[axis] as number) + (index[axis] as number);
  return x.data[i] as number;
}

/** An array from a function of positions. */
export const build = (shape: readonly number[], value: (index: number[]) => number): Array64 =>
  array64(shape, (i) => value(indexOf(i, shape)));

export const map =
  (f: (x: number) => number) =>
  (x: Array64): Array64 =>
    array64(x.shape, (i) => f(x.data[i] as number));

/** The value that broadcasting shows at a position of the larger shape. */
function shown(x: Array64, index: readonly number[]): number {
  const lead = index.length - x.shape.length;
  return at(
    x,
    x.shape.map((size, axis) => (size === 1 ? 0 : (index[axis + lead] as number))),
  );
}

export const zip =
  (f: (...values: number[]) => number) =>
  (...xs: Array64[]): Array64 => {
    const rank = Math.max(...xs.map((x) => x.shape.length));
    const shape = Array.from({ length: rank }, (_, axis) =>
      xs.reduce((size, x) => {
        const own = x.shape[axis - (rank - x.shape.length)] ?? 1;
        return own === 1 ? size : own;
      }, 1),
    );
    return build(shape, (index) => f(...xs.map((x) => shown(x, index))));
  };

/** Folds the elements along axes, which disappear. */
export function reduce(x: Array64, axes: readonly number[], f: (values: number[]) => number): Array64 {
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const along = axes.map((axis) => x.shape[axis] as number);
  return build(
    kept.map((axis) => x.shape[axis] as number),
    (index) => {
      const full = new Array<number>(x.shape.length);
      kept.forEach((axis, i) => {
        full[axis] = index[i] as number;
      });
      const values = Array.from({ length: sizeOf(along) }, (_, i) => {
        const inner = indexOf(i, along);
        axes.forEach((axis, k) => {
          full[axis] = inner[k] as number;
        });
        return at(x, full);
      });
      return f(values);
    },
  );
}

export const sumOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

export function matmul(a: Array64, b: Array64): Array64 {
  const [m, k] = a.shape.slice(-2) as [number, number];
  const n = b.shape[b.shape.length - 1] as number;
  const batch = a.shape.length >= b.shape.length ? a.shape.slice(0, -2) : b.shape.slice(0, -2);
  return build([...batch, m, n], (index) => {
    const lead = index.slice(0, -2);
    const [i, j] = index.slice(-2) as [number, number];
    const own = (x: Array64) =>
      lead.slice(lead.length - (x.shape.length - 2)).map((p, d) => (x.shape[d] === 1 ? 0 : p));
    let sum = 0;
    for (let t = 0; t < k; t++) sum += at(a, [...own(a), i, t]) * at(b, [...own(b), t, j]);
    return sum;
  });
}

export interface Sliding {
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number, number, number];
  readonly dilation: readonly [number, number];
}

const outSize = (size: number, before: number, after: number, window: number, stride: number, dilation: number) =>
  Math.floor((size + before + after - dilation * (window - 1) - 1) / stride) + 1;

export function conv2d(x: Array64, w: Array64, options: Sliding & { groups: number }): Array64 {
  const [n, c, h, width] = x.shape as [number, number, number, number];
  const [o, cg, kh, kw] = w.shape as [number, number, number, number];
  const { stride, padding, dilation, groups } = options;
  const oh = outSize(h, padding[0], padding[2], kh, stride[0], dilation[0]);
  const ow = outSize(width, padding[1], padding[3], kw, stride[1], dilation[1]);
  void c;
  return build([n, o, oh, ow], ([i, oc, y, z]) => {
    const group = Math.floor((oc as number) / (o / groups));
    let sum = 0;
    for (let ic = 0; ic < cg; ic++) {
      for (let ky = 0; ky < kh; ky++) {
        for (let kx = 0; kx < kw; kx++) {
          const iy = (y as number) * stride[0] + ky * dilation[0] - padding[0];
          const ix = (z as number) * stride[1] + kx * dilation[1] - padding[1];
          if (iy < 0 || iy >= h || ix < 0 || ix >= width) continue;
          sum += at(x, [i as number, group * cg + ic, iy, ix]) * at(w, [oc as number, ic, ky, kx]);
        }
      }
    }
    return sum;
  });
}

/** Pools windows; `f` gets the values inside the plane and the size of the window with padding counted. */
export function pool2d(
  x: Array64,
  kernel: readonly [number, number],
  { stride, padding, dilation }: Sliding,
  f: (values: number[], padded: number) => number,
): Array64 {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const [kh, kw] = kernel;
  const oh = outSize(h, padding[0], padding[2], kh, stride[0], dilation[0]);
  const ow = outSize(w, padding[1], padding[3], kw, stride[1], dilation[1]);
  return build([n, c, oh, ow], ([i, ch, y, z]) => {
    const values: number[] = [];
    let padded = 0;
    for (let ky = 0; ky < kh; ky++) {
      for (let kx = 0; kx < kw; kx++) {
        const iy = (y as number) * stride[0] + ky * dilation[0] - padding[0];
        const ix = (z as number) * stride[1] + kx * dilation[1] - padding[1];
        if (iy >= -padding[0] && iy < h + padding[2] && ix >= -padding[1] && ix < w + padding[3]) padded++;
        if (iy >= 0 && iy < h && ix >= 0 && ix < w) values.push(at(x, [i as number, ch as number, iy, ix]));
      }
    }
    return f(values, padded);
  });
}

/** erf by its Maclaurin series; x is kept below 4 in tests. */
export function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
