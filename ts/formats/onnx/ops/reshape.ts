/** Shapes: another shape for the same elements, another order of axes, and what a shape is. */
import { FormatError } from "../../../core/errors.ts";
import { broadcastShapes, normalizeAxes, normalizeAxis, type Shape, sizeOf } from "../../../core/shape.ts";
import { expand } from "../../../ops/broadcast.ts";
import { constant } from "../../../ops/leaf.ts";
import { permute, reshape } from "../../../ops/movement.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { constantLeaf } from "../feed.ts";
import { move, shapeOf } from "../value.ts";

/** Axes: an attribute up to opset 12, then an input. */
async function axesOf(call: Call): Promise<readonly number[] | null> {
  return call.ints("axes") ?? call.optionalNumbers(1);
}

/** A size of 0 keeps the input's, unless `allowzero` is set; one of -1 takes what is left. */
async function reshaped(call: Call): Promise<Outputs> {
  const wanted = call.ints("shape") ?? (await call.numbers(1));
  const keep = call.int("allowzero", 0) === 0;
  return move(call.value(0), (x) =>
    reshape(
      x,
      wanted.map((size, i) => {
        if (size !== 0 || !keep) return size;
        const own = x.shape[i];
        if (own === undefined)
          throw new FormatError(`the shape [${wanted.join(", ")}] keeps size ${i} of rank ${x.shape.length}`);
        return own;
      }),
    ),
  );
}

const flatten = (call: Call): Outputs =>
  move(call.value(0), (x) => {
    const axis = call.int("axis", 1);
    const at = axis === x.shape.length ? axis : normalizeAxis("Flatten", axis, Math.max(1, x.shape.length));
    return reshape(x, [sizeOf(x.shape.slice(0, at)), sizeOf(x.shape.slice(at))]);
  });

const transpose = (call: Call): Outputs =>
  move(call.value(0), (x) => permute(x, call.ints("perm") ?? x.shape.map((_, i) => x.shape.length - 1 - i)));

async function squeeze(call: Call): Promise<Outputs> {
  const axes = await axesOf(call);
  return move(call.value(0), (x) => {
    const gone = axes === null ? null : normalizeAxes("Squeeze", axes, x.shape.length);
    const odd = gone?.find((axis) => x.shape[axis] !== 1);
    if (odd !== undefined)
      throw new FormatError(`axis ${odd} of [${x.shape.join(", ")}] has size ${x.shape[odd]}, wanted 1`);
    return reshape(
      x,
      x.shape.filter((size, i) => (gone === null ? size !== 1 : !gone.includes(i))),
    );
  });
}

async function unsqueeze(call: Call): Promise<Outputs> {
  const axes = (await axesOf(call)) ?? [];
  return move(call.value(0), (x) => {
    const rank = x.shape.length + axes.length;
    const added = new Set(normalizeAxes("Unsqueeze", axes, rank));
    let next = 0;
    return reshape(
      x,
      Array.from({ length: rank }, (_, i) => (added.has(i) ? 1 : (x.shape[next++] as number))),
    );
  });
}

/** Both shapes may grow: sizes of 1 in the wanted shape keep the input's. */
async function expanded(call: Call): Promise<Outputs> {
  const wanted = await call.numbers(1);
  return move(call.value(0), (x) => expand(x, broadcastShapes("Expand", x.shape, wanted)));
}

/** The sizes from axis `start` to before `end`, clamped to the rank. */
function shape(call: Call): Outputs {
  const sizes: Shape = shapeOf(call.value(0));
  const clamp = (axis: number): number => Math.min(Math.max(axis < 0 ? axis + sizes.length : axis, 0), sizes.length);
  const part = sizes.slice(clamp(call.int("start", 0)), clamp(call.int("end", sizes.length)));
  return constantLeaf(BigInt64Array.from(part, BigInt) as never, [part.length], "int64");
}

const size = (call: Call): Outputs => constant(sizeOf(shapeOf(call.value(0))), "int64");

export const operators: Operators = {
  Expand: expanded,
  Flatten: flatten,
  Reshape: reshaped,
  Shape: shape,
  Size: size,
  Squeeze: squeeze,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
  "com.microsoft.ExpandDims": unsqueeze,
};
