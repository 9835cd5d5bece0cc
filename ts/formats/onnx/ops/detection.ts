/** Boxes: choosing among them, and pooling images over them. */
import { sizeOf } from "../../../core/shape.ts";
import type { Node } from "../../../graph/node.ts";
import { nms, roiAlign, roiPool } from "../../../ops/detection.ts";
import { cast, div, le, mod, num } from "../../../ops/elementwise.ts";
import { take } from "../../../ops/gather.ts";
import { constant } from "../../../ops/leaf.ts";
import { concat, reshape, slice } from "../../../ops/movement.ts";
import { nonzero } from "../../../ops/nonzero.ts";
import type { Call, Operators, Outputs } from "../call.ts";

/** [batch, class, box] of every box that is taken, class after class. */
async function nonMaxSuppression(call: Call): Promise<Outputs> {
  const most = (await call.optionalNumbers(2))?.[0] ?? 0;
  const overlap = (await call.optionalNumbers(3))?.[0] ?? 0;
  const score = (await call.optionalNumbers(4))?.[0] ?? Number.NEGATIVE_INFINITY;
  const centred = call.int("center_point_box", 0) !== 0;
  const taken = nms(call.tensor(0), call.tensor(1), { most, overlap, score, centred });
  const [, c, k] = taken.shape as [number, number, number];
  const flat = reshape(taken, [sizeOf(taken.shape)]);
  const { positions, count } = nonzero(le(num(0, flat), flat));
  const [n] = await call.read(count, [positions, flat]);
  const at = slice(positions, [0], [Number(n)]);
  const group = div(at, constant(Math.max(1, k), "int32"));
  const classes = constant(Math.max(1, c), "int32");
  const columns = [div(group, classes), mod(group, classes), take(flat, at, 0)];
  return cast(
    concat(
      columns.map((column) => reshape(column, [Number(n), 1])),
      1,
    ),
    "int64",
  );
}

function align(call: Call): Outputs {
  const x = call.tensor(0);
  const mode = call.string("mode", "avg");
  if (mode !== "avg" && mode !== "max") throw call.unsupported(`mode "${mode}"`);
  const transform = call.string("coordinate_transformation_mode", call.opset < 16 ? "output_half_pixel" : "half_pixel");
  const y = roiAlign(x, call.tensor(1), call.tensor(2), {
    size: [call.int("output_height", 1), call.int("output_width", 1)],
    scale: call.float("spatial_scale", 1),
    points: call.int("sampling_ratio", 0),
    mode,
    halfPixel: transform === "half_pixel",
  });
  return cast(y, x.dtype);
}

/** The first column of the boxes is the image's number. */
function maxRoiPool(call: Call): Outputs {
  const x = call.tensor(0);
  const rois: Node = call.tensor(1);
  const r = rois.shape[0] as number;
  const [h, w] = (call.ints("pooled_shape") ?? [1, 1]) as [number, number];
  const image = reshape(slice(rois, [0, 0], [r, 1]), [r]);
  const y = roiPool(x, slice(rois, [0, 1], [r, 4]), image, { size: [h, w], scale: call.float("spatial_scale", 1) });
  return cast(y, x.dtype);
}

export const operators: Operators = { MaxRoiPool: maxRoiPool, NonMaxSuppression: nonMaxSuppression, RoiAlign: align };
