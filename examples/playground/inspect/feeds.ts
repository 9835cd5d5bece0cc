/** What a model is run on: a picture for the input that looks like one, made-up values for all others. */
import { rand, type Tensor, tensor, zeros } from "hebb";
import type { Feed, Session, ValueDescription } from "hebb/onnx";
import { imagenet, type Picture, resize, type ToTensorOptions, toTensor } from "hebb/vision";

/** How pixels from 0 to 255 become numbers. */
export const scales = {
  unit: { name: "0 to 1", options: {} },
  signed: { name: "−1 to 1", options: { mean: 0.5, std: 0.5 } },
  bytes: { name: "0 to 255", options: { scale: 1 } },
  imagenet: { name: "ImageNet’s mean and deviation", options: imagenet },
  mnist: { name: "MNIST’s mean and deviation", options: { mean: 0.1307, std: 0.3081 } },
} as const satisfies Record<string, { readonly name: string; readonly options: ToTensorOptions }>;

export type Scale = keyof typeof scales;

/** An input that takes pictures. */
export interface PictureInput {
  readonly name: string;
  readonly layout: "nchw" | "nhwc";
  readonly channels: 1 | 3;
  readonly width: number;
  readonly height: number;
  readonly dtype: "float32" | "uint8";
}

/** Sizes that a model leaves open, by the names that it gives them, and what they are taken as. */
export type OpenSizes = Record<string, number>;

/** Side of pictures where a model leaves it open. */
const OPEN_SIDE = 224;

/** The name of a size that is open. */
const nameOf = (input: string, size: string | null, axis: number): string => size ?? `${input}, axis ${axis}`;

/** Every open size of the inputs: 1, or what pictures usually have. */
export function openSizes(inputs: readonly ValueDescription[]): OpenSizes {
  const picture = pictureInput(inputs, {});
  const found: OpenSizes = {};
  for (const { name, shape = [] } of inputs) {
    for (const [axis, size] of shape.entries()) {
      if (typeof size === "number") continue;
      const side = picture?.name === name && (picture.layout === "nchw" ? axis > 1 : axis === 1 || axis === 2);
      found[nameOf(name, size, axis)] ??= side ? OPEN_SIDE : 1;
    }
  }
  return found;
}

/** The sizes of an input, open ones as they are taken. */
export function sizesOf({ name, shape = [1] }: ValueDescription, open: OpenSizes): number[] {
  return shape.map((size, axis) => (typeof size === "number" ? size : (open[nameOf(name, size, axis)] ?? 1)));
}

/** The first input that looks like a picture; null where none does. */
export function pictureInput(inputs: readonly ValueDescription[], open: OpenSizes): PictureInput | null {
  for (const input of inputs) {
    const { name, shape, dtype } = input;
    if (shape?.length !== 4 || Number(shape[0] ?? 1) > 1 || (dtype !== "float32" && dtype !== "uint8")) continue;
    const [, a, b, c] = sizesOf(input, open) as [number, number, number, number];
    if (shape[1] === 1 || shape[1] === 3)
      return { name, layout: "nchw", channels: shape[1], height: b, width: c, dtype };
    if (shape[3] === 1 || shape[3] === 3)
      return { name, layout: "nhwc", channels: shape[3], height: a, width: b, dtype };
  }
  return null;
}

/** The way that pixels most likely become numbers: what small grey digits and large photos are usually given as. */
export const likelyScale = ({ channels, width }: PictureInput): Scale =>
  channels === 1 && width === 28 ? "unit" : channels === 3 && width >= 200 ? "imagenet" : "unit";

/** The picture as the input wants it: resized as a whole. */
export function pictureTensor(picture: Picture, input: PictureInput, scale: Scale): Tensor {
  const { layout, channels, width, height, dtype } = input;
  const fitting = picture.width === width && picture.height === height ? picture : resize(picture, width, height);
  return toTensor(fitting, { layout, channels, dtype, ...scales[scale].options });
}

/** Values for every input: the tensor given for one, and made-up ones for the rest. */
export function feedsFor(
  { inputs }: Session,
  given: Readonly<Record<string, Tensor>>,
  open: OpenSizes,
): Record<string, Feed> {
  return Object.fromEntries(inputs.map((input) => [input.name, given[input.name] ?? madeUp(input, open)]));
}

/** Random numbers for floats, zeros for other numbers, nothing where nothing will do. */
function madeUp(input: ValueDescription, open: OpenSizes): Feed {
  const { kind, dtype } = input;
  if (kind === "optional") return null;
  if (kind === "sequence") return [];
  if (kind === "map") return new Map();
  const sizes = sizesOf(input, open);
  if (dtype === "string") return { shape: sizes, data: new Array<string>(sizes.reduce((a, b) => a * b, 1)).fill("") };
  if (dtype === undefined) return tensor(0);
  return dtype.startsWith("float") ? rand(sizes).to(dtype) : zeros(sizes, { dtype });
}
