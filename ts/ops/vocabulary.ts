/** The whole vocabulary of the graph. */
import type { Op } from "../graph/node.ts";
import { ops as attention } from "./attention.ts";
import { ops as broadcast } from "./broadcast.ts";
import { ops as conv2d } from "./conv2d.ts";
import { ops as detection } from "./detection.ts";
import { ops as elementwise } from "./elementwise.ts";
import { ops as fft } from "./fft.ts";
import { ops as gather } from "./gather.ts";
import { ops as integer } from "./integer.ts";
import { ops as interpolate } from "./interpolate.ts";
import { ops as iota } from "./iota.ts";
import { ops as leaf } from "./leaf.ts";
import { ops as matmul } from "./matmul.ts";
import { ops as matmulNBits } from "./matmul-nbits.ts";
import { ops as movement } from "./movement.ts";
import { ops as nonzero } from "./nonzero.ts";
import { ops as norm } from "./norm.ts";
import { ops as pool2d } from "./pool2d.ts";
import { ops as quantize } from "./quantize.ts";
import { ops as random } from "./random.ts";
import { ops as recurrent } from "./recurrent.ts";
import { ops as reduce } from "./reduce.ts";
import { ops as scan } from "./scan.ts";
import { ops as scatter } from "./scatter.ts";
import { ops as softmax } from "./softmax.ts";
import { ops as topk } from "./topk.ts";
import { ops as treeEnsemble } from "./tree-ensemble.ts";

/** Every op that a graph may hold. */
export const vocabulary: readonly Op[] = [
  ...attention,
  ...broadcast,
  ...conv2d,
  ...detection,
  ...elementwise,
  ...fft,
  ...gather,
  ...integer,
  ...interpolate,
  ...iota,
  ...leaf,
  ...matmul,
  ...matmulNBits,
  ...movement,
  ...nonzero,
  ...norm,
  ...pool2d,
  ...quantize,
  ...random,
  ...recurrent,
  ...reduce,
  ...scan,
  ...scatter,
  ...softmax,
  ...topk,
  ...treeEnsemble,
];
