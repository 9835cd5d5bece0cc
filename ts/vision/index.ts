/** `hebb/vision`: what stands between a photo and a tensor, and between a tensor and a picture. */
export type { Picture } from "../core/picture.ts";
export type { Decoders } from "../platform/image-decoders.ts";
export type { ImageFormat } from "../platform/image-format.ts";
export { type Detection, nonMaxSuppression } from "./boxes.ts";
export { centerCrop, crop } from "./crop.ts";
export { drawBoxes } from "./draw.ts";
export { type DecodeImageOptions, decodeImage, encodePng } from "./image.ts";
export { type Filter, type ResizeOptions, resize, resizeShorter } from "./resize.ts";
export { type FromTensorOptions, fromTensor, imagenet, type ToTensorOptions, toTensor } from "./to-tensor.ts";
export { probabilities, type Ranked, topK } from "./top-k.ts";
