/** Pictures ⇄ tensors. */
import { ShapeError } from "../core/errors.ts";
import { checkPicture, type Picture, withChannels } from "../core/picture.ts";
import { type Tensor, tensor } from "../tensor/tensor.ts";

/** How pixels become numbers: (pixel × scale - mean) / std. */
export interface ToTensorOptions {
  /** "nchw" (the default): [1, channels, height, width]; "nhwc": [1, height, width, channels]; "hwc": without the 1. */
  readonly layout?: "nchw" | "nhwc" | "hwc";
  /** Channels of the tensor: 1 grey, 3 colours (the default). */
  readonly channels?: 1 | 3;
  /** "bgr" puts blue first. */
  readonly order?: "rgb" | "bgr";
  /** What values are multiplied by first; 1/255 by default, for values from 0 to 1. */
  readonly scale?: number;
  /** Subtracted then, and divided by: one number, or one a channel in the tensor's order. */
  readonly mean?: number | readonly number[];
  /** What values are divided by last: one number, or one a channel. */
  readonly std?: number | readonly number[];
  /** "uint8" keeps the pixels as they are: no scale, mean or std. */
  readonly dtype?: "float32" | "uint8";
}

/**
 * Mean and deviation of ImageNet's pictures, by which most classifiers were trained.
 *
 * @example
 * const picture = { width: 1, height: 1, channels: 3, data: new Uint8Array(3) };
 * (await toTensor(picture, imagenet).array()); // [[[[-2.1179039]], [[-2.0357144]], [[-1.8044444]]]]
 */
export const imagenet: Pick<ToTensorOptions, "mean" | "std"> = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

/**
 * The tensor of a picture: (pixel · scale - mean) / std.
 *
 * @example
 * const picture = { width: 1, height: 1, channels: 3, data: Uint8Array.of(255, 0, 51) };
 * await toTensor(picture).array(); // [[[[1]], [[0]], [[0.2]]]]
 */
export function toTensor(picture: Picture, options: ToTensorOptions = {}): Tensor {
  checkPicture("toTensor", picture);
  const { layout = "nchw", channels: c = 3, order = "rgb", scale = 1 / 255, dtype = "float32" } = options;
  const { width: w, height: h, data } = withChannels(picture, c);
  const plain = dtype === "uint8";
  const values = plain ? new Uint8Array(h * w * c) : new Float32Array(h * w * c);
  for (let k = 0; k < c; k++) {
    const from = order === "bgr" ? c - 1 - k : k;
    const [mean, std] = [each("mean", options.mean ?? 0, k, c), each("std", options.std ?? 1, k, c)];
    for (let i = 0; i < h * w; i++) {
      const pixel = data[i * c + from] as number;
      values[layout === "nchw" ? k * h * w + i : i * c + k] = plain ? pixel : (pixel * scale - mean) / std;
    }
  }
  const shape = { nchw: [1, c, h, w], nhwc: [1, h, w, c], hwc: [h, w, c] }[layout];
  return tensor(values, { shape, dtype });
}

function each(name: string, given: number | readonly number[], k: number, c: number): number {
  if (typeof given === "number") return given;
  if (given.length === c) return given[k] as number;
  throw new ShapeError(
    `toTensor: cannot use ${name} [${given.join(", ")}]: there are ${c} channels, wanted one number each`,
  );
}

/** How numbers become pixels: value × scale + offset. */
export interface FromTensorOptions {
  /** How the tensor lies; "nchw" by default. Leading dimensions of 1 may be there or not. */
  readonly layout?: "nchw" | "nhwc";
  /** What values are multiplied by, and what is added then: 255 and 0 for values from 0 to 1 (the default). */
  readonly scale?: number;
  /** What is added after `scale`. */
  readonly offset?: number;
  /** "bgr" if blue comes first. */
  readonly order?: "rgb" | "bgr";
}

/**
 * The picture in a tensor of 1, 3 or 4 channels; values are rounded, and those outside 0 … 255 cut.
 *
 * @example
 * (await fromTensor(tensor([[[1]], [[0]], [[0.2]]]))).data; // [255, 0, 51]
 */
export async function fromTensor(image: Tensor, options: FromTensorOptions = {}): Promise<Picture> {
  const { layout = "nchw", scale = 255, offset = 0, order = "rgb" } = options;
  const shape = [...image.shape];
  while (shape.length > 3 && shape[0] === 1) shape.shift();
  if (shape.length === 2) shape.splice(layout === "nchw" ? 0 : 2, 0, 1);
  const [h, w, c] = layout === "nchw" ? [shape[1], shape[2], shape[0]] : [shape[0], shape[1], shape[2]];
  if (shape.length !== 3 || h === undefined || w === undefined || (c !== 1 && c !== 3 && c !== 4)) {
    throw new ShapeError(
      `fromTensor: cannot read a picture from [${image.shape.join(", ")}]: wanted ${layout} with 1, 3 or 4 channels`,
    );
  }
  const values = await image.data();
  const data = new Uint8ClampedArray(h * w * c);
  for (let k = 0; k < c; k++) {
    const to = order === "bgr" && k < 3 && c >= 3 ? 2 - k : k;
    for (let i = 0; i < h * w; i++) {
      const value = values[layout === "nchw" ? k * h * w + i : i * c + k] as number;
      data[i * c + to] = value * scale + offset;
    }
  }
  return { width: w, height: h, channels: c, data: new Uint8Array(data.buffer) };
}
