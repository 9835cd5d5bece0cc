/**
 * A pad to draw a digit on: by mouse, touch and pen, and by keyboard (arrows move, space puts the pen down and lifts it).
 *
 * Strokes are kept as points from 0 to 1. What the network gets is the drawing as MNIST has its digits: fitted into
 * 20 × 20 pixels in the middle of 28 × 28.
 */
import { SIZE } from "../../digits/input.ts";
import { announce } from "../page/announce.ts";
import { colour, onThemeChange } from "../page/theme.ts";

type Point = readonly [x: number, y: number];

const SIDE = 20;
/** Half the pen's width, of the fitted digit's pixels. */
const PEN = 1.15;
/** How far an arrow moves, of the pad's side. */
const STEP = 1 / 40;

export class Pad {
  readonly #place: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #onChange: () => void;
  #strokes: Point[][] = [];
  #cursor: Point = [0.5, 0.2];
  /** The pen is down at the keyboard. */
  #down = false;

  /** The place holds a canvas, and takes the keyboard's focus. */
  constructor(place: HTMLElement, onChange: () => void) {
    this.#place = place;
    this.#canvas = place.querySelector("canvas") as HTMLCanvasElement;
    this.#onChange = onChange;
    place.tabIndex = 0;
    place.addEventListener("pointerdown", (event) => this.#begin(event));
    place.addEventListener("pointermove", (event) => this.#go(event));
    place.addEventListener("keydown", (event) => this.#key(event));
    for (const name of ["focus", "blur"]) place.addEventListener(name, () => this.#paint());
    place.addEventListener("blur", () => {
      this.#down = false;
    });
    new ResizeObserver(() => this.#paint()).observe(place);
    onThemeChange(() => this.#paint());
  }

  get empty(): boolean {
    return this.#strokes.length === 0;
  }

  clear(): void {
    this.#strokes = [];
    this.#down = false;
    this.#changed();
  }

  #pointAt({ clientX, clientY }: PointerEvent): Point {
    const { left, top, width, height } = this.#place.getBoundingClientRect();
    return [(clientX - left) / width, (clientY - top) / height];
  }

  #begin(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#place.setPointerCapture(event.pointerId);
    this.#strokes.push([this.#pointAt(event)]);
    this.#changed();
  }

  #go(event: PointerEvent): void {
    if (!this.#place.hasPointerCapture(event.pointerId)) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) this.#strokes.at(-1)?.push(this.#pointAt(each));
    this.#changed();
  }

  #key(event: KeyboardEvent): void {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (move !== undefined) {
      const [x, y] = this.#cursor;
      const next = (at: number, by: number): number => Math.min(Math.max(at + by * STEP, 0), 1);
      this.#cursor = [next(x, move[0] as number), next(y, move[1] as number)];
      if (this.#down) this.#strokes.at(-1)?.push(this.#cursor);
    } else if (event.key === " ") {
      this.#down = !this.#down;
      if (this.#down) this.#strokes.push([this.#cursor]);
      announce(this.#down ? "Pen down" : "Pen up");
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.clear();
      announce("Drawing cleared");
    } else return;
    event.preventDefault();
    this.#changed();
  }

  #changed(): void {
    this.#paint();
    this.#onChange();
  }

  #paint(): void {
    const { clientWidth: side } = this.#place;
    const context = this.#canvas.getContext("2d");
    if (side === 0 || context === null) return;
    const scale = devicePixelRatio;
    const pixels = Math.round(side * scale);
    if (this.#canvas.width !== pixels) Object.assign(this.#canvas, { width: pixels, height: pixels });
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, side, side);
    trace(context, this.#strokes, side, 0, 0, side / 13, colour("ink"));
    if (document.activeElement !== this.#place || !this.#place.matches(":focus-visible")) return;
    const [x, y] = this.#cursor;
    context.strokeStyle = colour("blue");
    context.lineWidth = this.#down ? 3 : 1.5;
    context.beginPath();
    context.arc(x * side, y * side, 9, 0, 7);
    context.stroke();
  }

  /** The drawing as 28 × 28 pixels, 255 ink. */
  pixels(): Uint8Array {
    const points = this.#strokes.flat();
    const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const extent = Math.max(right - left, bottom - top, 0.1);
    const scale = (SIDE - 2 * PEN) / extent;
    const canvas = Object.assign(document.createElement("canvas"), { width: SIZE, height: SIZE });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (points.length === 0 || context === null) return new Uint8Array(SIZE * SIZE);
    const [x0, y0] = [SIZE / 2 - (scale * (left + right)) / 2, SIZE / 2 - (scale * (top + bottom)) / 2];
    trace(context, this.#strokes, scale, x0, y0, 2 * PEN, "#000");
    const { data } = context.getImageData(0, 0, SIZE, SIZE);
    return Uint8Array.from({ length: SIZE * SIZE }, (_, i) => data[4 * i + 3] as number);
  }
}

function trace(
  context: CanvasRenderingContext2D,
  strokes: readonly (readonly Point[])[],
  scale: number,
  x0: number,
  y0: number,
  width: number,
  ink: string,
): void {
  Object.assign(context, { strokeStyle: ink, lineWidth: width, lineCap: "round", lineJoin: "round" });
  for (const stroke of strokes) {
    const [first] = stroke;
    if (first === undefined) continue;
    context.beginPath();
    context.moveTo(x0 + scale * first[0], y0 + scale * first[1]);
    // A stroke of one point is a dot.
    for (const [x, y] of stroke.length > 1 ? stroke : [first]) context.lineTo(x0 + scale * x, y0 + scale * y);
    context.stroke();
  }
}
