/** Pictures in tiles: whatever the sizes, the whole comes together. */
import { expect, test } from "vitest";
import { byTiles } from "../../ts/cli/tiles.ts";
import type { Picture } from "../../ts/core/picture.ts";
import { resize } from "../../ts/vision/index.ts";

const picture = (width: number, height: number): Picture => {
  return { width, height, channels: 1, data: Uint8Array.from({ length: width * height }, (_, i) => (i * 7919) >> 3) };
};

test.each([
  [100, 90, 32, 24],
  [31, 70, 32, 24],
  [32, 24, 32, 24],
  [5, 4, 32, 24],
  [49, 25, 32, 24],
])("%s × %s by tiles of %s × %s", async (width, height, w, h) => {
  const sizes = new Set<string>();
  const whole = picture(width, height);
  const made = await byTiles(whole, w, h, async (tile) => {
    sizes.add(`${tile.width} × ${tile.height}`);
    return resize(tile, 2 * w, 2 * h, { filter: "nearest" });
  });
  expect([...sizes]).toEqual([`${w} × ${h}`]);
  expect(Buffer.compare(made.data, resize(whole, 2 * width, 2 * height, { filter: "nearest" }).data)).toBe(0);
});

test("a tile's margin is not seen", async () => {
  const made = await byTiles({ ...picture(100, 90), data: new Uint8Array(9000) }, 32, 24, async (tile) => {
    const data = Uint8Array.from(tile.data, (_, i) => {
      const [x, y] = [i % 32, Math.floor(i / 32)];
      return x < 4 || x >= 28 || y < 4 || y >= 20 ? 1 : 0;
    });
    return { ...tile, data };
  });
  const inside = made.data.filter((_, i) => {
    const [x, y] = [i % 100, Math.floor(i / 100)];
    return x >= 4 && x < 96 && y >= 4 && y < 86;
  });
  expect(new Set(inside)).toEqual(new Set([0]));
});
