/** Image files ⇄ pictures. */
import { decodeImage as decode, encodePng as encode } from "#platform";
import { checkPicture, type Picture, withChannels } from "../core/picture.ts";
import { readSource, type Source, type SourceOptions } from "../files/source.ts";
import { orientationOf, upright } from "./orientation.ts";

export interface DecodeImageOptions extends SourceOptions {
  /** 1 grey, 3 colours (the default), 4 colours and alpha. */
  readonly channels?: 1 | 3 | 4;
  /** False leaves photos as the camera stored them, although it noted how it was held. */
  readonly upright?: boolean;
}

/**
 * The pixels of an image file: JPEG, PNG, WebP, BMP, TIFF, JPEG 2000 and PNM in Node, Deno and Bun, what the browser
 * knows and PNM in pages.
 *
 * Throws `FormatError` for bytes that are no image, and `UnsupportedError` for formats that nothing here can read.
 *
 * @example
 * const file = await encodePng({ width: 1, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3) });
 * (await decodeImage(file)).data; // [1, 2, 3]
 */
export async function decodeImage(source: Source, options: DecodeImageOptions = {}): Promise<Picture> {
  const { channels = 3, upright: turned = true } = options;
  const bytes = await readSource(source, options);
  return upright(withChannels(await decode(bytes), channels), turned ? orientationOf(bytes) : 1);
}

/**
 * The bytes of a PNG file.
 *
 * @example
 * (await encodePng({ width: 1, height: 1, channels: 1, data: Uint8Array.of(7) }))[1] === 80; // true
 */
export async function encodePng(picture: Picture): Promise<Uint8Array> {
  checkPicture("encodePng", picture);
  return encode(picture);
}
