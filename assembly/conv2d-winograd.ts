// 3 × 3 convolution of stride 1 by Winograd's minimal filtering F(4 × 4, 3 × 3): 36 products for 16 outputs in place of 144.
//
// A tile of 4 × 4 outputs sees 6 × 6 inputs d. With weights g, y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A, and the sum over channels
// turns the elementwise product into 36 matrix products, one for each place ξ of the 6 × 6 grid:
//
//   M[ξ] [tile][o] = V[ξ] [tile][c] · U[ξ] [c][o]          V = Bᵀ d B, U = G g Gᵀ, packed as gemm.ts wants its A and B
//
// Transforms and their points are in conv2d-winograd-transform.ts. Source: Lavin and Gray, "Fast Algorithms for
// Convolutional Neural Networks" (2016). Error: with uniform random data the largest is 1e-6 of the largest output with 64
// channels and 4e-6 with 512, four times that of direct summation.
//
// Work is split over (image, block of tile rows, chunk of output channels). The same command computes a gradient of the
// input: weights are then read flipped and with o and c exchanged. Arguments:
//
//    0 x   2 w   4 y: slot, offset    6 epilogue block
//    7 n  c  h  w      11 o  oh ow    14 top  left     16 bytes from output to output and from channel to channel of w
//   18 step            bytes from tap to tap: 4, or −4 for flipped taps
//   19 rows  chunk     tile rows of a block, output channels of a chunk (a multiple of 8)
//   21 slots           0: w is U of every chunk (conv2d-pack.ts); 1: U of one chunk is kept; else U of every chunk
//   22 tail            (conv2d-tail.ts)
//
// Scratch, in whole cache lines: one word a slot, U, V, M, transform rows (see conv2d-winograd-transform.ts).

import { Command, Run } from "./command";
import { Tail } from "./conv2d-tail";
import { Transform } from "./conv2d-winograd-transform";
import { Gemm } from "./gemm";
import { Map } from "./map";

export function conv2dWinograd(command: usize, thread: i32, threads: i32): void {
  const x = Command.pointer(command, 0);
  const weights = Command.pointer(command, 2);
  const y = Command.pointer(command, 4);
  const epilogue = Command.block(command, 6);
  const n = Command.int(command, 7);
  const c = Command.int(command, 8);
  const h = Command.int(command, 9);
  const w = Command.int(command, 10);
  const o = Command.int(command, 11);
  const oh = Command.int(command, 12);
  const ow = Command.int(command, 13);
  const rows = Command.int(command, 19);
  const chunk = Command.int(command, 20);
  const slots = Command.int(command, 21);
  Tail.read(command, 22);

  const down = (oh + 3) >> 2;
  const across = (ow + 3) >> 2;
  const blocks = (down + rows - 1) / rows;
  const chunks = (o + chunk - 1) / chunk;
  const planeU = Transform.plane(chunk * c);
  const planeV = Transform.plane((((rows * across + 3) >> 2) + 1) * 4 * c);
  const planeM = Transform.plane(rows * across * chunk);
  const done = Run.kernelScratch;
  const us = done + ((<usize>(slots << 2) + 63) & ~63);
  const v = us + 36 * planeU * slots;
  const m = v + 36 * planeV;
  Transform.rows = m + 36 * planeM;
  Transform.width = (((across + 3) & ~3) << 2) + 12;
  Transform.clear(max(w, Transform.width) + 4);
  for (let slot = 0; slot < slots; slot++) store<i32>(done + ((<usize>slot) << 2), -1);

  const units = n * blocks * chunks;
  const end = Run.share(units, 1, thread + 1, threads);
  let staged = -1;
  for (let unit = Run.share(units, 1, thread, threads); unit < end; unit++) {
    const item = unit / chunks;
    const part = unit - item * chunks;
    const image = item / blocks;
    const row = (item - image * blocks) * rows;
    const height = min(rows, down - row);
    const tiles = height * across;
    const first = part * chunk;
    const outputs = min(chunk, o - first);
    const slot = slots == 1 ? 0 : part;
    const u = (slots == 0 ? weights : us) + <usize>slot * 36 * planeU;
    if (slots > 0 && load<i32>(done + ((<usize>slot) << 2)) != part) {
      Transform.filters(
        u,
        planeU,
        weights,
        Command.int(command, 16),
        Command.int(command, 17),
        Command.int(command, 18),
        first,
        outputs,
        c,
      );
      store<i32>(done + ((<usize>slot) << 2), part);
    }
    if (staged != item) {
      Transform.inputs(
        v,
        planeV,
        0,
        4,
        x + ((<usize>(image * c * h * w)) << 2),
        c,
        h,
        w,
        Command.int(command, 14),
        Command.int(command, 15),
        row,
        height,
        across,
      );
      staged = item;
    }
    for (let i: usize = 0; i < 36; i++) {
      Gemm.block(tiles, outputs, c, v + i * planeV, u + i * planeU, m + i * planeM, (<isize>chunk) << 2, false);
    }
    const plane = oh * ow;
    const start = (image * o + first) * plane;
    Transform.outputs(y + ((<usize>start) << 2), m, planeM, chunk, first, outputs, oh, ow, row, height, across);
    if (epilogue == 0) continue;
    const from = start + (row << 2) * ow;
    const count = (min((row + height) << 2, oh) - (row << 2)) * ow;
    if (count == plane) Map.range(epilogue, start, start + outputs * plane);
    else for (let i = 0; i < outputs; i++) Map.range(epilogue, from + i * plane, from + i * plane + count);
  }
}
