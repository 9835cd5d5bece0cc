/** What a model answers: classes with their probabilities, a picture, or the values themselves. */
import { type Tensor, UnsupportedError } from "hebb";
import type { Result } from "hebb/onnx";
import { fromTensor, type Picture, probabilities, topK } from "hebb/vision";
import { make } from "../page/dom.ts";
import { percent, sizes } from "../page/words.ts";

export const ways = { classes: "classes", picture: "a picture", values: "values" } as const;
export type Way = keyof typeof ways;

const TOP = 5;
/** Values that are listed. */
const LISTED = 24;

const isTensor = (result: Result): result is Tensor => typeof (result as Tensor | null)?.dtype === "string";

/** Ways that an output can be shown, the likeliest first. */
export function waysOf(result: Result): Way[] {
  if (!isTensor(result)) return ["values"];
  const { shape, size } = result;
  const found: Way[] = [];
  const classes = shape.length === 1 ? shape[0] : shape[1];
  if (size >= 2 && size === classes && shape.length !== 3) found.push("classes");
  const [rows = 0, columns = 0] = shape.slice(-2);
  const [depth = 1] = shape.slice(-3, -2);
  const alone = shape.slice(0, -3).every((length) => length === 1);
  if (alone && rows >= 8 && columns >= 8 && [1, 3, 4].includes(shape.length > 2 ? depth : 1)) found.unshift("picture");
  return [...found, "values"];
}

/** An output as elements of the page. */
export async function showOutput(result: Result, way: Way, labels: readonly string[]): Promise<HTMLElement> {
  if (!isTensor(result)) return make("pre", {}, describe(result));
  if (way === "picture") return picture(result);
  const values = Array.from(await result.data(), Number);
  return way === "classes" ? classes(values, labels) : table(result, values);
}

function classes(values: readonly number[], labels: readonly string[]): HTMLElement {
  // What adds up to 1 are probabilities already.
  const sum = values.reduce((a, b) => a + b, 0);
  const ready = values.every((value) => value >= 0) && Math.abs(sum - 1) < 0.01;
  const ranked = topK(ready ? values : probabilities(values), TOP, labels);
  const rows = ranked.map(({ index, score, label }, i) => {
    const fill = make("span", { class: "fill" });
    fill.style.transform = `scaleX(${score})`;
    const name = make("span", { class: "name" }, label ?? `class ${index}`);
    return make(
      "li",
      i === 0 ? { class: "best" } : {},
      name,
      make("span", { class: "track" }, fill),
      make("span", { class: "value" }, percent(score)),
    );
  });
  return make("ol", { class: "bars classes" }, ...rows);
}

async function picture(result: Tensor): Promise<HTMLElement> {
  const values = Array.from(await result.data(), Number);
  const [low, high] = values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]);
  // Values from 0 to 1, from 0 to 255, or of a range of their own.
  const scale = low >= 0 && high <= 1 ? 255 : low >= 0 && high > 1 && high <= 256 ? 1 : 255 / (high - low || 1);
  const offset = low >= 0 && high <= 256 ? 0 : -low * scale;
  const canvas = make("canvas", { role: "img", "aria-label": `The output as a picture, ${sizes(result.shape)}` });
  paintPicture(canvas, await fromTensor(result, { scale, offset }));
  return canvas;
}

/** Paints a picture at its own size. */
export function paintPicture(canvas: HTMLCanvasElement, { width, height, channels, data }: Picture): void {
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = data[i * channels + (channels < 3 ? 0 : c)] as number;
    image.data[4 * i + 3] = 255;
  }
  Object.assign(canvas, { width, height });
  canvas.classList.toggle("small", width < 100);
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}

function table({ dtype, shape }: Tensor, values: readonly number[]): HTMLElement {
  const [low, high, sum] = values.reduce(
    ([a, b, total], value) => [Math.min(a, value), Math.max(b, value), total + value],
    [Infinity, -Infinity, 0],
  );
  const digits = (value: number): string => String(Number(value.toPrecision(4)));
  const summary = `${dtype} ${sizes(shape)}. ${values.length === 0 ? "Empty." : `From ${digits(low)} to ${digits(high)}, mean ${digits(sum / values.length)}.`}`;
  const listed = values.slice(0, LISTED).map(digits).join("  ");
  return make(
    "div",
    {},
    make("p", { class: "note" }, summary),
    make("pre", {}, `${listed}${values.length > LISTED ? "  …" : ""}`),
  );
}

function describe(result: Result): string {
  if (result === null) return "nothing";
  if (isTensor(result)) return `${result.dtype} ${sizes(result.shape)}`;
  if (Array.isArray(result)) return result.map(describe).join("\n");
  if (result instanceof Map)
    return [...result]
      .slice(0, LISTED)
      .map(([key, value]) => `${key}: ${value}`)
      .join("\n");
  if ("data" in result) return result.data.slice(0, LISTED).join("\n");
  throw new UnsupportedError("playground: cannot show an output: it is of no kind that is known");
}
