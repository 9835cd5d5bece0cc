// The module's only entry: walks a program's commands (see command.ts) and hands each to its kernel.

import { attention } from "./attention";
import { Run } from "./command";
import { conv2d } from "./conv2d";
import { conv2dChannel } from "./conv2d-channel";
import { conv2dDepthwise } from "./conv2d-depthwise";
import { conv2dInput } from "./conv2d-input";
import { conv2dInteger } from "./conv2d-integer";
import { conv2dPack, conv2dPackInput, conv2dPackWinograd } from "./conv2d-pack";
import { conv2dPointwise } from "./conv2d-pointwise";
import { conv2dWeight } from "./conv2d-weight";
import { conv2dWinograd } from "./conv2d-winograd";
import { conv2dWinogradInput } from "./conv2d-winograd-input";
import { conv2dWinogradWeight } from "./conv2d-winograd-weight";
import { fft } from "./fft";
import { checkIndex, gather, scatterAdd } from "./gather";
import { interpolate, interpolateInput } from "./interpolate";
import { iota } from "./iota";
import * as kernel from "./kernels";
import { map } from "./map";
import { matmul } from "./matmul";
import { matmulInteger } from "./matmul-integer";
import { matmulNBits } from "./matmul-nbits";
import { matmulPack } from "./matmul-pack";
import { nms } from "./nms";
import { nonzero } from "./nonzero";
import { norm } from "./norm";
import { MAP_SCRATCH } from "./opcodes";
import { packInteger } from "./pack-integer";
import { avgPool2d, maxPool2d } from "./pool2d";
import { avgPool2dBackward, maxPool2dBackward, maxPool2dGather } from "./pool2d-backward";
import { random } from "./random";
import { recurrent } from "./recurrent";
import { reduce } from "./reduce";
import { reduceWide } from "./reduce-wide";
import { roi } from "./roi";
import { scan } from "./scan";
import { scatter } from "./scatter";
import { softmax } from "./softmax";
import { topk } from "./topk";
import { treeEnsemble } from "./tree-ensemble";

/** First free byte of linear memory: everything above belongs to the host's allocator. */
export function heapBase(): usize {
  return (__heap_base + 63) & ~63;
}

/** The command format that this build reads (kernels.ts). */
export function format(): i32 {
  return kernel.FORMAT;
}

/** Whether this is the relaxed build, whose last bits depend on the machine. */
export function relaxed(): bool {
  return ASC_FEATURE_RELAXED_SIMD;
}

/** Whether this is the full build: all kernels and instructions, where the other has what most networks need. */
export function full(): bool {
  return isDefined(HEBB_FULL);
}

/**
 * Runs thread `thread`'s share of every command, up to the first that fails: updates come last, so none is made from what
 * a kernel refused. Returns 0, or the failing kernel's number + 1.
 */
export function run(program: usize, thread: i32, threads: i32): i32 {
  enter(program, thread);
  let command = program + 24;
  for (let n = load<i32>(program); n > 0 && load<i32>(program, 16) == 0; n--) {
    execute(command, thread, threads);
    command += (<usize>load<i32>(command, 4)) << 2;
  }
  return load<i32>(program, 16);
}

/** Runs one command of a program, for measuring; returns the command after it. */
export function step(program: usize, command: usize): usize {
  enter(program, 0);
  execute(command, 0, 1);
  return command + ((<usize>load<i32>(command, 4)) << 2);
}

/** Runs share `share` of `shares` of one command, by thread `thread`: how a team (team.ts) divides the work. */
export function part(program: usize, thread: i32, command: usize, share: i32, shares: i32): void {
  enter(program, thread);
  execute(command, share, shares);
}

function enter(program: usize, thread: i32): void {
  Run.program = program;
  Run.slots = load<u32>(program, 4);
  Run.scratch = load<u32>(program, 8) + <usize>thread * load<u32>(program, 12);
  Run.kernelScratch = Run.scratch + MAP_SCRATCH;
}

function execute(command: usize, thread: i32, threads: i32): void {
  switch (<i32>load<u16>(command)) {
    case kernel.MAP:
      map(command, thread, threads);
      break;
    case kernel.CONV2D:
      conv2d(command, thread, threads);
      break;
    case kernel.CONV2D_DEPTHWISE:
      conv2dDepthwise(command, thread, threads);
      break;
    case kernel.CONV2D_INPUT:
      conv2dInput(command, thread, threads);
      break;
    case kernel.CONV2D_WEIGHT:
      conv2dWeight(command, thread, threads);
      break;
    case kernel.CONV2D_WINOGRAD:
      conv2dWinograd(command, thread, threads);
      break;
    case kernel.CONV2D_WINOGRAD_INPUT:
      conv2dWinogradInput(command, thread, threads);
      break;
    case kernel.CONV2D_WINOGRAD_WEIGHT:
      conv2dWinogradWeight(command, thread, threads);
      break;
    case kernel.MATMUL:
      matmul(command, thread, threads);
      break;
    case kernel.MAX_POOL2D:
      maxPool2d(command, thread, threads);
      break;
    case kernel.MAX_POOL2D_BACKWARD:
      maxPool2dBackward(command, thread, threads);
      break;
    case kernel.MAX_POOL2D_GATHER:
      maxPool2dGather(command, thread, threads);
      break;
    case kernel.AVG_POOL2D:
      avgPool2d(command, thread, threads);
      break;
    case kernel.AVG_POOL2D_BACKWARD:
      avgPool2dBackward(command, thread, threads);
      break;
    case kernel.GATHER:
      gather(command, thread, threads);
      break;
    case kernel.SCATTER_ADD:
      scatterAdd(command, thread, threads);
      break;
    case kernel.RANDOM:
      random(command, thread, threads);
      break;
    case kernel.IOTA:
      iota(command, thread, threads);
      break;
    case kernel.CHECK_INDEX:
      checkIndex(command, thread, threads);
      break;
    case kernel.REDUCE:
      reduce(command, thread, threads);
      break;
    case kernel.SOFTMAX:
    case kernel.LOG_SOFTMAX:
      softmax(command, thread, threads);
      break;
    default:
      if (isDefined(HEBB_FULL)) executeFull(command, thread, threads);
      else unreachable();
  }
}

/** The kernels of the full build alone. */
function executeFull(command: usize, thread: i32, threads: i32): void {
  switch (<i32>load<u16>(command)) {
    case kernel.CONV2D_CHANNEL:
      conv2dChannel(command, thread, threads);
      break;
    case kernel.CONV2D_PACK:
      conv2dPack(command, thread, threads);
      break;
    case kernel.CONV2D_PACK_INPUT:
      conv2dPackInput(command, thread, threads);
      break;
    case kernel.CONV2D_PACK_WINOGRAD:
      conv2dPackWinograd(command, thread, threads);
      break;
    case kernel.CONV2D_POINTWISE:
      conv2dPointwise(command, thread, threads);
      break;
    case kernel.CONV2D_INTEGER:
      conv2dInteger(command, thread, threads);
      break;
    case kernel.MATMUL_PACK:
      matmulPack(command, thread, threads);
      break;
    case kernel.MATMUL_INTEGER:
      matmulInteger(command, thread, threads);
      break;
    case kernel.MATMUL_NBITS:
      matmulNBits(command, thread, threads);
      break;
    case kernel.PACK_INTEGER:
      packInteger(command, thread, threads);
      break;
    case kernel.INTERPOLATE:
      interpolate(command, thread, threads);
      break;
    case kernel.INTERPOLATE_INPUT:
      interpolateInput(command, thread, threads);
      break;
    case kernel.REDUCE_WIDE:
      reduceWide(command, thread, threads);
      break;
    case kernel.TOPK:
      topk(command, thread, threads);
      break;
    case kernel.SCAN:
      scan(command, thread, threads);
      break;
    case kernel.SCATTER:
      scatter(command, thread, threads);
      break;
    case kernel.NONZERO:
      nonzero(command, thread, threads);
      break;
    case kernel.ATTENTION:
      attention(command, thread, threads);
      break;
    case kernel.FFT:
      fft(command, thread, threads);
      break;
    case kernel.LAYER_NORM:
    case kernel.RMS_NORM:
      norm(command, thread, threads);
      break;
    case kernel.RECURRENT:
      recurrent(command, thread, threads);
      break;
    case kernel.NMS:
      nms(command, thread, threads);
      break;
    case kernel.ROI_ALIGN:
    case kernel.ROI_POOL:
      roi(command, thread, threads);
      break;
    case kernel.TREE_ENSEMBLE:
      treeEnsemble(command, thread, threads);
      break;
    default:
      unreachable();
  }
}
