/** JPEG files where hebb has no decoder, which is in edge workers: jpeg-js, whose plain JavaScript takes 14 KB of a bundle. */
import type { Picture } from "hebb/vision";
import { decode } from "jpeg-js";

/** Megabytes that decoding may take. */
const MOST_MEGABYTES = 64;

/** For `decodeImage`. Throws on files that are cut or broken. */
export function jpeg(bytes: Uint8Array): Picture {
  const options = { useTArray: true, formatAsRGBA: false, tolerantDecoding: false, maxMemoryUsageInMB: MOST_MEGABYTES };
  const { width, height, data } = decode(bytes, options);
  return { width, height, channels: 3, data };
}
