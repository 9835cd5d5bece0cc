// Weights laid out once as the forward convolutions read them, for those that never change.
//
// CONV2D_PACK: panels of `width` output channels, each group's by themselves (Gemm.packA for 4, Gemm.packB for 8):
//
//   [group][block of `width` channels][c · kh · kw][width]        lanes past the last channel hold anything
//
//    0 w, 2 out: slot, offset    4 groups  o / groups  c / groups · kh · kw  width
//
// CONV2D_PACK_WINOGRAD: the transformed weights U of conv2d-winograd.ts, [chunk][36 planes][panel of 8][c][8].
//
//    0 w, 2 out: slot, offset    4 o  c  output channels of a chunk    7 bytes from output to output, from channel to channel
//    of w, and from tap to tap, as there
//
// CONV2D_PACK_INPUT: what conv2d-input.ts reads, [group][block of 4 channels][its order of taps][4]. Arguments as in
// conv2d-shape.ts with w in the place of both inputs; the sizes of planes are not looked at.
//
// Work is split over panels, over chunks, over blocks. Scratch of the second: 576 bytes.

import { Command, Run } from "./command";
import { InputTaps } from "./conv2d-input";
import { Conv } from "./conv2d-shape";
import { Transform } from "./conv2d-winograd-transform";
import { Gemm } from "./gemm";

export function conv2dPack(command: usize, thread: i32, threads: i32): void {
  const groups = Command.int(command, 4);
  const o = Command.int(command, 5);
  const depth = Command.int(command, 6);
  const width = Command.int(command, 7);
  const row = (<usize>depth) << 2;
  const blocks = (o + width - 1) / width;
  const end = Run.share(groups * blocks, 1, thread + 1, threads);
  for (let i = Run.share(groups * blocks, 1, thread, threads); i < end; i++) {
    const group = i / blocks;
    const first = (i - group * blocks) * width;
    const from = Command.pointer(command, 0) + <usize>(group * o + first) * row;
    const to = Command.pointer(command, 2) + <usize>(i * width) * row;
    if (width == 4) Gemm.packA(to, from, row, 4, min(4, o - first), depth);
    else Gemm.packB(to, from, 4, row, depth, min(8, o - first));
  }
}

export function conv2dPackWinograd(command: usize, thread: i32, threads: i32): void {
  const w = Command.pointer(command, 0);
  const out = Command.pointer(command, 2);
  const o = Command.int(command, 4);
  const c = Command.int(command, 5);
  const chunk = Command.int(command, 6);
  const chunks = (o + chunk - 1) / chunk;
  const plane = Transform.plane(chunk * c);
  Transform.rows = Run.kernelScratch;
  const end = Run.share(chunks, 1, thread + 1, threads);
  for (let i = Run.share(chunks, 1, thread, threads); i < end; i++) {
    const first = i * chunk;
    Transform.filters(
      out + <usize>i * 36 * plane,
      plane,
      w,
      Command.int(command, 7),
      Command.int(command, 8),
      Command.int(command, 9),
      first,
      min(chunk, o - first),
      c,
    );
  }
}

export function conv2dPackInput(command: usize, thread: i32, threads: i32): void {
  Conv.read(command);
  const cg = Conv.c / Conv.groups;
  const og = Conv.o / Conv.groups;
  const blocks = (cg + 3) >> 2;
  const size = (<usize>(og * Conv.kh * Conv.kw)) << 4;
  const end = Run.share(Conv.groups * blocks, 1, thread + 1, threads);
  for (let i = Run.share(Conv.groups * blocks, 1, thread, threads); i < end; i++) {
    const group = i / blocks;
    const channel = (i - group * blocks) << 2;
    const to = Command.pointer(command, 4) + <usize>i * size;
    InputTaps.pack(to, Command.pointer(command, 0), group * og, og, cg, channel, min(4, cg - channel));
  }
}
