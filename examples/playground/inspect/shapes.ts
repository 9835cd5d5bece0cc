/** The shapes of the drawing: a box for a node, a path for an edge. */
import { make, makeSvg } from "../page/dom.ts";
import { sizes as sizeText } from "../page/words.ts";
import type { Point, Size } from "./layout.ts";
import type { Box } from "./model.ts";

const HEIGHT = 44;
const PADDING = 14;
const LEAST = 64;

/** What a box takes. */
export function sizeOf({ title, shape }: Box): Size {
  const widest = Math.max(textWidth(title, 13, 600), shape === null ? 0 : textWidth(sizeText(shape), 11, 400));
  return { width: Math.max(LEAST, widest + 2 * PADDING), height: HEIGHT };
}

/** A box with its title, and its shape below. */
export function boxShape({ title, shape, node }: Box, [x, y]: Point, { width, height }: Size): SVGGElement {
  const text = shape === null ? "" : sizeText(shape);
  const rx = node === null ? height / 2 : 6;
  return makeSvg(
    "g",
    { class: "box value", role: "option", "aria-selected": "false", transform: `translate(${x} ${y})` },
    makeSvg("rect", { x: -width / 2, y: -height / 2, width, height, rx }),
    makeSvg("text", { y: text === "" ? 5 : -2, class: "title" }, title),
    ...(text === "" ? [] : [" ", makeSvg("text", { y: 14, class: "shape" }, text)]),
  );
}

/** A path through points that leaves and enters each upright. */
export function edgeShape(points: readonly Point[]): SVGPathElement {
  const [first, ...rest] = points as readonly [Point, ...Point[]];
  let [x, y] = first;
  let path = `M${x} ${y}`;
  for (const [nx, ny] of rest) {
    const middle = (y + ny) / 2;
    path += `C${x} ${middle} ${nx} ${middle} ${nx} ${ny}`;
    [x, y] = [nx, ny];
  }
  return makeSvg("path", { d: path, class: "edge" });
}

const canvas = make("canvas").getContext("2d");

function textWidth(text: string, size: number, weight: number): number {
  if (canvas === null) return text.length * size * 0.6;
  canvas.font = `${weight} ${size}px system-ui, sans-serif`;
  return canvas.measureText(text).width;
}
