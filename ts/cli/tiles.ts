/**
 * A large picture through a model for small ones: tile by tile, each with a margin to all sides that is computed and left
 * out, so that no tile shows its edge.
 *
 *     ┌───────────┐
 *     │ margin    │      kept: the inside, and what lies at the picture's own edge
 *     │  ┌─────┐  │
 *     │  │ kept│  │
 */
import type { Picture } from "../core/picture.ts";

const MARGIN = 8;

/** Where tiles begin along one side, and what each keeps: [start, from, to] in the picture's pixels. */
function spansOf(size: number, tile: number): [start: number, from: number, to: number][] {
  const step = tile - 2 * MARGIN;
  const spans: [number, number, number][] = [];
  for (let from = 0; from < size; ) {
    const start = Math.max(0, Math.min(from - (from === 0 ? 0 : MARGIN), size - tile));
    const to = start + tile >= size ? size : Math.min(size, start + MARGIN + step);
    spans.push([start, from, to]);
    from = to;
  }
  return spans;
}

/** The window at (x, y); beyond the picture its last pixels go on. */
function window({ width, height, channels, data }: Picture, x: number, y: number, w: number, h: number): Picture {
  const made = new Uint8Array(w * h * channels);
  for (let row = 0; row < h; row++) {
    for (let column = 0; column < w; column++) {
      const at = (Math.min(height - 1, y + row) * width + Math.min(width - 1, x + column)) * channels;
      made.set(data.subarray(at, at + channels), (row * w + column) * channels);
    }
  }
  return { width: w, height: h, channels, data: made };
}

/** What `work` makes of all tiles of `width` × `height` pixels, put together; it may enlarge them by a whole number. */
export async function byTiles(
  picture: Picture,
  width: number,
  height: number,
  work: (tile: Picture) => Promise<Picture>,
): Promise<Picture> {
  let made: { width: number; height: number; channels: number; data: Uint8Array } | null = null;
  for (const [y, top, bottom] of spansOf(picture.height, height)) {
    for (const [x, left, right] of spansOf(picture.width, width)) {
      const tile = await work(window(picture, x, y, width, height));
      const { channels } = tile;
      const factor = tile.width / width;
      const [w, h] = [picture.width * factor, picture.height * factor];
      made ??= { width: w, height: h, channels, data: new Uint8Array(w * h * channels) };
      for (let row = top * factor; row < bottom * factor; row++) {
        const from = ((row - y * factor) * tile.width + (left - x) * factor) * channels;
        const pixels = tile.data.subarray(from, from + (right - left) * factor * channels);
        made.data.set(pixels, (row * w + left * factor) * channels);
      }
    }
  }
  return made as Picture;
}
