/** Lowering of what few programs but imported models hold: further rows of the table in lower.ts. */
import type { Rows } from "./dispatch.ts";
import { fft } from "./fft.ts";
import { conv2dInteger, matmulInteger, packInteger } from "./integer.ts";
import { matmulNBits } from "./matmul-nbits.ts";
import { recurrent } from "./recurrent.ts";
import { roi } from "./roi.ts";
import { treeEnsemble } from "./tree-ensemble.ts";

export const modelRows: Rows = {
  conv2dInteger,
  fft,
  gru: recurrent,
  lstm: recurrent,
  matmulInteger,
  matmulNBits,
  packInteger,
  rnn: recurrent,
  roiAlign: roi,
  roiPool: roi,
  treeEnsemble,
};
