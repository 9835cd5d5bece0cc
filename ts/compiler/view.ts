/** Strided windows on a buffer, and what movement ops make of them without touching an element. */
import { contiguousStrides, type Shape, sameShape, sizeOf } from "../core/shape.ts";
import type { Node } from "../graph/node.ts";

export interface View {
  readonly offset: number;
  readonly shape: Shape;
  readonly strides: readonly number[];
}

export function contiguousView(shape: Shape): View {
  return { offset: 0, shape, strides: contiguousStrides(shape) };
}

/** Whether elements lie one after another in row-major order (from any offset). */
export function isContiguous({ shape, strides }: View): boolean {
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] === 0) return true;
    if (shape[i] !== 1 && strides[i] !== stride) return false;
    stride *= shape[i] as number;
  }
  return true;
}

/** The window under another shape, or null where no strides can say it. */
export function reshapeView(view: View, shape: Shape): View | null {
  if (sameShape(view.shape, shape)) return view;
  if (sizeOf(shape) === 0) return { offset: view.offset, shape, strides: contiguousStrides(shape) };
  // Merge neighbours that one stride walks, then split each merged axis over the new sizes.
  const sizes: number[] = [];
  const strides: number[] = [];
  for (let i = 0; i < view.shape.length; i++) {
    const size = view.shape[i] as number;
    const stride = view.strides[i] as number;
    if (size === 1) continue;
    const last = sizes.length - 1;
    if (last >= 0 && strides[last] === stride * size) {
      sizes[last] = (sizes[last] as number) * size;
      strides[last] = stride;
    } else {
      sizes.push(size);
      strides.push(stride);
    }
  }
  const result = new Array<number>(shape.length).fill(0);
  let axis = shape.length - 1;
  for (let i = sizes.length - 1; i >= 0; i--) {
    let rest = sizes[i] as number;
    let stride = strides[i] as number;
    while (rest > 1) {
      if (axis < 0) return null;
      const size = shape[axis] as number;
      if (rest % size !== 0) return null;
      result[axis] = size === 1 ? 0 : stride;
      stride *= size;
      rest /= size;
      axis--;
    }
  }
  return { offset: view.offset, shape, strides: result };
}

type Move = (view: View, node: Node) => View | null;

const moves: { readonly [op: string]: Move } = {
  detach: (view) => view,
  reshape: (view, node) => reshapeView(view, node.shape),
  permute: ({ offset, strides }, node) => {
    const axes = node.attrs["axes"] as readonly number[];
    return { offset, shape: node.shape, strides: axes.map((axis) => strides[axis] as number) };
  },
  expand: ({ offset, shape, strides }, node) => {
    const lead = node.shape.length - shape.length;
    return {
      offset,
      shape: node.shape,
      strides: node.shape.map((size, i) => (i < lead || shape[i - lead] !== size ? 0 : (strides[i - lead] as number))),
    };
  },
  slice: ({ offset, strides }, node) => {
    const starts = node.attrs["starts"] as readonly number[];
    const steps = node.attrs["steps"] as readonly number[];
    return windowView({ offset, shape: node.shape, strides }, node.shape, starts, steps);
  },
};

/** The window of `sizes` that starts at `starts` and takes every `steps`-th element. */
export function windowView(view: View, sizes: Shape, starts: Shape, steps: readonly number[]): View {
  let { offset } = view;
  for (let i = 0; i < starts.length; i++) offset += (starts[i] as number) * (view.strides[i] as number);
  if (sizeOf(sizes) === 0) offset = view.offset;
  return { offset, shape: sizes, strides: view.strides.map((stride, i) => stride * (steps[i] as number)) };
}

/** The view op `node` applied to a window on its input; null where only a copy will do. */
export function moveView(view: View, node: Node): View | null {
  const move = moves[node.op.name];
  if (move === undefined) throw new Error(`view: cannot apply ${node.op.name}: it has no rule`);
  return move(view, node);
}
