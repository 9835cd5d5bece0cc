/** Pixels in memory: rows of pixels, the channels of a pixel side by side. */
import { ShapeError } from "./errors.ts";

/** Pixels in memory: rows from the top, pixels from the left, the channels of a pixel side by side, one byte each. */
export interface Picture {
  /** Pixels of a row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** 1 grey, 2 grey and alpha, 3 red, green and blue, 4 those and alpha. */
  readonly channels: number;
  /** [height, width, channels] */
  readonly data: Uint8Array;
}

/** Throws unless the data is as long as the sizes say. */
export function checkPicture(op: string, { width, height, channels, data }: Picture): void {
  const whole = [width, height, channels].every((size) => Number.isInteger(size) && size > 0) && channels <= 4;
  if (whole && data.length === width * height * channels) return;
  throw new ShapeError(
    `${op}: cannot read a picture of ${width} × ${height} × ${channels} from ${data.length} bytes: they do not fit, wanted one byte a channel, 1 to 4 channels`,
  );
}

/**
 * A picture with other channels. Grey spreads to the colours; colours become grey as ITU-R BT.601 weighs them, by the
 * integers that PIL uses; alpha is dropped, and opaque where there was none.
 */
export function withChannels(picture: Picture, channels: number): Picture {
  if (picture.channels === channels) return picture;
  checkPicture("withChannels", picture);
  const { width, height, channels: from, data } = picture;
  const made = new Uint8Array(width * height * channels);
  const [colours, alpha] = [channels - 1 + (channels % 2), channels % 2 === 0];
  const grey = from < 3;
  for (let i = 0, at = 0, to = 0; i < width * height; i++, at += from, to += channels) {
    const r = data[at] as number;
    const g = grey ? r : (data[at + 1] as number);
    const b = grey ? r : (data[at + 2] as number);
    if (colours === 1) made[to] = grey ? r : (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;
    else made.set([r, g, b], to);
    if (alpha) made[to + colours] = from % 2 === 0 ? (data[at + from - 1] as number) : 255;
  }
  return { width, height, channels, data: made };
}
