/** Reading by index, and adding by index: each is the other's gradient. */
import { dtypes } from "../core/dtype.ts";
import { DTypeError, ShapeError } from "../core/errors.ts";
import { formatShape, normalizeAxis } from "../core/shape.ts";
import { Node, type Op } from "../graph/node.ts";
import { add, cast, eq, lt, num, where } from "./elementwise.ts";
import { iota } from "./iota.ts";
import { inLane } from "./lane.ts";
import { reshape } from "./movement.ts";

/** take: index picks whole slices (any shape); elements: index picks one element a place (PyTorch's gather). */
type Mode = "take" | "elements";

const gatherOp: Op = {
  name: "gather",
  kind: "kernel",
  epilogue: true,
  gradient: (dy, { inputs: [x, index], attrs }) => {
    const axis = attrs["axis"] as number;
    return [addAt(dy, index as Node, axis, (x as Node).shape, attrs["mode"] as Mode), null];
  },
};

const scatterAddOp: Op = {
  name: "scatterAdd",
  kind: "kernel",
  epilogue: true,
  gradient: (g, { inputs: [, index], attrs }) => [
    read(g, index as Node, attrs["axis"] as number, attrs["mode"] as Mode),
    null,
  ],
};

const checkIndexOp: Op = { name: "checkIndex", kind: "kernel", gradient: null };

/** The ops of this family. */
export const ops: readonly Op[] = [gatherOp, scatterAddOp, checkIndexOp];

/** Host values are checked where the user's line is on the stack, others by the kernel when the program runs. */
function checkedIndex(op: string, index: Node, size: number, lowest: number): Node {
  if (dtypes[index.dtype].float || index.dtype === "bool") {
    throw new DTypeError(`${op}: cannot index by ${index.dtype}: wanted an integer dtype such as int32`);
  }
  const host = index.source?.host;
  if (host !== null && host !== undefined) {
    const values = typeof host === "number" ? [host] : host;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      if (value < lowest || value >= size) {
        throw new ShapeError(`${op}: cannot read index ${value} at position ${i}: wanted ${lowest} to ${size - 1}`);
      }
    }
  }
  return cast(index, "int32");
}

function read(x: Node, index: Node, axis: number, mode: Mode): Node {
  const shape =
    mode === "elements" ? index.shape : [...x.shape.slice(0, axis), ...index.shape, ...x.shape.slice(axis + 1)];
  return new Node(gatherOp, [x, index], { axis, mode }, shape, x.dtype);
}

function addAt(dy: Node, index: Node, axis: number, shape: readonly number[], mode: Mode): Node {
  const x = inLane(dy);
  const y = new Node(scatterAddOp, [x, index], { axis, mode, size: shape[axis] as number }, shape, x.dtype);
  return cast(y, dy.dtype);
}

/** Slices of `x` along `axis` at the indices; negative ones count from the end. */
export function take(x: Node, index: Node, axis: number): Node {
  const at = normalizeAxis("take", axis, x.shape.length);
  const size = x.shape[at] as number;
  return read(x, checkedIndex("take", index, size, -size), at, "take");
}

/** Elements of `x` along `axis`, one for every place of `index`; other sizes must agree. */
export function gather(x: Node, index: Node, axis: number): Node {
  const at = normalizeAxis("gather", axis, x.shape.length);
  if (index.shape.length !== x.shape.length || index.shape.some((size, i) => i !== at && size !== x.shape[i])) {
    throw new ShapeError(
      `gather: cannot read ${formatShape(x.shape)} at ${formatShape(index.shape)}: sizes other than axis ${at} differ`,
    );
  }
  const size = x.shape[at] as number;
  return read(x, checkedIndex("gather", index, size, -size), at, "elements");
}

/** Zeros of `size` along `axis` with the values of `x` added at `index`; the shapes of `x` and `index` agree. */
export function scatterAdd(x: Node, index: Node, axis: number, size: number): Node {
  const at = normalizeAxis("scatterAdd", axis, x.shape.length);
  if (index.shape.length !== x.shape.length || index.shape.some((length, i) => length !== x.shape[i])) {
    throw new ShapeError(
      `scatterAdd: cannot add ${formatShape(x.shape)} at ${formatShape(index.shape)}: shapes differ`,
    );
  }
  return addAt(x, checkedIndex("scatterAdd", index, size, -size), at, x.shape.with(at, size), "elements");
}

/** Class indices, proved to lie in 0 … size - 1: now if the host has them, else when the program runs. */
export function classIndex(op: string, index: Node, size: number): Node {
  const checked = checkedIndex(op, index, size, 0);
  const known = index.source !== null && index.source.host !== null;
  return known ? checked : new Node(checkIndexOp, [checked], { size }, checked.shape, "int32");
}

/** Positions in 0 … size - 1 that an index names, negative ones counting from the end; checked as {@link classIndex} does. */
export function indexWithin(op: string, index: Node, size: number): Node {
  const checked = checkedIndex(op, index, size, -size);
  const wrapped = where(lt(checked, num(0, checked)), add(checked, num(size, checked)), checked);
  const known = index.source !== null && index.source.host !== null;
  return known ? wrapped : new Node(checkIndexOp, [wrapped], { size }, wrapped.shape, "int32");
}

/** 1 where the new last axis equals the index, else 0, as float32. */
export function oneHot(index: Node, size: number): Node {
  const column = reshape(classIndex("oneHot", index, size), [...index.shape, 1]);
  return cast(eq(column, iota(size, 0, 1, "int32")), "float32");
}
