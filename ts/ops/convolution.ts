/**
 * Convolution over any number of spatial axes, made of conv2d.
 *
 * One axis is a plane of height 1. Of more than two, the taps along the outermost become channels and its positions become
 * samples, until a plane is left:
 *
 *   x [n, c, d, …]  →  [n · od, groups · kd · c / groups, …]        w [o, c / groups, kd, …]  →  [o, kd · c / groups, …]
 *
 * The transposed convolution is the gradient of that with respect to x: taps along the outermost axis are channels of the
 * result, and every tap is added where it lies.
 */
import { ShapeError } from "../core/errors.ts";
import { checkShape, formatShape } from "../core/shape.ts";
import type { Node } from "../graph/node.ts";
import { type Conv2dOptions, conv2d, conv2dInput } from "./conv2d.ts";
import { add } from "./elementwise.ts";
import { concat, embed, pad, permute, reshape, slice } from "./movement.ts";

/** How windows slide over spatial axes, a number for each. */
export interface Sliding {
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  /** Elements added in front of an axis. */
  readonly before: readonly number[];
  /** Elements added behind it. */
  readonly after: readonly number[];
}

export interface Convolution extends Sliding {
  readonly groups: number;
}

/** Elements from a window's first tap to its last. */
export const reachOf = (kernel: number, dilation: number): number => (kernel - 1) * dilation + 1;

/** A leading axis before the others. */
export function prepend<S extends Sliding>(sliding: S): S {
  const { stride, dilation, before, after } = sliding;
  return {
    ...sliding,
    stride: [1, ...stride],
    dilation: [1, ...dilation],
    before: [0, ...before],
    after: [0, ...after],
  };
}

/** Without the first axis. */
function rest<S extends Sliding>(sliding: S): S {
  const [stride, dilation, before, after] = [sliding.stride, sliding.dilation, sliding.before, sliding.after].map(
    (list) => list.slice(1),
  ) as [number[], number[], number[], number[]];
  return { ...sliding, stride, dilation, before, after };
}

type Pair = readonly [number, number];

const planeOptions = ({ stride, dilation, before, after, groups }: Convolution) => ({
  stride: stride as unknown as Pair,
  dilation: dilation as unknown as Pair,
  padding: [before[0], before[1], after[0], after[1]] as [number, number, number, number],
  groups,
});

function checkRanks(op: string, x: Node, w: Node, { stride, groups }: Convolution): void {
  const spatial = stride.length;
  if (spatial > 0 && x.shape.length === spatial + 2 && w.shape.length === spatial + 2 && groups >= 1) return;
  throw new ShapeError(
    `${op}: cannot convolve ${formatShape(x.shape)} with ${formatShape(w.shape)} in ${groups} groups over ${spatial} axes: wanted both of rank ${spatial + 2}`,
  );
}

/** The convolution of planes that one over more axes is made of. */
export type Convolve2d = (x: Node, w: Node, options: Conv2dOptions) => Node;

/** Cross-correlation of x [n, c, …] with w [o, c / groups, …] → [n, o, …]. */
export function convolve(x: Node, w: Node, options: Convolution, planes: Convolve2d = conv2d): Node {
  checkRanks("convolve", x, w, options);
  const y = correlate(x, w, options, planes);
  checkShape("convolve", y.shape);
  return y;
}

function correlate(x: Node, w: Node, options: Convolution, planes: Convolve2d): Node {
  const spatial = options.stride.length;
  if (spatial === 1) return reshape3(correlate(plane(x), plane(w), prepend(options), planes));
  if (spatial === 2) return planes(x, w, planeOptions(options));
  const [n, c] = x.shape as [number, number];
  const [o, , kd] = w.shape as [number, number, number];
  const samples = unfold(x, kd, options);
  const od = (samples.shape[0] as number) / n;
  const [, cg, , ...window] = w.shape as [number, number, number, ...number[]];
  if (cg * options.groups !== c) {
    throw new ShapeError(
      `convolve: cannot convolve ${formatShape(x.shape)} with ${formatShape(w.shape)} in ${options.groups} groups: ${c} channels need weights of ${c / options.groups}`,
    );
  }
  const taps = reshape(permute(w, [0, 2, 1, ...window.map((_, i) => i + 3)]), [o, kd * cg, ...window]);
  const y = correlate(samples, taps, rest(options), planes);
  const split = reshape(y, [n, od, ...y.shape.slice(1)]);
  return swapAxes12(split);
}

const plane = (x: Node): Node => reshape(x, x.shape.toSpliced(2, 0, 1));
const reshape3 = (y: Node): Node => reshape(y, y.shape.toSpliced(2, 1));
const swapAxes12 = (x: Node): Node =>
  permute(
    x,
    x.shape.map((_, i) => (i === 1 ? 2 : i === 2 ? 1 : i)),
  );

/** The taps of the first spatial axis as channels, its windows as samples. */
function unfold(x: Node, kd: number, { stride, dilation, before, after, groups }: Convolution): Node {
  const zeros = x.shape.map(() => 0);
  const padded = pad(x, zeros.with(2, before[0] as number), zeros.with(2, after[0] as number));
  const [n, c, d, ...inner] = padded.shape as [number, number, number, ...number[]];
  const [sd, dd] = [stride[0] as number, dilation[0] as number];
  const od = Math.floor((d - reachOf(kd, dd)) / sd) + 1;
  if (od < 1) {
    throw new ShapeError(`convolve: cannot slide ${kd} taps over ${formatShape(x.shape)}: the window is larger`);
  }
  const steps = padded.shape.map((_, i) => (i === 2 ? sd : 1));
  const taps = Array.from({ length: kd }, (_, k) => {
    const tap = swapAxes12(slice(padded, zeros.with(2, k * dd), padded.shape.with(2, od), steps));
    return reshape(tap, [n, od, groups, 1, c / groups, ...inner]);
  });
  return reshape(concat(taps, 3), [n * od, kd * c, ...inner]);
}

/**
 * The transposed convolution of x [n, c, …] with w [c, o / groups, …] → [n, o, …size]: x is spread by the stride, and the
 * padding is what is cut off. A negative `before`, or a size beyond the last tap, adds zeros.
 */
export function convolveTransposed(x: Node, w: Node, options: Convolution, size: readonly number[]): Node {
  checkRanks("convolveTransposed", x, w, options);
  const o = (w.shape[1] as number) * options.groups;
  if (x.shape[1] !== w.shape[0] || (w.shape[0] as number) % options.groups !== 0) {
    throw new ShapeError(
      `convolveTransposed: cannot convolve ${formatShape(x.shape)} with ${formatShape(w.shape)} in ${options.groups} groups: channels differ or do not divide`,
    );
  }
  checkShape("convolveTransposed", [x.shape[0] as number, o, ...size]);
  const spatial = options.stride.length;
  if (spatial === 1) return reshape3(convolveTransposed(plane(x), plane(w), prepend(options), [1, ...size]));
  if (spatial > 2) return foldTaps(x, w, options, size);
  // conv2dInput wants the size of a plane over which the window slides x's size times.
  const ends = size.map((length, i) => {
    const [stride, begin] = [options.stride[i] as number, options.before[i] as number];
    const full =
      ((x.shape[i + 2] as number) - 1) * stride + reachOf(w.shape[i + 2] as number, options.dilation[i] as number);
    const lead = Math.max(0, -begin);
    const from = Math.max(0, begin);
    const inside = Math.min(length - lead, full - from + (lead > 0 ? 0 : stride - 1));
    return { lead, from, inside, after: Math.max(0, full - from - inside), trail: length - lead - inside };
  });
  const cut = { ...options, before: ends.map(({ from }) => from), after: ends.map(({ after }) => after) };
  const y = conv2dInput(x, w, ends.map(({ inside }) => inside) as unknown as Pair, planeOptions(cut));
  return pad(y, [0, 0, ...ends.map(({ lead }) => lead)], [0, 0, ...ends.map(({ trail }) => trail)]);
}

/** More than two axes: the taps of the first are channels of what the others give, each added where it lies. */
function foldTaps(x: Node, w: Node, options: Convolution, size: readonly number[]): Node {
  const { groups } = options;
  const [n, c, d, ...inner] = x.shape as [number, number, number, ...number[]];
  const [, og, kd, ...window] = w.shape as [number, number, number, ...number[]];
  const [stride, dilation] = [options.stride[0] as number, options.dilation[0] as number];
  const samples = reshape(swapAxes12(x), [n * d, c, ...inner]);
  const taps = reshape(permute(w, [0, 2, 1, ...window.map((_, i) => i + 3)]), [c, kd * og, ...window]);
  const y = convolveTransposed(samples, taps, rest(options), size.slice(1));
  const plane = y.shape.slice(2);
  const full = reshape(y, [n, d, groups, kd, og, ...plane]);
  const wide = (d - 1) * stride + reachOf(kd, dilation);
  const whole = [n, groups * og, wide, ...plane];
  const steps = whole.map((_, i) => (i === 2 ? stride : 1));
  let sum: Node | undefined;
  for (let k = 0; k < kd; k++) {
    const starts = full.shape.map((_, i) => (i === 3 ? k : 0));
    const tap = reshape(slice(full, starts, full.shape.with(3, 1)), [n, d, groups * og, ...plane]);
    const placed = embed(
      swapAxes12(tap),
      whole,
      whole.map((_, i) => (i === 2 ? k * dilation : 0)),
      steps,
    );
    sum = sum === undefined ? placed : add(sum, placed);
  }
  return windowOf(sum as Node, options.before[0] as number, size[0] as number);
}

/** `length` elements of the first spatial axis from `from` on, which may lie outside; zeros there. */
function windowOf(x: Node, from: number, length: number): Node {
  const have = x.shape[2] as number;
  const zeros = x.shape.map(() => 0);
  const start = Math.max(0, from);
  const count = Math.min(have, from + length) - start;
  const inside = slice(x, zeros.with(2, start), x.shape.with(2, count));
  const lead = start - from;
  return pad(inside, zeros.with(2, lead), zeros.with(2, length - lead - count));
}
