/** Reading images at points that are data: grids, their making from affine maps, and convolution with moved taps. */
import { FormatError } from "../../../core/errors.ts";
import { checkShape, contiguousStrides, sizeOf } from "../../../core/shape.ts";
import type { Node } from "../../../graph/node.ts";
import { add, mul, num } from "../../../ops/elementwise.ts";
import { type SampleOptions, sampleAt } from "../../../ops/grid-sample.ts";
import { hostLeaf } from "../../../ops/leaf.ts";
import { matmul, transpose } from "../../../ops/matmul.ts";
import { reshape, slice } from "../../../ops/movement.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { narrow, single } from "../precision.ts";
import { addBias, windowsOf } from "../window.ts";

function gridSample(call: Call): Outputs {
  const [x, grid] = [call.tensor(0), single(call.tensor(1))];
  const mode = call.string("mode", "linear").replace(/^bi/, "");
  const outside = call.string("padding_mode", "zeros");
  const alignCorners = call.int("align_corners", 0) !== 0;
  if (mode !== "nearest" && mode !== "linear" && mode !== "cubic") throw call.unsupported(`mode ${mode}`);
  if (outside !== "zeros" && outside !== "border" && outside !== "reflection") {
    throw call.unsupported(`padding_mode ${outside}`);
  }
  const [n, c, ...spatial] = x.shape as [number, number, ...number[]];
  const size = grid.shape.slice(1, -1);
  const points = reshape(grid, [n, sizeOf(size), spatial.length]);
  // The last number of a point is its place along the first axis; -1 and 1 are the ends of an axis.
  const coordinates = spatial.map((length, i) => {
    const at = slice(points, [0, 0, spatial.length - 1 - i], [n, sizeOf(size), 1]);
    const reach = alignCorners ? length - 1 : length;
    const middle = (length - 1) / 2;
    return reshape(add(mul(at, num(reach / 2, at)), num(middle, at)), [n, sizeOf(size)]);
  });
  const y = sampleAt(single(x), coordinates, { mode, outside, alignCorners });
  return narrow(reshape(y, [n, c, ...size]), x.dtype);
}

/** Points from -1 to 1 along every axis, moved by the matrices theta [n, r, r + 1]. */
async function affineGrid(call: Call): Promise<Outputs> {
  const theta = call.tensor(0);
  const size = (await call.numbers(1)).slice(2);
  const r = size.length;
  checkShape("affineGrid", [theta.shape[0] as number, ...size, r]);
  const alignCorners = call.int("align_corners", 0) !== 0;
  const strides = contiguousStrides(size);
  const count = sizeOf(size);
  const base = new Float32Array(count * (r + 1)).fill(1);
  for (let p = 0; p < count; p++) {
    for (let axis = 0; axis < r; axis++) {
      const length = size[axis] as number;
      const at = Math.floor(p / (strides[axis] as number)) % length;
      // Coordinates of a point go from the last axis to the first.
      const steps = alignCorners ? Math.max(1, length - 1) : length;
      base[p * (r + 1) + r - 1 - axis] = (2 * at + 1 - length) / steps;
    }
  }
  const grid = matmul(hostLeaf(base, [count, r + 1], "float32"), transpose(single(theta)));
  return narrow(reshape(grid, [theta.shape[0] as number, ...size, r]), theta.dtype);
}

/** A convolution whose taps are moved by `offset` and weighed by `mask`; Dai et al. 2017, Zhu et al. 2018. */
function deformConv(call: Call): Outputs {
  const [x, w, offset] = [call.tensor(0), call.tensor(1), call.tensor(2)];
  const mask = call.optional(4);
  const [n, c, ...spatial] = x.shape as [number, number, ...number[]];
  const [o, cg, ...kernel] = w.shape as [number, number, ...number[]];
  const [groups, offsetGroups] = [call.int("group", 1), call.int("offset_group", 1)];
  const windows = windowsOf(call, spatial, kernel);
  const [taps, places, rank] = [sizeOf(kernel), sizeOf(windows.size), spatial.length];
  const wanted = [n, offsetGroups * taps * rank, ...windows.size];
  if (c !== cg * groups || c % offsetGroups !== 0 || offset.shape.some((size, i) => size !== wanted[i])) {
    throw new FormatError(
      `x [${x.shape}], weights [${w.shape}] and offsets [${offset.shape}] do not fit: wanted offsets [${wanted}]`,
    );
  }
  const b = n * offsetGroups;
  const moves = reshape(single(offset), [b, taps, rank, places]);
  const coordinates = spatial.map((_, axis) => {
    const move = reshape(slice(moves, [0, 0, axis, 0], [b, taps, 1, places]), [b, taps * places]);
    return add(move, unmoved(windows, axis));
  });
  const options: SampleOptions = { mode: "linear", outside: "zeros", alignCorners: true };
  const scale = mask === null ? undefined : reshape(single(mask), [b, taps * places]);
  const read = sampleAt(single(x), coordinates, options, scale);
  const columns = reshape(read, [n, groups, cg * taps, places]);
  const rows: Node = reshape(single(w), [1, groups, o / groups, cg * taps]);
  const y = reshape(matmul(rows, columns), [n, o, ...windows.size]);
  return narrow(addBias(y, call.optional(3)), x.dtype);
}

/** Coordinates along an axis of every tap at every place of the window, [1, taps · places]. */
function unmoved({ kernel, stride, dilation, before, size }: ReturnType<typeof windowsOf>, axis: number): Node {
  const [taps, places] = [sizeOf(kernel), sizeOf(size)];
  const along = (i: number, shape: readonly number[]): number =>
    Math.floor(i / (contiguousStrides(shape)[axis] as number)) % (shape[axis] as number);
  const at = new Float32Array(taps * places);
  for (let tap = 0; tap < taps; tap++) {
    const first = along(tap, kernel) * (dilation[axis] as number) - (before[axis] as number);
    for (let p = 0; p < places; p++) at[tap * places + p] = along(p, size) * (stride[axis] as number) + first;
  }
  return hostLeaf(at, [1, taps * places], "float32");
}

export const operators: Operators = {
  AffineGrid: affineGrid,
  "com.microsoft.GridSample": gridSample,
  DeformConv: deformConv,
  GridSample: gridSample,
};
