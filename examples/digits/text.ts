/** Digits as text: two rows of pixels in a line of half blocks. */
import { SIZE } from "./draw.ts";

/** Paper left out on each side. */
const MARGIN = 3;
const WIDTH = SIZE - 2 * MARGIN;
const INK = 96;

/** The lines of one digit, all of equal length. */
function linesOf(pixels: Uint8Array): string[] {
  const lines: string[] = [];
  for (let y = MARGIN; y < SIZE - MARGIN; y += 2) {
    let line = "";
    for (let x = MARGIN; x < SIZE - MARGIN; x++) {
      const [upper, lower] = [(pixels[y * SIZE + x] as number) > INK, (pixels[(y + 1) * SIZE + x] as number) > INK];
      line += upper ? (lower ? "█" : "▀") : lower ? "▄" : " ";
    }
    lines.push(line);
  }
  return lines;
}

/** Digits side by side, each above its caption, `columns` in a row. */
export function digitsAsText(digits: readonly { pixels: Uint8Array; caption: string }[], columns: number): string {
  const rows: string[] = [];
  for (let i = 0; i < digits.length; i += columns) {
    const row = digits.slice(i, i + columns);
    const pictures = row.map(({ pixels }) => linesOf(pixels));
    for (let line = 0; line < WIDTH / 2; line++)
      rows.push(
        pictures
          .map((lines) => lines[line])
          .join("  ")
          .trimEnd(),
      );
    rows.push(
      row
        .map(({ caption }) => caption.padStart((WIDTH + caption.length) >> 1).padEnd(WIDTH))
        .join("  ")
        .trimEnd(),
      "",
    );
  }
  return rows.join("\n");
}
