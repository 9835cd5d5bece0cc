/** Parts of pictures. */
import { ShapeError } from "../core/errors.ts";
import { checkPicture, type Picture } from "../core/picture.ts";
import { checkSizes } from "./resize.ts";

/**
 * The part of a picture that begins at column `x` and row `y`.
 *
 * @example
 * const picture = { width: 3, height: 1, channels: 1, data: Uint8Array.of(1, 2, 3) };
 * crop(picture, 1, 0, 2, 1).data; // [2, 3]
 */
export function crop(picture: Picture, x: number, y: number, width: number, height: number): Picture {
  checkPicture("crop", picture);
  checkSizes("crop", width, height);
  const { channels, data } = picture;
  const inside = Number.isInteger(x) && Number.isInteger(y) && x >= 0 && y >= 0;
  if (!inside || x + width > picture.width || y + height > picture.height) {
    throw new ShapeError(
      `crop: cannot take ${width} × ${height} pixels at ${x}, ${y}: the picture has ${picture.width} × ${picture.height}, wanted a part of it`,
    );
  }
  const made = new Uint8Array(width * height * channels);
  for (let row = 0; row < height; row++) {
    const start = ((y + row) * picture.width + x) * channels;
    made.set(data.subarray(start, start + width * channels), row * width * channels);
  }
  return { width, height, channels, data: made };
}

/**
 * The middle of a picture.
 *
 * @example
 * const picture = { width: 3, height: 1, channels: 1, data: Uint8Array.of(1, 2, 3) };
 * centerCrop(picture, 1, 1).data; // [2]
 */
export function centerCrop(picture: Picture, width: number, height: number): Picture {
  const x = Math.round((picture.width - width) / 2);
  const y = Math.round((picture.height - height) / 2);
  return crop(picture, x, y, width, height);
}
