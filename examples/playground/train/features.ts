/** What the network sees in one digit: its filters, and what the layers make of the digit. */
import { SIZE } from "../../digits/input.ts";
import { find, make } from "../page/dom.ts";
import { paintGrey, paintSigned, reachOf } from "../page/paint.ts";
import type { Insight } from "./trainer.ts";

/** Maps of one kind: how many, and their side in pixels. */
const kinds = {
  "filters-1": { count: 6, side: 5, signed: true },
  "maps-1": { count: 6, side: 28, signed: false },
  "filters-2": { count: 96, side: 5, signed: true },
  "maps-2": { count: 16, side: 10, signed: false },
} as const;

type Kind = keyof typeof kinds;

export class Features {
  readonly #input = find("canvas", "seen");
  readonly #canvases = Object.fromEntries(
    (Object.keys(kinds) as Kind[]).map((kind) => {
      const canvases = Array.from({ length: kinds[kind].count }, () => make("canvas"));
      find("div", kind).append(...canvases);
      return [kind, canvases];
    }),
  ) as Record<Kind, HTMLCanvasElement[]>;

  draw(pixels: Uint8Array, { filters, activations }: Insight): void {
    paintGrey(this.#input, pixels, SIZE, 255);
    this.#paint("filters-1", filters[0]);
    this.#paint("filters-2", columns(filters[1]));
    this.#paint("maps-1", activations[0]);
    this.#paint("maps-2", activations[1]);
  }

  #paint(kind: Kind, values: Float32Array): void {
    const { side, signed } = kinds[kind];
    const reach = reachOf(values);
    const paint = signed ? paintSigned : paintGrey;
    this.#canvases[kind].forEach((canvas, i) => {
      paint(canvas, values.subarray(i * side * side, (i + 1) * side * side), side, reach);
    });
  }
}

/** [16, 6] filters as [6, 16]: those of one map below each other. */
function columns(values: Float32Array): Float32Array {
  const sorted = new Float32Array(values.length);
  for (let i = 0; i < 96; i++) {
    const from = (i % 16) * 6 + Math.floor(i / 16);
    sorted.set(values.subarray(from * 25, from * 25 + 25), i * 25);
  }
  return sorted;
}
