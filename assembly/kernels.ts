// Kernel numbers: the first word of every command. This file is read by AssemblyScript and by TypeScript alike
// (a bare `const` is valid in both), so the two sides cannot disagree.

/** Number of the command format: raise it with every change to a kernel's number or arguments. */
export const FORMAT = 16;

export const MAP = 0;
export const REDUCE = 1;
export const MATMUL = 2;
export const CONV2D = 3;
export const CONV2D_INPUT = 4;
export const CONV2D_WEIGHT = 5;
export const MAX_POOL2D = 6;
export const MAX_POOL2D_BACKWARD = 7;
export const MAX_POOL2D_GATHER = 8;
export const AVG_POOL2D = 9;
export const AVG_POOL2D_BACKWARD = 10;
export const SOFTMAX = 11;
export const LOG_SOFTMAX = 12;
export const GATHER = 13;
export const SCATTER_ADD = 14;
export const RANDOM = 15;
export const IOTA = 16;
export const CHECK_INDEX = 18;
export const REDUCE_WIDE = 20;
export const TOPK = 25;
export const SCAN = 26;
export const SCATTER = 27;
export const NONZERO = 28;
export const NMS = 29;
export const ROI_ALIGN = 30;
export const ROI_POOL = 31;
export const CONV2D_WINOGRAD = 40;
export const CONV2D_WINOGRAD_WEIGHT = 41;
export const CONV2D_DEPTHWISE = 42;
export const CONV2D_WINOGRAD_INPUT = 43;
export const CONV2D_POINTWISE = 44;
export const CONV2D_PACK = 45;
export const CONV2D_PACK_WINOGRAD = 46;
export const CONV2D_CHANNEL = 47;
export const CONV2D_PACK_INPUT = 48;
export const RECURRENT = 70;
export const LAYER_NORM = 71;
export const RMS_NORM = 72;
export const ATTENTION = 73;
export const FFT = 74;
export const MATMUL_PACK = 75;
export const PACK_INTEGER = 60;
export const MATMUL_INTEGER = 61;
export const CONV2D_INTEGER = 62;
export const MATMUL_NBITS = 63;
export const INTERPOLATE = 90;
export const INTERPOLATE_INPUT = 91;
export const TREE_ENSEMBLE = 86;
