/**
 * Kernels in two that read or write by index, and those that make numbers from their places.
 *
 *     gather    the table in two: each part gives the outputs whose rows it has
 *     scatter   y in two: each part takes the updates of its rows; or the updates in two, one after the other
 *
 * A part of a table knows where it lies: `attrs.within`. `attrs.onto`: what was written before stays.
 */
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { isContiguous } from "../../compiler/view.ts";
import { dtypes } from "../../core/dtype.ts";
import { sizeOf } from "../../core/shape.ts";

/** Rows of a table from `first` on, of `n` in all, to which indices refer. */
export interface Within {
  readonly first: number;
  readonly n: number;
}

/** Which rows a kernel's table of `own` rows has. */
export const withinOf = ({ attrs }: OpKernel, own: number): Within =>
  (attrs["within"] as Within | undefined) ?? { first: 0, n: own };

const bytesOf = ({ shape, dtype }: Operand): number => sizeOf(shape) * dtypes[dtype].bytes;

/** An operand, contiguous, under another shape. */
const viewed = (operand: Operand, [rows, inner]: readonly [number, number]): Operand => ({
  ...operand,
  shape: [rows, inner],
  strides: [inner, 1],
});

/** Rows of a matrix; of one row its columns. */
const part = (operand: Operand, from: number, to: number, columns = false): Operand => ({
  ...operand,
  offset: operand.offset + from * (operand.strides[columns ? 1 : 0] as number),
  shape: columns ? [1, to - from] : [to - from, operand.shape[1] as number],
});

const bounds = (size: number): readonly (readonly [number, number])[] => {
  const middle = Math.ceil(size / 2);
  return [
    [0, middle],
    [middle, size],
  ];
};

/** Outputs by parts of the table, where that is what is long; null where the outputs are to be cut. */
export function halvesOfGather(kernel: OpKernel): OpKernel[] | null {
  const { attrs, output } = kernel;
  const [x, index] = kernel.inputs as readonly [Operand, Operand];
  const axis = attrs["axis"] as number;
  const own = x.shape[axis] as number;
  const outer = sizeOf(x.shape.slice(0, axis));
  if (outer > 1 || own < 2 || bytesOf(x) <= bytesOf(output) + bytesOf(index) || !isContiguous(x)) return null;
  const { first, n } = withinOf(kernel, own);
  return bounds(own).map(([from, to]) => {
    const table: Operand = {
      ...x,
      offset: x.offset + from * (x.strides[axis] as number),
      shape: x.shape.map((size, d) => (d === axis ? to - from : size)),
    };
    return { ...kernel, inputs: [table, index], attrs: { ...attrs, within: { first: first + from, n } } };
  });
}

/** Matrices y [n, i], x of the same shape, updates [j, i] and their index, [j] or [j, i]. */
interface Writing {
  readonly x: Operand | null;
  readonly y: Operand;
  readonly index: Operand;
  readonly updates: Operand;
}

function halvesOfWriting({ x, y, index, updates }: Writing, { first, n }: Within) {
  const [own, inner] = y.shape as [number, number];
  const [j] = updates.shape as [number, number];
  const many = bytesOf(updates) + bytesOf(index) > bytesOf(y);
  if (j > 1 && (many || own === 1)) {
    return bounds(j).map(([from, to], half) => ({
      writing: { x, y, index: part(index, from, to), updates: part(updates, from, to) },
      within: { first, n },
      onto: half > 0,
    }));
  }
  const columns = own === 1;
  const size = columns ? inner : own;
  if (size < 2) return null;
  return bounds(size).map(([from, to]) => {
    const cut = (operand: Operand): Operand => part(operand, from, to, columns);
    const along = columns && index.shape[1] === inner;
    return {
      writing: {
        x: x && cut(x),
        y: cut(y),
        index: along ? cut(index) : index,
        updates: columns ? cut(updates) : updates,
      },
      within: columns ? { first, n } : { first: first + from, n },
      onto: false,
    };
  });
}

export function halvesOfScatter(kernel: OpKernel): OpKernel[] | null {
  const [x, index, updates] = kernel.inputs as readonly [Operand, Operand, Operand];
  const y = kernel.output;
  if (![x, index, updates, y].every(isContiguous)) return null;
  const j = sizeOf(index.shape);
  const list = { ...index, shape: [j, 1], strides: [1, 1] };
  const halves = halvesOfWriting({ x, y, index: list, updates }, withinOf(kernel, y.shape[0] as number));
  return (
    halves?.map(({ writing, within, onto }) => ({
      ...kernel,
      inputs: [onto ? writing.y : (writing.x as Operand), writing.index, writing.updates],
      output: writing.y,
      attrs: { ...kernel.attrs, within },
    })) ?? null
  );
}

/** The same for sums of updates at positions along an axis; null as well where an axis before it is to be cut. */
export function halvesOfScatterAdd(kernel: OpKernel): OpKernel[] | null {
  const { attrs, output } = kernel;
  const [updates, index] = kernel.inputs as readonly [Operand, Operand];
  const axis = attrs["axis"] as number;
  const [outer, inner] = [sizeOf(output.shape.slice(0, axis)), sizeOf(output.shape.slice(axis + 1))];
  if (outer > 1 || ![output, updates, index].every(isContiguous)) return null;
  const elements = attrs["mode"] === "elements";
  const own = output.shape[axis] as number;
  const j = elements ? (index.shape[axis] as number) : sizeOf(index.shape);
  const matrices = {
    x: null,
    y: viewed(output, [own, inner]),
    index: viewed(index, [j, elements ? inner : 1]),
    updates: viewed(updates, [j, inner]),
  };
  return (
    halvesOfWriting(matrices, withinOf(kernel, own))?.map(({ writing, within, onto }) => ({
      ...kernel,
      inputs: [writing.updates, writing.index],
      output: writing.y,
      attrs: { ...attrs, axis: 0, within, onto: onto || attrs["onto"] === true },
    })) ?? null
  );
}

/** Numbers that are made of their places; an even place begins a part, since two are made together. */
export function halvesOfNumbers(kernel: OpKernel): OpKernel[] | null {
  const { attrs, output } = kernel;
  const size = sizeOf(output.shape);
  const middle = 2 * Math.ceil(size / 4);
  if (middle >= size) return null;
  const place = (attrs["place"] as number | undefined) ?? 0;
  return [
    [0, middle],
    [middle, size],
  ].map(([from = 0, to = 0]) => ({
    ...kernel,
    output: { ...output, offset: output.offset + from, shape: [to - from], strides: [1] },
    attrs: { ...attrs, place: place + from },
  }));
}
