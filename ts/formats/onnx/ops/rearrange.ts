/** Other arrangements of the same elements, and choices between tensors place by place. */
import { FormatError } from "../../../core/errors.ts";
import { contiguousStrides, sizeOf } from "../../../core/shape.ts";
import { store } from "../../../core/storage.ts";
import type { Node } from "../../../graph/node.ts";
import { expand } from "../../../ops/broadcast.ts";
import { cast, le, lt, num, sub, where } from "../../../ops/elementwise.ts";
import { iota } from "../../../ops/iota.ts";
import { constant } from "../../../ops/leaf.ts";
import { permute, reshape, slice } from "../../../ops/movement.ts";
import { gatherNd, scatterNd } from "../../../ops/scatter.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { constantLeaf } from "../feed.ts";
import { joinValues, move, shapeOf } from "../value.ts";

const choose = (call: Call): Outputs =>
  joinValues([call.value(1), call.value(2)], ([a, b]) => where(call.tensor(0), a as Node, b as Node));

/** What lies on, above (or below) diagonal k of the last two axes; 0 elsewhere. */
async function trilu(call: Call): Promise<Outputs> {
  const x = call.tensor(0);
  if (x.shape.length < 2) throw new FormatError(`Trilu of rank ${x.shape.length}, wanted at least 2`);
  const k = (await call.optionalNumbers(1))?.[0] ?? 0;
  const [n, m] = x.shape.slice(-2) as [number, number];
  // row + k against column.
  const diagonal = reshape(iota(n, Math.min(Math.max(k, -n - 1), m + 1), 1, "int32"), [n, 1]);
  const column = iota(m, 0, 1, "int32");
  return where(call.int("upper", 1) !== 0 ? le(diagonal, column) : le(column, diagonal), x, num(0, x));
}

/** The first `lengths[b]` time steps of each sequence backwards. */
function reverseSequence(call: Call): Outputs {
  const batchAxis = call.int("batch_axis", 1);
  const timeAxis = call.int("time_axis", 0);
  const shape = shapeOf(call.value(0));
  if (batchAxis + timeAxis !== 1 || batchAxis * timeAxis !== 0 || shape.length < 2) {
    throw new FormatError(
      `ReverseSequence of rank ${shape.length} over batch axis ${batchAxis} and time axis ${timeAxis}, wanted 0 and 1`,
    );
  }
  const [batch, time] = [shape[batchAxis] as number, shape[timeAxis] as number];
  const lengths = reshape(cast(call.tensor(1), "int32"), [batch, 1]);
  const step = iota(time, 0, 1, "int32");
  const from = where(lt(step, lengths), sub(sub(lengths, num(1, lengths)), step), step);
  const index = reshape(from, [batch, time, 1]);
  // Batch and time are the first two axes; exchanging them is its own inverse.
  const axes = [batchAxis, timeAxis, ...shape.map((_, i) => i).slice(2)];
  return move(call.value(0), (x) => permute(gatherNd(permute(x, axes), index, 1), axes));
}

/** Blocks of channels to blocks of pixels: depth, column, row (DCR) or column, row, depth (CRD) in the channels. */
const depthToSpace = (call: Call): Outputs =>
  move(call.value(0), (x) => {
    const [n, c, h, w] = sizes4("DepthToSpace", x);
    const b = call.int("blocksize");
    const crd = call.string("mode", "DCR") === "CRD";
    const depth = c / (b * b);
    const split = reshape(x, crd ? [n, depth, b, b, h, w] : [n, b, b, depth, h, w]);
    return reshape(permute(split, crd ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]), [n, depth, h * b, w * b]);
  });

const spaceToDepth = (call: Call): Outputs =>
  move(call.value(0), (x) => {
    const [n, c, h, w] = sizes4("SpaceToDepth", x);
    const b = call.int("blocksize");
    const split = reshape(x, [n, c, h / b, b, w / b, b]);
    return reshape(permute(split, [0, 3, 5, 1, 2, 4]), [n, c * b * b, h / b, w / b]);
  });

function sizes4(op: string, { shape }: Node): [n: number, c: number, h: number, w: number] {
  if (shape.length !== 4) throw new FormatError(`${op} of rank ${shape.length}, wanted [n, c, h, w]`);
  return shape as unknown as [number, number, number, number];
}

/** Blocks [n, c × block, blocks] added up where they lie in the image. */
async function col2im(call: Call): Promise<Outputs> {
  const x = call.tensor(0);
  const image = await call.numbers(1);
  const block = await call.numbers(2);
  const ones = image.map(() => 1);
  const strides = call.ints("strides") ?? ones;
  const dilations = call.ints("dilations") ?? ones;
  const pads = call.ints("pads") ?? [...image, ...image].map(() => 0);
  const begin = pads.slice(0, image.length);
  const padded = image.map((size, d) => size + (begin[d] as number) + (pads[image.length + d] as number));
  const counts = padded.map((size, d) =>
    Math.floor((size - (dilations[d] as number) * ((block[d] as number) - 1) - 1) / (strides[d] as number) + 1),
  );
  const [n, k, length] = [x.shape[0] as number, sizeOf(block), sizeOf(counts)];
  const c = (x.shape[1] as number) / k;
  if (x.shape.length !== 3 || !Number.isInteger(c) || length !== x.shape[2]) {
    throw new FormatError(`[${x.shape.join(", ")}] holds no ${counts.join(" × ")} blocks of ${block.join(" × ")}`);
  }
  const offsets = positions(block, contiguousStrides(padded), dilations);
  const origins = positions(counts, contiguousStrides(padded), strides);
  const index = offsets.flatMap((offset) => origins.map((origin) => offset + origin));
  const rows = reshape(permute(reshape(x, [n * c, k * length]), [1, 0]), [k * length, n * c]);
  const whole = scatterNd(
    expand(constant(0, x.dtype), [sizeOf(padded), n * c]),
    constantLeaf(store("int32", index), [index.length, 1], "int32"),
    rows,
    "add",
  );
  return slice(reshape(permute(whole, [1, 0]), [n, c, ...padded]), [0, 0, ...begin], [n, c, ...image]);
}

/** Row-major positions of all points of a grid whose points lie `steps` apart. */
function positions(grid: readonly number[], strides: readonly number[], steps: readonly number[]): number[] {
  return grid.reduce<number[]>(
    (found, size, d) =>
      found.flatMap((at) =>
        Array.from({ length: size }, (_, i) => at + i * (steps[d] as number) * (strides[d] as number)),
      ),
    [0],
  );
}

export const operators: Operators = {
  Col2Im: col2im,
  DepthToSpace: depthToSpace,
  ReverseSequence: reverseSequence,
  SpaceToDepth: spaceToDepth,
  Trilu: trilu,
  Where: choose,
  "com.microsoft.Trilu": trilu,
};
