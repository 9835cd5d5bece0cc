/**
 * What a kernel family is tried on before it is believed, as data: shapes and attributes by op, small and none a multiple
 * of a tile. Element types, and attributes that a row leaves out, are those of the node that was met.
 *
 * Shapes are written "2x5"; rank 0 is "1x"; "2x3<4" holds whole numbers below 4.
 */
import type { Attrs } from "../graph/node.ts";

export interface TrustCase {
  /** Shapes of the inputs. */
  readonly inputs: string;
  readonly shape: string;
  readonly attrs?: Attrs;
  /** Inputs by number whose values matter. */
  readonly values?: Readonly<Record<number, readonly number[]>>;
}

const same = { stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 1 };
const uneven = { stride: [2, 1], padding: [1, 0, 0, 1], dilation: [1, 1], groups: 2 };
const pool = { kernel: [2, 3], stride: [2, 2], padding: [1, 0, 0, 1], dilation: [1, 1] };
const recurrent = { direction: "forward", clip: 0, variant: false, rounded: false, given: "" };
const attention = { scale: 0.4, softcap: 0, offset: 0, left: -1, right: -1, given: "" };
const boxes = { 1: [1, 2, 8, 7, 0, 1, 5, 9], 2: [1, 0] };

const reduced: readonly TrustCase[] = [
  { inputs: "5x71", shape: "5", attrs: { axes: [1] } },
  { inputs: "37x6", shape: "6", attrs: { axes: [0] } },
  { inputs: "1100", shape: "1x", attrs: { axes: [0] } },
];
const rows: readonly TrustCase[] = [
  { inputs: "5x7", shape: "5x7" },
  { inputs: "3x300", shape: "3x300" },
];
const scanned: readonly TrustCase[] = [
  { inputs: "4x70", shape: "4x70", attrs: { axis: 1, exclusive: false, reverse: false } },
  { inputs: "2x5x3", shape: "2x5x3", attrs: { axis: 1, exclusive: true, reverse: true } },
];

/** By op. Elementwise ops need no row: all their inputs are {@link mapShape}. */
export const trustCases: { readonly [op: string]: readonly TrustCase[] } = {
  argmax: reduced,
  argmin: reduced,
  attention: [
    { inputs: "2x6x3x4 2x2x5x4 2x2x5x6", shape: "2x3x6x6", attrs: attention },
    { inputs: "1x1x37x8 1x1x70x8 1x1x70x9", shape: "1x37x1x9", attrs: attention },
  ],
  avgPool2d: [{ inputs: "1x2x5x6", shape: "1x2x3x3", attrs: { ...pool, countIncludePad: false } }],
  avgPool2dBackward: [
    { inputs: "1x2x3x3", shape: "1x2x5x6", attrs: { ...pool, countIncludePad: true, input: [5, 6] } },
  ],
  checkIndex: [{ inputs: "5x3<4", shape: "5x3", attrs: { size: 4 } }],
  concat: [{ inputs: "2x3 2x5", shape: "2x8", attrs: { axis: 1 } }],
  conv2d: [
    { inputs: "1x3x9x7 5x3x3x3", shape: "1x5x9x7", attrs: same },
    { inputs: "2x9x6x5 11x9x1x1", shape: "2x11x6x5", attrs: { ...same, padding: [0, 0, 0, 0] } },
    { inputs: "1x6x9x8 6x1x3x3", shape: "1x6x9x8", attrs: { ...same, groups: 6 } },
    { inputs: "1x4x5x4 2x2x2x3", shape: "1x2x3x3", attrs: uneven },
    { inputs: "1x5x13x12 9x5x3x3", shape: "1x9x13x12", attrs: same },
    { inputs: "1x33x22x21 34x33x3x3", shape: "1x34x22x21", attrs: same },
  ],
  conv2dInput: [
    { inputs: "1x2x3x3 2x2x2x3", shape: "1x4x5x4", attrs: { ...uneven, input: [5, 4] } },
    { inputs: "1x9x13x12 9x5x3x3", shape: "1x5x13x12", attrs: { ...same, input: [13, 12] } },
    { inputs: "1x33x22x21 33x34x3x3", shape: "1x34x22x21", attrs: { ...same, input: [22, 21] } },
  ],
  conv2dWeight: [
    { inputs: "1x4x5x4 1x2x3x3", shape: "2x2x2x3", attrs: { ...uneven, kernel: [2, 3] } },
    { inputs: "2x5x13x12 2x17x13x12", shape: "17x5x3x3", attrs: { ...same, kernel: [3, 3] } },
  ],
  cumprod: scanned,
  cumsum: scanned,
  embed: [{ inputs: "3x5 1x", shape: "4x11", attrs: { starts: [0, 1], steps: [1, 2] } }],
  fft: [
    { inputs: "3x12", shape: "3x12x2", attrs: { inverse: false } },
    { inputs: "3x8x2", shape: "3x8x2", attrs: { inverse: true } },
  ],
  gather: [
    { inputs: "4x5 2x3<4", shape: "2x3x5", attrs: { axis: 0, mode: "take" } },
    { inputs: "5x7 5x3<7", shape: "5x3", attrs: { axis: 1, mode: "elements" } },
  ],
  gru: [{ inputs: "4x3x21 1x21x7", shape: "5x1x3x7", attrs: { ...recurrent, activations: "sigmoid 0 0,tanh 0 0" } }],
  interpolate: [{ inputs: "4x7x3 2x5x2<7 2x5x2", shape: "4x5x3" }],
  iota: [{ inputs: "", shape: "300", attrs: { start: 3, step: 2 } }],
  layerNorm: rows,
  logSoftmax: rows,
  lstm: [
    {
      inputs: "4x3x28 1x28x7",
      shape: "6x1x3x7",
      attrs: { ...recurrent, activations: "sigmoid 0 0,tanh 0 0,tanh 0 0" },
    },
  ],
  matmul: [
    { inputs: "5x33 33x18", shape: "5x18" },
    { inputs: "1x90 90x70", shape: "1x70" },
    { inputs: "3x67x20 3x20x70", shape: "3x67x70" },
    { inputs: "40x300 300x41", shape: "40x41" },
    { inputs: "300x20 20x12", shape: "300x12" },
  ],
  matmulNBits: [{ inputs: "5x40 9x2x16<256 9x2 9x2", shape: "5x9", attrs: { bits: 4, block: 32 } }],
  max: reduced,
  maxPool2d: [{ inputs: "1x2x5x6", shape: "1x2x3x3", attrs: pool }],
  maxPool2dBackward: [{ inputs: "1x2x5x6 1x2x3x3", shape: "1x2x5x6", attrs: pool }],
  maxPool2dGather: [{ inputs: "1x2x5x6 1x2x5x6", shape: "1x2x3x3", attrs: pool }],
  min: reduced,
  prod: reduced,
  random: [{ inputs: "2<1000000000", shape: "5x70" }],
  rmsNorm: rows,
  rnn: [{ inputs: "4x3x7 1x7x7", shape: "5x1x3x7", attrs: { ...recurrent, activations: "tanh 0 0" } }],
  roiAlign: [
    {
      inputs: "2x3x9x11 2x4 2",
      shape: "2x3x3x2",
      attrs: { size: [3, 2], scale: 0.75, points: 2, maximum: false, halfPixel: true },
      values: boxes,
    },
  ],
  roiPool: [{ inputs: "2x3x9x11 2x4 2", shape: "2x3x2x3", attrs: { size: [2, 3], scale: 1 }, values: boxes }],
  scatter: [{ inputs: "9x4 5<9 5x4", shape: "9x4", attrs: { reduction: "none" } }],
  scatterAdd: [{ inputs: "20x6 20x6<12", shape: "12x6", attrs: { axis: 0, mode: "elements", size: 12 } }],
  softmax: rows,
  sum: reduced,
  topk: [
    { inputs: "3x40", shape: "3x4", attrs: { axis: 1, largest: true } },
    { inputs: "2x50x3", shape: "2x5x3", attrs: { axis: 1, largest: false } },
  ],
  // x0 <= 0 ? leaf 0 : (x1 > 0.5 ? leaf 1 : leaf 2); x2 < -1 ? leaf 3 : leaf 1; leaf 2.
  treeEnsemble: [
    {
      inputs: "9x3 3 3x4 3 5 5 5",
      shape: "9x2",
      attrs: { aggregate: "sum" },
      values: {
        1: [0, 0.5, -1],
        2: [0, 0, -1, 1, 1, 3, -2, -3, 2, 1, -4, -2],
        3: [0, 2, -3],
        4: [0, 1, 2, 4, 5],
        5: [0, 1, 0, 1, 0],
        6: [1, 2, 4, -8, 16],
      },
    },
  ],
};

export const mapShape = "7x9";

/** Ops without a row: weights laid out as each device likes, and what reads them. */
export const untriedOps: readonly string[] = ["conv2dInteger", "matmulInteger", "packInteger"];
