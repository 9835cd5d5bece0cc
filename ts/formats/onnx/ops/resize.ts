/** Resizing along axes, one after another: by views and gathers where elements are repeated or left out, else by weights. */
import { dtypes } from "../../../core/dtype.ts";
import { FormatError } from "../../../core/errors.ts";
import { checkShape, normalizeAxis, sizeOf } from "../../../core/shape.ts";
import { rangeOf } from "../../../core/storage.ts";
import type { Node } from "../../../graph/node.ts";
import { expand } from "../../../ops/broadcast.ts";
import { cast, maximum, minimum, num, round, where } from "../../../ops/elementwise.ts";
import { take } from "../../../ops/gather.ts";
import { interpolateAxis } from "../../../ops/interpolate.ts";
import { constant, hostLeaf } from "../../../ops/leaf.ts";
import { reshape, slice } from "../../../ops/movement.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { narrow, single } from "../precision.ts";
import { coordinatesOf, type Filter, nearest, type ResizedAxis, weigh } from "../resample.ts";
import { move } from "../value.ts";

interface Resizing {
  /** By axis of x; null where nothing changes. */
  readonly axes: readonly (ResizedAxis | null)[];
  /** Where output elements lie in the original. */
  readonly coordinates: string;
  /** How a coordinate is rounded: by a mode of {@link nearest}, or null: down where the axis grows, else up. */
  readonly nearestMode: string | null;
  readonly filter: Filter;
  /** The value outside the original; tf_crop_and_resize alone reaches it. */
  readonly extrapolation: number;
}

/** Axes in the order of least work: those that become smaller first, and of those that grow the last first. */
function orderOf(axes: Resizing["axes"]): number[] {
  const ratio = (axis: ResizedAxis | null): number => (axis === null ? 1 : axis.size / axis.length);
  const changed = axes.flatMap((axis, i) => (axis === null ? [] : [i]));
  return changed.sort((a, b) => {
    const [p, q] = [ratio(axes[a] as ResizedAxis), ratio(axes[b] as ResizedAxis)];
    return p === q ? (p > 1 ? b - a : a - b) : p - q;
  });
}

function resizeNearest(x: Node, { axes, coordinates, nearestMode }: Resizing): Node {
  let y = x;
  for (const at of orderOf(axes)) {
    const axis = axes[at] as ResizedAxis;
    const rounding = nearestMode ?? (axis.scale < 1 ? "ceil" : "floor");
    y = pick(y, at, nearest(coordinatesOf(axis, coordinates), axis.length, rounding));
  }
  return y;
}

/** Elements of an axis: a view where they are repeated alike or evenly spaced. */
function pick(x: Node, axis: number, index: readonly number[]): Node {
  const [length, size] = [x.shape[axis] as number, index.length];
  const times = size / length;
  if (Number.isInteger(times) && index.every((from, j) => from === Math.floor(j / times))) {
    const wide = reshape(x, x.shape.toSpliced(axis + 1, 0, 1));
    return reshape(expand(wide, x.shape.toSpliced(axis + 1, 0, times)), x.shape.with(axis, size));
  }
  const start = index[0] ?? 0;
  const step = size > 1 ? (index[1] as number) - start : 1;
  if (step > 0 && index.every((from, j) => from === start + j * step)) {
    const starts = x.shape.map((_, i) => (i === axis ? start : 0));
    return slice(
      x,
      starts,
      x.shape.with(axis, size),
      x.shape.map((_, i) => (i === axis ? step : 1)),
    );
  }
  return take(x, hostLeaf(Int32Array.from(index), [size], "int32"), axis);
}

function resizeWeighed(x: Node, { axes, coordinates, filter }: Resizing): Node {
  let y = single(x);
  for (const at of orderOf(axes)) {
    const axis = axes[at] as ResizedAxis;
    const { index, weight, k } = weigh(coordinatesOf(axis, coordinates), axis, filter);
    const shape = [axis.size, k];
    y = interpolateAxis(y, at, hostLeaf(index, shape, "int32"), hostLeaf(weight, shape, "float32"));
  }
  return toDType(y, x);
}

/** float32 in the type of `x`: integers get the nearest value that they have. */
function toDType(y: Node, { dtype }: Node): Node {
  if (dtypes[dtype].float) return narrow(y, dtype);
  const { least, greatest } = rangeOf(dtype);
  return cast(minimum(maximum(round(y), num(least, y)), num(greatest, y)), dtype);
}

/** The extrapolation value where an output lies outside the original. */
function extrapolate(y: Node, { axes, coordinates, extrapolation }: Resizing): Node {
  let result = y;
  for (const [at, axis] of axes.entries()) {
    if (axis === null) continue;
    const outside = coordinatesOf(axis, coordinates).map((x) => Number(x < 0 || x > axis.length - 1));
    if (!outside.includes(1)) continue;
    const shape = y.shape.map((_, i) => (i === at ? axis.size : 1));
    result = where(hostLeaf(Uint8Array.from(outside), shape, "bool"), constant(extrapolation, y.dtype), result);
  }
  return result;
}

function apply(call: Call, resizing: Resizing): Outputs {
  const { shape } = call.value(0) as Node;
  const wanted = shape.map((length, i) => resizing.axes[i]?.size ?? length);
  checkShape("resize", wanted);
  if (sizeOf(shape) === 0 && sizeOf(wanted) !== 0) throw new FormatError(`[${shape}] has no element to repeat`);
  if (resizing.filter.mode === "nearest" && resizing.coordinates !== "tf_crop_and_resize") {
    return move(call.value(0), (x) => resizeNearest(x, resizing));
  }
  const x = call.tensor(0);
  const y = resizing.filter.mode === "nearest" ? resizeNearest(x, resizing) : resizeWeighed(x, resizing);
  return resizing.coordinates === "tf_crop_and_resize" ? extrapolate(y, resizing) : y;
}

/** Sizes of one axis that grows or shrinks by a factor. */
const scaled = (length: number, scale: number, roi: ResizedAxis["roi"] = [0, 1]): ResizedAxis => ({
  length,
  // Sizes are products of float32 rounded down.
  size: Math.floor(Math.fround(length * (roi[1] - roi[0]) * scale)),
  scale,
  roi,
});

const isWhole = ({ length, size, scale, roi }: ResizedAxis): boolean =>
  length === size && Math.abs(scale - 1) < 1e-9 && roi[0] === 0 && roi[1] === 1;

/** The axes that change, from what is known of some. */
function placed(rank: number, axes: readonly number[], resized: readonly ResizedAxis[]): (ResizedAxis | null)[] {
  const all = new Array<ResizedAxis | null>(rank).fill(null);
  resized.forEach((axis, i) => {
    if (!isWhole(axis)) all[axes[i] as number] = axis;
  });
  return all;
}

/** Upsample, and Resize before opset 11: outputs lie at j / scale. */
async function upsample(call: Call): Promise<Outputs> {
  const { shape } = call.value(0) as Node;
  const scales = await scalesOf(call, shape.length);
  const mode = call.string("mode", "nearest").replace("bilinear", "linear");
  const axes = shape.map((_, i) => i);
  const resized = shape.map((length, i) => scaled(length, scales[i] as number));
  return apply(call, {
    axes: placed(shape.length, axes, resized),
    coordinates: "asymmetric",
    nearestMode: null,
    filter: { mode: checkMode(call, mode), antialias: false, cubicA: -0.75, excludeOutside: false },
    extrapolation: 0,
  });
}

async function scalesOf(call: Call, rank: number): Promise<readonly number[]> {
  const named = ["height_scale", "width_scale"].map((name) => call.float(name, 1));
  if (call.opset < 7 && call.attribute("scales") === undefined) return [1, 1, ...named];
  const scales = call.floats("scales") ?? (await call.numbers(1));
  if (scales.length !== rank) throw new FormatError(`${scales.length} scales are given, wanted ${rank}`);
  return scales;
}

function checkMode(call: Call, mode: string): string {
  if (mode === "nearest" || mode === "linear" || mode === "cubic") return mode;
  throw call.unsupported(`mode ${mode}`);
}

async function resize(call: Call): Promise<Outputs> {
  if (call.opset < 11) return upsample(call);
  const { shape } = call.value(0) as Node;
  const rank = shape.length;
  const axes = (call.ints("axes") ?? shape.map((_, i) => i)).map((axis) => normalizeAxis("resize", axis, rank));
  const coordinates = call.string("coordinate_transformation_mode", "half_pixel");
  const roi = coordinates === "tf_crop_and_resize" ? await call.optionalNumbers(1) : null;
  const [scales, sizes] = [await given(call, 2, axes.length), await given(call, 3, axes.length)];
  const rois = axes.map((_, i): ResizedAxis["roi"] => [roi?.[i] ?? 0, roi?.[axes.length + i] ?? 1]);
  const lengths = axes.map((axis) => shape[axis] as number);
  if (sizes === null && scales === null) throw new FormatError("neither scales nor sizes are given");
  const resized =
    sizes === null
      ? lengths.map((length, i) => scaled(length, (scales as number[])[i] as number, rois[i]))
      : sized(call.string("keep_aspect_ratio_policy", "stretch"), lengths, sizes, rois);
  return apply(call, {
    axes: placed(rank, axes, resized),
    coordinates,
    nearestMode: call.string("nearest_mode", "round_prefer_floor"),
    filter: {
      mode: checkMode(call, call.string("mode", "nearest")),
      antialias: call.int("antialias", 0) !== 0,
      cubicA: call.float("cubic_coeff_a", -0.75),
      excludeOutside: call.int("exclude_outside", 0) !== 0,
    },
    extrapolation: call.float("extrapolation_value", 0),
  });
}

/** A list of numbers for the axes; null where it is absent or empty. */
async function given(call: Call, input: number, count: number): Promise<number[] | null> {
  const list = await call.optionalNumbers(input);
  if (list === null || list.length === 0) return null;
  if (list.length !== count) throw new FormatError(`input ${input} has ${list.length} numbers, wanted ${count}`);
  return list;
}

/** Axes of given sizes, or of one scale that fits into them or covers them. */
function sized(
  policy: string,
  lengths: readonly number[],
  sizes: readonly number[],
  rois: readonly ResizedAxis["roi"][],
): ResizedAxis[] {
  const ratios = lengths.map((length, i) => (sizes[i] as number) / length);
  const common = policy === "not_larger" ? Math.min(...ratios) : policy === "not_smaller" ? Math.max(...ratios) : null;
  if (common === null && policy !== "stretch") throw new FormatError(`keep_aspect_ratio_policy ${policy} is unknown`);
  return lengths.map((length, i) => {
    const scale = common ?? (ratios[i] as number);
    const size = common === null ? (sizes[i] as number) : Math.floor(scale * length + 0.5);
    return { length, size, scale, roi: rois[i] as ResizedAxis["roi"] };
  });
}

export const operators: Operators = { Resize: resize, Upsample: upsample };
