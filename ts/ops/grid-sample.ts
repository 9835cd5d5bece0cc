/**
 * Reading tensors at points between their elements, over any number of spatial axes; gradients flow to the points too.
 *
 * A point has taps along every axis, whose positions and weights combine to those of the box of its neighbours.
 */
import { DTypeError } from "../core/errors.ts";
import { sizeOf } from "../core/shape.ts";
import type { Node } from "../graph/node.ts";
import { add, and, cast, floor, le, maximum, minimum, mod, mul, num, round, sub, where } from "./elementwise.ts";
import { interpolate } from "./interpolate.ts";
import { hostLeaf } from "./leaf.ts";
import { reshape } from "./movement.ts";

export interface SampleOptions {
  readonly mode: "nearest" | "linear" | "cubic";
  /** What lies outside: zeros, the nearest element, or the tensor mirrored. */
  readonly outside: "zeros" | "border" | "reflection";
  /** Whether mirrors stand on the centres of the outermost elements; else on their outer edges. */
  readonly alignCorners: boolean;
}

/** Keys' a. */
const sharpness = -0.75;

interface AxisTaps {
  /** Positions (float32) within the axis, [b, p, k]. */
  readonly position: Node;
  readonly weight: Node;
  readonly k: number;
}

/** Numbers of the program's own for every tap, under [b, p]. */
const perTap = (values: readonly number[]): Node =>
  hostLeaf(Float32Array.from(values), [1, 1, values.length], "float32");

const times = (x: Node, factor: number): Node => mul(x, num(factor, x));
const plus = (x: Node, term: number): Node => add(x, num(term, x));

/** `x` between two numbers. */
const clamp = (x: Node, least: number, greatest: number): Node => minimum(maximum(x, num(least, x)), num(greatest, x));

/** `x` mirrored at two borders as often as it takes. */
function reflect(x: Node, least: number, greatest: number): Node {
  const range = greatest - least;
  if (range === 0) return times(x, 0);
  const turn = mod(plus(x, -least), num(2 * range, x));
  return plus(minimum(turn, sub(num(2 * range, x), turn)), least);
}

/** The taps of coordinates [b, p, 1] along an axis of `length` elements. */
function tapsOf(given: Node, length: number, { mode, outside, alignCorners }: SampleOptions): AxisTaps {
  const [least, greatest] = alignCorners ? [0, length - 1] : [-0.5, length - 0.5];
  let x = mode === "nearest" ? round(given) : given;
  if (outside === "border") {
    const inside = and(le(num(least, x), x), le(x, num(greatest, x)));
    x = where(inside, x, clamp(x, 0, length - 1));
  } else if (outside === "reflection") x = reflect(x, least, greatest);
  const offsets = { nearest: [0], linear: [0, 1], cubic: [-1, 0, 1, 2] }[mode];
  const before = floor(x);
  const position = add(before, perTap(offsets));
  const weight = weightOf(sub(x, before), mode);
  const k = offsets.length;
  if (outside === "reflection")
    return { position: clamp(reflect(position, least, greatest), 0, length - 1), weight, k };
  const held = clamp(position, 0, length - 1);
  if (outside === "border") return { position: held, weight, k };
  const within = and(le(num(0, position), position), le(position, num(length - 1, position)));
  return { position: held, weight: where(within, weight, num(0, weight)), k };
}

/** What the taps weigh when the point lies `r` behind the second of four, or the first of two. */
function weightOf(r: Node, mode: SampleOptions["mode"]): Node {
  if (mode === "nearest") return plus(times(r, 0), 1);
  if (mode === "linear") return add(perTap([1, 0]), mul(perTap([-1, 1]), r));
  const a = sharpness;
  // Distances 1 + r, r, 1 - r and 2 - r.
  const d = add(perTap([1, 0, 1, 2]), mul(perTap([1, 1, -1, -1]), r));
  const near = plus(mul(mul(plus(times(d, a + 2), -(a + 3)), d), d), 1);
  const far = plus(mul(plus(mul(plus(times(d, a), -5 * a), d), 8 * a), d), -4 * a);
  return where(le(num(1, r), perTap([0, 1, 1, 0])), near, far);
}

/**
 * x [n, c, …] at points given by their coordinates in elements, [b, p] for every spatial axis → [n, c, p]. b is a multiple of
 * n that divides n c: every point list is that of a group of neighbouring channels. `scale` [b, p] is a factor of the values.
 */
export function sampleAt(x: Node, coordinates: readonly Node[], options: SampleOptions, scale?: Node): Node {
  if (x.dtype !== "float32") throw new DTypeError(`sampleAt: cannot read ${x.dtype}: wanted float32`);
  const [n, c, ...spatial] = x.shape as [number, number, ...number[]];
  const [b, p] = (coordinates[0] as Node).shape as [number, number];
  const axes = coordinates.map((at, i) => tapsOf(reshape(at, [b, p, 1]), spatial[i] as number, options));
  const ks = axes.map(({ k }) => k);
  let index: Node | undefined;
  let weight: Node | undefined;
  for (const [i, taps] of axes.entries()) {
    const shape = [b, p, ...ks.map((k, axis) => (axis === i ? k : 1))];
    const place = times(cast(reshape(taps.position, shape), "int32"), sizeOf(spatial.slice(i + 1)));
    const own = reshape(taps.weight, shape);
    index = index === undefined ? place : add(index, place);
    weight = weight === undefined ? own : mul(weight, own);
  }
  const k = sizeOf(ks);
  const weights = reshape(weight as Node, [b, p, k]);
  const y = interpolate(
    reshape(x, [n * c, sizeOf(spatial), 1]),
    reshape(index as Node, [b, p, k]),
    scale === undefined ? weights : mul(weights, reshape(scale, [b, p, 1])),
  );
  return reshape(y, [n, c, p]);
}
