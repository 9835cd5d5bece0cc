/** Boxes and their labels, drawn into pictures. */
import { type Picture, withChannels } from "../core/picture.ts";
import type { Detection } from "./boxes.ts";
import { GLYPH_HEIGHT, GLYPH_WIDTH, hasInk } from "./glyphs.ts";

type Colour = readonly [r: number, g: number, b: number];

/** Colours that differ in hue and are bright enough for dark letters, one class after the other. */
const colours: readonly Colour[] = [
  [255, 214, 10],
  [76, 217, 100],
  [90, 200, 250],
  [255, 149, 0],
  [255, 105, 180],
  [191, 140, 255],
  [64, 224, 208],
  [255, 110, 90],
];
const INK: Colour = [16, 16, 16];

/** Paints into the pixels of one picture. */
class Painter {
  readonly #picture: Picture;

  constructor(picture: Picture) {
    this.#picture = picture;
  }

  /** Fills from (x1, y1) up to but not including (x2, y2); what lies outside is left out. */
  fill(x1: number, y1: number, x2: number, y2: number, colour: Colour): void {
    const { width, height, data } = this.#picture;
    for (let y = Math.max(0, y1); y < Math.min(height, y2); y++) {
      for (let x = Math.max(0, x1); x < Math.min(width, x2); x++) data.set(colour, (y * width + x) * 3);
    }
  }

  frame(box: Detection["box"], line: number, colour: Colour): void {
    const [left = 0, top = 0, right = 0, bottom = 0] = box.map(Math.round);
    this.fill(left, top, right, top + line, colour);
    this.fill(left, bottom - line, right, bottom, colour);
    this.fill(left, top, left + line, bottom, colour);
    this.fill(right - line, top, right, bottom, colour);
  }

  write(text: string, left: number, top: number, size: number, colour: Colour): void {
    for (const [i, character] of [...text].entries()) {
      for (let y = 0; y < GLYPH_HEIGHT; y++) {
        for (let x = 0; x < GLYPH_WIDTH; x++) {
          if (!hasInk(character, x, y)) continue;
          const [px, py] = [left + (i * (GLYPH_WIDTH + 1) + x) * size, top + y * size];
          this.fill(px, py, px + size, py + size, colour);
        }
      }
    }
  }
}

/**
 * A copy of a picture, in colour, with boxes around what was found, and label and score beside each.
 *
 * @example
 * const picture = { width: 4, height: 4, channels: 3, data: new Uint8Array(48) };
 * drawBoxes(picture, [{ box: [0, 0, 4, 4], score: 1, index: 0 }]).data[0]; // 255
 */
export function drawBoxes(picture: Picture, detections: readonly Detection[]): Picture {
  const base = withChannels(picture, 3);
  const drawn: Picture = { ...base, data: base.data.slice() };
  const painter = new Painter(drawn);
  const side = Math.min(drawn.width, drawn.height);
  const line = Math.max(1, Math.round(side / 200));
  const size = Math.max(1, Math.round(side / 300));
  const colourOf = ({ index }: Detection): Colour => colours[(index * 3 + (index >> 3)) % colours.length] as Colour;
  for (const each of detections) painter.frame(each.box, line, colourOf(each));
  // Labels lie above all frames.
  for (const each of detections) {
    const text = `${each.label ?? ""} ${(each.score * 100).toFixed(0)}%`.trim();
    const [width, height] = [(text.length * (GLYPH_WIDTH + 1) + 1) * size, (GLYPH_HEIGHT + 2) * size];
    const left = Math.max(0, Math.min(Math.round(each.box[0]), drawn.width - width));
    const above = Math.round(each.box[1]) - height;
    const top = above >= 0 ? above : Math.max(0, Math.round(each.box[1]));
    painter.fill(left, top, left + width, top + height, colourOf(each));
    painter.write(text, left + size, top + size, size, INK);
  }
  return drawn;
}
