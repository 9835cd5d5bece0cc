/** Image files ⇄ pictures. */
import { decodeImage as decode, encodePng as encode } from "#platform";
import { ShapeError } from "../core/errors.ts";
import { checkPicture, type Picture, withChannels } from "../core/picture.ts";
import { readSource, type Source, type SourceOptions } from "../files/source.ts";
import { type Decoders, decodeBy } from "../platform/image-decoders.ts";
import { imageFormat } from "../platform/image-format.ts";
import { imageSize } from "../platform/image-size.ts";
import { orientationOf, upright } from "./orientation.ts";

/** How an image file is read, and what its pixels become. */
export interface DecodeImageOptions extends SourceOptions {
  /** 1 grey, 3 colours (the default), 4 colours and alpha. */
  readonly channels?: 1 | 3 | 4;
  /** False leaves photos as the camera stored them, although it noted how it was held. */
  readonly upright?: boolean;
  /**
   * Refuses pictures of more pixels with a `ShapeError`, before they are unpacked where the format says its size first (all
   * but PNM, TIFF and JPEG 2000): a few bytes of a hostile file may claim gigabytes.
   */
  readonly maxPixels?: number;
  /**
   * Decoders by format, each from the bytes of a file to its pixels as they are stored, that go before what this runtime has:
   * an edge worker reads photos by `{ jpeg }`. What they throw becomes a `FormatError`.
   */
  readonly decoders?: Decoders;
}

/**
 * The pixels of an image file: JPEG, PNG, WebP, BMP, TIFF, JPEG 2000 and PNM in Node, Deno and Bun, what the browser
 * knows and PNM in pages, PNG, BMP and PNM in edge workers; and what `decoders` read.
 *
 * Throws `FormatError` for bytes that are no image, and `UnsupportedError` for formats that nothing here can read.
 *
 * @example
 * const file = await encodePng({ width: 1, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3) });
 * (await decodeImage(file)).data; // [1, 2, 3]
 */
export async function decodeImage(source: Source, options: DecodeImageOptions = {}): Promise<Picture> {
  const { channels = 3, upright: turned = true, maxPixels = Number.POSITIVE_INFINITY, decoders = {} } = options;
  const bytes = await readSource(source, options);
  const [width, height] = imageSize(bytes) ?? [0, 0];
  checkCount(width, height, maxPixels);
  const given = decoders[imageFormat(bytes)] !== undefined;
  const picture = await (given ? decodeBy(decoders, bytes) : decode(bytes));
  checkCount(picture.width, picture.height, maxPixels);
  return upright(withChannels(picture, channels), turned ? orientationOf(bytes) : 1);
}

function checkCount(width: number, height: number, most: number): void {
  if (width * height <= most) return;
  throw new ShapeError(`decodeImage: cannot read ${width} × ${height} pixels: maxPixels is ${most}, wanted fewer`);
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
