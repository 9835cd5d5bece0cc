/** Lowering of the kernels that are in the full build alone: further rows of the table in lower.ts; packing goes with them. */

import { attention } from "./attention.ts";
import type { Rows } from "./command.ts";
import { conv2dPacked } from "./conv2d.ts";
import { conv2dInputPacked } from "./conv2d-backward.ts";
import { conv2dPack } from "./conv2d-pack.ts";
import { nms, roiAlign, roiPool } from "./detection.ts";
import { fft } from "./fft.ts";
import { conv2dInteger, matmulInteger, packInteger } from "./integer.ts";
import { interpolate, interpolateInput } from "./interpolate.ts";
import { matmulPacked } from "./matmul.ts";
import { matmulNBits } from "./matmul-nbits.ts";
import { matmulPack } from "./matmul-pack.ts";
import { nonzero } from "./nonzero.ts";
import { norm } from "./norm.ts";
import { recurrent } from "./recurrent.ts";
import { scan } from "./scan.ts";
import { scatter } from "./scatter.ts";
import { topk } from "./topk.ts";
import { treeEnsemble } from "./tree-ensemble.ts";

export { packWeights } from "./pack-weights.ts";

export const fullRows: Rows = {
  attention,
  conv2dInputPacked,
  conv2dInteger,
  conv2dPack,
  conv2dPacked,
  cumprod: scan,
  cumsum: scan,
  fft,
  gru: recurrent,
  interpolate,
  interpolateInput,
  layerNorm: norm,
  lstm: recurrent,
  matmulInteger,
  matmulNBits,
  matmulPack,
  matmulPacked,
  nms,
  nonzero,
  packInteger,
  rmsNorm: norm,
  rnn: recurrent,
  roiAlign,
  roiPool,
  scatter,
  topk,
  treeEnsemble,
};
