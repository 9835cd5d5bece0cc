/** Lowers 3 × 3 convolutions of stride 1, and gradients of theirs and of 5 × 5 ones, to `assembly/conv2d-winograd*.ts`. */
import { CONV2D_WINOGRAD, CONV2D_WINOGRAD_INPUT, CONV2D_WINOGRAD_WEIGHT } from "../../../assembly/kernels.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import type { CommandWriter } from "./command.ts";
import { type TailedKernel, writeTail } from "./conv2d-tail.ts";
import { writeEpilogue } from "./map.ts";

/** A convolution as the kernel sees it: for a gradient x is dy, and weights are read flipped, o and c exchanged. */
export interface WinogradConvolution {
  readonly n: number;
  readonly c: number;
  readonly h: number;
  readonly w: number;
  readonly o: number;
  readonly oh: number;
  readonly ow: number;
  readonly top: number;
  readonly left: number;
  readonly flipped: boolean;
}

/** Bytes of transformed inputs and products of a block of tile rows. */
const BLOCK = 640 * 1024;
/** Bytes of transformed weights, where all are kept and where a chunk is. */
const WEIGHTS = 12 * 1024 * 1024;
const CHUNK = 512 * 1024;

const line = (bytes: number): number => (bytes + 63) & ~63;
const plane = (floats: number): number => line(4 * floats) | 64;

/** Bytes from output to output and from channel to channel of w, and from tap to tap. */
export const winogradStrides = (o: number, c: number, flipped: boolean): readonly number[] =>
  flipped ? [36, 36 * o, -4] : [36 * c, 36, 4];

/** Floats of transformed weights of `o` output channels in chunks, each as `conv2d-pack.ts` lays it out. */
export const winogradFloats = (o: number, c: number, chunk: number): number =>
  9 * Math.ceil(o / chunk) * plane(chunk * c);

export interface WinogradPlan {
  /** Tile rows of a block, output channels of a chunk, chunks whose transformed weights are kept: 0 where all are given. */
  readonly rows: number;
  readonly chunk: number;
  readonly slots: number;
}

/** Do the saved products pay for the transforms? `waste` is outputs computed for one that is wanted. */
function pays(c: number, o: number, tiles: number, waste: number): boolean {
  return c >= 4 && o >= 8 && c * o >= 96 && tiles >= 4 && waste < 2;
}

/** The blocks and chunks of the work, or null where direct convolution is faster or the weights take too much room. */
export function planWinograd({ n, c, o, oh, ow }: WinogradConvolution, packed: boolean): WinogradPlan | null {
  const down = Math.ceil(oh / 4);
  const across = Math.ceil(ow / 4);
  if (!pays(c, o, n * down * across, (16 * down * across) / (oh * ow))) return null;
  const channels = 8 * Math.ceil(o / 8);
  const most = Math.min(channels, 64);
  const weights = 144 * c * channels;
  // Every block reads all weights once: the more they are, the larger the block.
  const fit = Math.max(1, Math.floor(Math.max(BLOCK, weights / 4) / (144 * across * (c + most))));
  if (weights <= WEIGHTS) {
    const slots = Math.ceil(o / most);
    // At least four units of work, for threads to share.
    const blocks = Math.ceil(4 / (n * slots));
    return { rows: Math.min(fit, Math.ceil(down / blocks)), chunk: most, slots: packed ? 0 : slots };
  }
  if (packed || n > 1 || fit < down) return null;
  return { rows: down, chunk: Math.max(8, Math.min(8 * Math.floor(CHUNK / (1152 * c)), most)), slots: 1 };
}

/** Writes the command. */
export function writeWinograd(
  kernel: TailedKernel,
  out: CommandWriter,
  { n, c, h, w, o, oh, ow, top, left, flipped }: WinogradConvolution,
  { rows, chunk, slots }: WinogradPlan,
): void {
  out.begin(CONV2D_WINOGRAD);
  out.operand(kernel.inputs[0] as Operand);
  out.operand(kernel.inputs[1] as Operand);
  out.operand(kernel.output);
  writeEpilogue(out, kernel.epilogue);
  out.int(n, c, h, w, o, oh, ow, top, left);
  out.int(...winogradStrides(o, c, flipped), rows, chunk, slots);
  writeTail(out, kernel);
  const across = Math.ceil(ow / 4);
  out.scratch(
    line(4 * slots) +
      36 * slots * plane(chunk * c) +
      36 * plane((Math.ceil((rows * across) / 4) + 1) * 4 * c) +
      36 * plane(rows * across * chunk) +
      rowBytes(w, across, 4),
  );
  out.end();
}

/** Bytes of the transforms' own rows: `assembly/conv2d-winograd-transform.ts`. */
function rowBytes(w: number, across: number, side: number): number {
  const width = 4 * side * Math.ceil(across / 4) + 12;
  return 576 + 24 * width + 4 * Math.max(w, width) + 96;
}

type Gradient5 = Omit<WinogradConvolution, "flipped">;

/** Sizes of the work of `assembly/conv2d-winograd-input.ts`, in bytes where not said otherwise. */
function inputSizes({ c, o, oh, ow }: Gradient5): { high: number; wide: number; weights: number; sums: number } {
  const blocks = Math.ceil(c / 8);
  // Rows and columns of the tiles.
  const [high, wide] = [2 * Math.ceil(oh / 2) + 4, 2 * Math.ceil(ow / 2) + 4];
  return { high, wide, weights: 36 * plane(8 * blocks * o), sums: 32 * blocks * high * wide };
}

/** Is this the way of a 5 × 5 convolution's gradient of the input? Not where a plane reaches past the outputs' tiles. */
export function suitsWinogradInput(conv: Gradient5): boolean {
  const { n, c, h, w, o, oh, ow, top, left } = conv;
  const { high, wide, weights, sums } = inputSizes(conv);
  const covered = top >= 0 && left >= 0 && h + top <= high && w + left <= wide;
  const tiles = n * Math.ceil(oh / 2) * Math.ceil(ow / 2);
  return covered && Math.min(c, o) >= 4 && c * o >= 96 && tiles >= 4 && weights <= WEIGHTS && sums <= WEIGHTS;
}

/** Writes its command. */
export function writeWinogradInput(kernel: OpKernel, out: CommandWriter, conv: Gradient5): void {
  const { n, c, h, w, o, oh, ow, top, left } = conv;
  const { wide, weights, sums } = inputSizes(conv);
  const down = Math.ceil(oh / 2);
  const across = Math.ceil(ow / 2);
  const outputs = 4 * Math.ceil(o / 4);
  const rows = Math.max(1, Math.min(down, Math.floor(BLOCK / (144 * across * (outputs + 8)))));
  out.begin(CONV2D_WINOGRAD_INPUT);
  out.operand(kernel.inputs[0] as Operand);
  out.operand(kernel.inputs[1] as Operand);
  out.operand(kernel.output);
  writeEpilogue(out, kernel.epilogue);
  out.int(n, c, h, w, o, oh, ow, top, left, rows);
  const block = 36 * plane(rows * across * outputs) + 36 * plane(rows * across * 8);
  out.scratch(weights + block + 32 * 6 * wide + sums + 576 + 64);
  out.end();
}

/** Writes the command of the gradient of the weights; false where this is not the way. */
export function writeWinogradWeight(
  kernel: OpKernel,
  out: CommandWriter,
  conv: WinogradConvolution,
  taps: 3 | 5,
): boolean {
  const { n, c, h, w, o, oh, ow, top, left } = conv;
  const side = 7 - taps;
  const down = Math.ceil(oh / side);
  const across = Math.ceil(ow / side);
  const outputs = 8 * Math.ceil(o / 8);
  if (!pays(c, o, (n * down * across) / 4, 1) || 144 * c * outputs > WEIGHTS) return false;
  const tiles = Math.max(16, Math.floor(BLOCK / (144 * (c + outputs))));
  const rows = Math.max(1, Math.min(down, Math.floor(tiles / across)));
  const images = rows < down ? 1 : Math.max(1, Math.min(n, Math.floor(tiles / (down * across))));
  const block = images * rows * across;
  out.begin(CONV2D_WINOGRAD_WEIGHT);
  out.operand(kernel.inputs[0] as Operand);
  out.operand(kernel.inputs[1] as Operand);
  out.operand(kernel.output);
  out.int(n, c, h, w, o, oh, ow, top, left, rows, images, taps);
  const planes = plane(c * (4 * Math.ceil(block / 4) + 4)) + plane(block * outputs) + plane(c * outputs);
  out.scratch(36 * planes + rowBytes(w, across, side));
  out.end();
  return true;
}
