/** What the lowerings of a convolution know of it. */
export type Pair = readonly [number, number];
export type Quad = readonly [number, number, number, number];

export interface Attributes {
  readonly stride: Pair;
  readonly padding: Quad;
  readonly dilation: Pair;
  readonly groups: number;
}

/** A convolution's sizes: x [n, c, h, w], weights [o, c / groups, kh, kw], y [n, o, oh, ow]. */
export interface Sizes extends Attributes {
  readonly x: Quad;
  readonly w: Quad;
  readonly y: Quad;
}
