/** Pictures as a model's input wants them. */
import type { Picture } from "../core/picture.ts";
import type { Session } from "../formats/onnx/index.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { centerCrop, decodeImage, resize, resizeShorter, type ToTensorOptions, toTensor } from "../vision/index.ts";
import { type Arguments, choiceOf, numberOf, numbersOf, type Option } from "./command.ts";

/** How an input takes pictures; null sizes are open. */
export interface PictureInput {
  readonly name: string;
  readonly layout: "nchw" | "nhwc";
  readonly channels: 1 | 3;
  readonly width: number | null;
  readonly height: number | null;
  readonly dtype: "float32" | "float16" | "uint8";
}

export const pictureOptions: Readonly<Record<string, Option>> = {
  scale: { type: "string", value: "number", help: "what pixels of 0 … 255 are multiplied by" },
  mean: { type: "string", value: "numbers", help: "what is subtracted then: one number, or one a channel" },
  std: { type: "string", value: "numbers", help: "what is divided by then" },
  order: { type: "string", value: "rgb|bgr", help: "order of the channels" },
};

/** The first input that is an image or a list of images; null where there is none. */
export function pictureInput({ inputs }: Session): PictureInput | null {
  for (const { name, dtype, shape } of inputs) {
    if (shape?.length !== 4 || (dtype !== "float32" && dtype !== "float16" && dtype !== "uint8")) continue;
    const [, b, c, d] = shape.map((size) => (typeof size === "number" ? size : null));
    if (b === 1 || b === 3) return { name, layout: "nchw", channels: b, height: c ?? null, width: d ?? null, dtype };
    if (d === 1 || d === 3) return { name, layout: "nhwc", channels: d, height: b ?? null, width: c ?? null, dtype };
  }
  return null;
}

/** The picture in a file, as large as the input or, where that is open, as it is but in multiples of 32 pixels. */
export async function stretched(path: string, input: PictureInput, signal: AbortSignal): Promise<[Picture, Picture]> {
  const picture = await decodeImage(path, { signal });
  const whole = (size: number): number => Math.max(32, Math.round(size / 32) * 32);
  return [picture, resize(picture, input.width ?? whole(picture.width), input.height ?? whole(picture.height))];
}

/** The middle of a picture, after its shorter side is as long as the input's and an eighth more. */
export function cropped(picture: Picture, input: PictureInput): Picture {
  const [width, height] = [input.width ?? 224, input.height ?? 224];
  if (Math.min(width, height) < 64) return resize(picture, width, height);
  return centerCrop(resizeShorter(picture, Math.round((Math.max(width, height) * 8) / 7)), width, height);
}

/** The tensor of a picture; what the command line says comes before `usual`. */
export function feedOf(picture: Picture, input: PictureInput, args: Arguments, usual: ToTensorOptions): Tensor {
  const { layout, channels, dtype } = input;
  const given: ToTensorOptions = {
    ...usual,
    ...(args.values["scale"] === undefined ? {} : { scale: numberOf(args, "scale", 1) }),
    ...statistics(args, "mean"),
    ...statistics(args, "std"),
  };
  const order = choiceOf(args, "order", ["rgb", "bgr"]) ?? usual.order ?? "rgb";
  if (dtype === "uint8") return toTensor(picture, { layout, channels, order, dtype });
  return toTensor(picture, { ...given, layout, channels, order }).to(dtype);
}

function statistics(args: Arguments, name: "mean" | "std"): ToTensorOptions {
  const list = numbersOf(args, name);
  if (list === undefined) return {};
  return { [name]: list.length === 1 ? list[0] : list };
}
