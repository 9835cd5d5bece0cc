/**
 * Lowers convolutions by minimal filtering, shaders/conv2d-winograd.wgsl: filters, then tiles, their products and the output,
 * some tiles at a time, so that what lies between takes little memory however large the planes are.
 */
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
/** Most elements of the filters, and of the tiles and products that are made at a time; of caches where that is a CPU's. */
const mostFilters = 1 << 23;
const mostMade = { hardware: 1 << 23, software: 1 << 20 };

interface Sizes {
  readonly o: number;
  readonly c: number;
  readonly tiles: number;
  readonly tiles_h: number;
  readonly tiles_w: number;
  /** How many tiles are made at a time. */
  readonly band: number;
}

function sizesOf({ output }: OpKernel, { software }: Context, { x }: Filtering): Sizes {
  const [n, o, h, w] = output.shape as Quad;
  const c = x.shape[1] as number;
  const [tiles_h, tiles_w] = [Math.ceil(h / 4), Math.ceil(w / 4)];
  const tiles = n * tiles_h * tiles_w;
  const most = Math.max(leastTiles, Math.floor(mostMade[software ? "software" : "hardware"] / (points * (c + o))));
  const bands = Math.ceil(tiles / most);
  return { o, c, tiles, tiles_h, tiles_w, band: Math.ceil(tiles / Math.max(1, bands)) };
}

/** Whether a convolution of 3 × 3 at stride 1 is cheaper this way, by its sizes alone. */
const suits = ({ o, c, tiles }: Sizes): boolean =>
  Math.min(o, c) >= leastChannels && tiles >= leastTiles && points * o * c <= mostFilters;

/** The dispatches of a convolution of 3 × 3 at stride 1; null where another way is better. */
export function winograd(kernel: OpKernel, context: Context, filtering: Filtering): Dispatch[] | null {
  const sizes = sizesOf(kernel, context, filtering);
  return suits(sizes) ? unlessTooMany(() => lowerStages(kernel, context, filtering, sizes)) : null;
}

function lowerStages(kernel: OpKernel, context: Context, filtering: Filtering, sizes: Sizes): Dispatch[] {
  const { x, w, top, left, turned } = filtering;
  const { o, c, tiles, tiles_h, tiles_w, band } = sizes;
  const lengths = [o * c, c * band, o * band].map((length) => ["float32", points * length] as const);
  const { context: own, parts } = scratch(context, ...lengths);
  const [u, v, m] = parts as readonly [Operand, Operand, Operand];
  const label = kernel.label ?? kernel.op;
  const made = (operand: Operand, shape: readonly number[]): Operand => ({
    ...operand,
    shape,
    strides: contiguousStrides(shape),
  });
  /** A stage for `count` tiles from `first` on. */
  const stage = (number: number, work: number, channels: number, [, , h, w]: Quad, first = 0, count = 0) => ({
    text: winogradText,
    count: work,
    each: 64,
    numbers: { channels, tiles: count, first, tiles_h, tiles_w, h, w, top, left },
    constants: { stage: number, turned: Number(turned) },
  });
  const filters = dispatchWork({ op: kernel.op, label: `${label}: filters` }, own, {
    ...stage(0, o * c, c, w.shape as Quad),
    reads: { x: w },
    writes: { y: u },
  });
  const bands = Array.from({ length: Math.ceil(tiles / band) }, (_, i) => i * band).flatMap((first) => {
    const count = Math.min(band, tiles - first);
    const product: OpKernel = {
      kind: "op",
      label: `${label}: products`,
      op: "matmul",
      inputs: [made(u, [points, o, c]), made(v, [points, c, count])],
      output: made(m, [points, o, count]),
      attrs: {},
      epilogue: null,
    };
    return [
      dispatchWork({ op: kernel.op, label: `${label}: tiles` }, own, {
        ...stage(1, c * count, c, x.shape as Quad, first, count),
        reads: { x },
        writes: { y: v },
      }),
      ...matmul(product, own),
      dispatchKernel(kernel, own, {
        ...stage(2, o * count, o, kernel.output.shape as Quad, first, count),
        reads: { x: m },
      }),
    ];
  });
  return [filters, ...bands];
}
