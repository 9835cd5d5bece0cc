// Kernel numbers: the first word of every command. This file is read by AssemblyScript and by TypeScript alike
// (a bare `const` is valid in both), so the two sides cannot disagree.

/** Number of the command format: raise it with every change to a kernel's number or arguments. */
export const FORMAT = 19;

// What networks of dense layers and convolutions need, forward and backward: in every build.
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
export const CHECK_INDEX = 17;
export const CONV2D_WINOGRAD = 18;
export const CONV2D_WINOGRAD_WEIGHT = 19;
export const CONV2D_DEPTHWISE = 20;
export const CONV2D_WINOGRAD_INPUT = 21;

/** From this number on kernels are in the full build alone. */
export const FULL_KERNELS = 32;

export const ATTENTION = 32;
export const CONV2D_CHANNEL = 33;
export const CONV2D_INTEGER = 34;
export const CONV2D_PACK = 35;
export const CONV2D_PACK_INPUT = 36;
export const CONV2D_PACK_WINOGRAD = 37;
export const CONV2D_POINTWISE = 38;
export const FFT = 39;
export const INTERPOLATE = 40;
export const INTERPOLATE_INPUT = 41;
export const LAYER_NORM = 42;
export const MATMUL_INTEGER = 43;
export const MATMUL_NBITS = 44;
export const MATMUL_PACK = 45;
export const NMS = 46;
export const NONZERO = 47;
export const PACK_INTEGER = 48;
export const RECURRENT = 49;
export const REDUCE_WIDE = 50;
export const RMS_NORM = 51;
export const ROI_ALIGN = 52;
export const ROI_POOL = 53;
export const SCAN = 54;
export const SCATTER = 55;
export const TOPK = 56;
export const TREE_ENSEMBLE = 57;
