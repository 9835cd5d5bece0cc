/** Lowers convolutions by minimal filtering, shaders/conv2d-winograd.wgsl: filters, tiles, their products, the output. */
import winogradText from "../../../shaders/conv2d-winograd.wgsl";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { contiguousStrides } from "../../core/shape.ts";
import { type Dispatch, dispatchWork } from "./dispatch.ts";
import { dispatchKernel } from "./epilogue.ts";
import { matmul } from "./matmul.ts";
import { type Context, scratch, unlessTooMany } from "./operands.ts";

type Quad = readonly [number, number, number, number];

/** x and y of the convolution, or dy and dx. */
export interface Filtering {
  readonly x: Operand;
  readonly w: Operand;
  /** Where x's first tile begins, outside it. */
  readonly top: number;
  readonly left: number;
  readonly turned: boolean;
}

/** Products of a tile. */
const points = 36;
/** Fewest channels for which the products outweigh what goes through memory, and fewest tiles. */
const leastChannels = 32;
const leastTiles = 32;
/** Most elements of scratch. */
const mostScratch = 1 << 23;

interface Sizes {
  readonly o: number;
  readonly c: number;
  readonly tiles: number;
  readonly tiles_h: number;
  readonly tiles_w: number;
}

function sizesOf({ output }: OpKernel, { x }: Filtering): Sizes {
  const [n, o, h, w] = output.shape as Quad;
  const [tiles_h, tiles_w] = [Math.ceil(h / 4), Math.ceil(w / 4)];
  return { o, c: x.shape[1] as number, tiles: n * tiles_h * tiles_w, tiles_h, tiles_w };
}

const lengthsOf = ({ o, c, tiles }: Sizes): readonly [number, number, number] => [
  points * o * c,
  points * c * tiles,
  points * o * tiles,
];

/** Whether a convolution of 3 × 3 at stride 1 is cheaper this way, by its sizes alone. */
function suits(sizes: Sizes): boolean {
  const elements = lengthsOf(sizes).reduce((sum, length) => sum + length);
  return Math.min(sizes.o, sizes.c) >= leastChannels && sizes.tiles >= leastTiles && elements <= mostScratch;
}

/** The dispatches of a convolution of 3 × 3 at stride 1; null where another way is better. */
export function winograd(kernel: OpKernel, context: Context, filtering: Filtering): Dispatch[] | null {
  return suits(sizesOf(kernel, filtering)) ? unlessTooMany(() => lowerStages(kernel, context, filtering)) : null;
}

function lowerStages(kernel: OpKernel, context: Context, filtering: Filtering): Dispatch[] {
  const { x, w, top, left, turned } = filtering;
  const sizes = sizesOf(kernel, filtering);
  const { o, c, tiles, tiles_h, tiles_w } = sizes;
  const [u, v, m] = lengthsOf(sizes);
  const { context: own, parts } = scratch(context, ["float32", u], ["float32", v], ["float32", m]);
  const label = kernel.label ?? kernel.op;
  const stage = (number: number, count: number, channels: number, [, , h, w]: Quad) => ({
    text: winogradText,
    count,
    each: 64,
    numbers: { channels, tiles, tiles_h, tiles_w, h, w, top, left },
    constants: { stage: number, turned: Number(turned) },
  });
  const made = (operand: Operand, shape: readonly number[]): Operand => ({
    ...operand,
    shape,
    strides: contiguousStrides(shape),
  });
  const product: OpKernel = {
    kind: "op",
    label: `${label}: products`,
    op: "matmul",
    inputs: [made(parts[0], [points, o, c]), made(parts[1], [points, c, tiles])],
    output: made(parts[2], [points, o, tiles]),
    attrs: {},
    epilogue: null,
  };
  return [
    dispatchWork({ op: kernel.op, label: `${label}: filters` }, own, {
      ...stage(0, o * c, c, w.shape as Quad),
      reads: { x: w },
      writes: { y: parts[0] },
    }),
    dispatchWork({ op: kernel.op, label: `${label}: tiles` }, own, {
      ...stage(1, c * tiles, c, x.shape as Quad),
      reads: { x },
      writes: { y: parts[1] },
    }),
    ...matmul(product, own),
    dispatchKernel(kernel, own, { ...stage(2, o * tiles, o, kernel.output.shape as Quad), reads: { x: parts[2] } }),
  ];
}
