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

/** Side of pictures where a model leaves it open. */
const OPEN_SIDE = 224;

/** The first input that looks like a picture; null where none does. */
export function pictureInput(inputs: readonly ValueDescription[]): PictureInput | null {
  for (const { name, shape, dtype } of inputs) {
    if (shape?.length !== 4 || (dtype !== "float32" && dtype !== "uint8")) continue;
    const side = (size: number | string | null | undefined): number => (typeof size === "number" ? size : OPEN_SIDE);
    const [, a, b, c] = shape;
    if (a === 1 || a === 3) return { name, layout: "nchw", channels: a, height: side(b), width: side(c), dtype };
    if (c === 1 || c === 3) return { name, layout: "nhwc", channels: c, height: side(a), width: side(b), dtype };
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

/** Values for every input: the tensor given for one, and made-up ones for the rest. Open sizes are 1. */
export function feedsFor(session: Session, given: Readonly<Record<string, Tensor>>): Record<string, Feed> {
  return Object.fromEntries(session.inputs.map((input) => [input.name, given[input.name] ?? madeUp(input)]));
}

/** Random numbers for floats, zeros for other numbers, nothing where nothing will do. */
function madeUp({ kind, dtype, shape }: ValueDescription): Feed {
  if (kind === "optional") return null;
  if (kind === "sequence") return [];
  if (kind === "map") return new Map();
  const sizes = (shape ?? [1]).map((size) => (typeof size === "number" ? size : 1));
  if (dtype === "string") return { shape: sizes, data: new Array<string>(sizes.reduce((a, b) => a * b, 1)).fill("") };
  if (dtype === undefined) return tensor(0);
  return dtype.startsWith("float") ? rand(sizes).to(dtype) : zeros(sizes, { dtype });
}
