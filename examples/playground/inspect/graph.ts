/**
 * The drawing of a model: boxes and edges in SVG, which scrolls as everything else does. Dragging moves it, two fingers or
 * the buttons zoom. By keyboard it is a list of nodes: up and down follow edges, left and right go along a layer.
 */
import { make, makeSvg } from "../page/dom.ts";
import { sizes as sizeText } from "../page/words.ts";
import { type Layout, layOut, type Point, type Size } from "./layout.ts";
import { type Graph, type Kind, kinds } from "./model.ts";

const HEIGHT = 44;
const PADDING = 14;
const ZOOM = { least: 0.1, most: 2, step: 1.25 };

export class GraphView {
  readonly #place: HTMLElement;
  readonly #onSelect: (box: number) => void;
  #graph: Graph | null = null;
  #layout: Layout | null = null;
  #svg: SVGSVGElement | null = null;
  #boxes: SVGGElement[] = [];
  #paths: SVGPathElement[] = [];
  #zoom = 1;
  #selected = -1;

  /** `place` scrolls; `onSelect` hears of the box that was chosen. */
  constructor(place: HTMLElement, onSelect: (box: number) => void) {
    this.#place = place;
    this.#onSelect = onSelect;
    place.tabIndex = 0;
    place.addEventListener("keydown", (event) => this.#key(event));
    place.addEventListener("focus", () => {
      if (this.#selected < 0 && this.#boxes.length > 0) this.select(0);
    });
    place.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        this.zoomTo(this.#zoom * Math.exp(-event.deltaY / 200));
      },
      { passive: false },
    );
    dragScrolls(place);
    pinches(place, (ratio) => this.zoomTo(this.#zoom * ratio));
  }

  show(graph: Graph): void {
    const sizes = graph.boxes.map(({ title, shape }): Size => {
      const widest = Math.max(textWidth(title, 13, 600), shape === null ? 0 : textWidth(sizeText(shape), 11, 400));
      return { width: Math.max(64, widest + 2 * PADDING), height: HEIGHT };
    });
    const layout = layOut(sizes, graph.edges);
    this.#graph = graph;
    this.#layout = layout;
    this.#selected = -1;
    this.#paths = layout.routes.map((route) => makeSvg("path", { d: curve(route), class: "edge" }));
    this.#boxes = graph.boxes.map((box, i) => {
      const [x, y] = layout.centres[i] as Point;
      const { width } = sizes[i] as Size;
      const shape = box.shape === null ? "" : sizeText(box.shape);
      const g = makeSvg("g", {
        id: `box-${i}`,
        class: "box value",
        role: "option",
        "aria-selected": "false",
        transform: `translate(${x} ${y})`,
      });
      g.append(
        makeSvg("rect", {
          x: -width / 2,
          y: -HEIGHT / 2,
          width,
          height: HEIGHT,
          rx: box.node === null ? HEIGHT / 2 : 6,
        }),
        makeSvg("text", { y: shape === "" ? 5 : -2, class: "title" }, box.title),
        ...(shape === "" ? [] : [" ", makeSvg("text", { y: 14, class: "shape" }, shape)]),
      );
      g.addEventListener("click", () => this.select(i));
      return g;
    });
    const { width, height } = layout;
    this.#svg = makeSvg("svg", { viewBox: `0 0 ${width} ${height}`, role: "none" }, ...this.#paths, ...this.#boxes);
    this.#place.replaceChildren(this.#svg);
    this.paint(
      graph.boxes.map(() => "value"),
      graph.boxes.map(() => ""),
    );
    this.fit();
  }

  /** Colours boxes by what became of them, and names them for those who cannot see. */
  paint(boxKinds: readonly Kind[], fates: readonly string[]): void {
    this.#boxes.forEach((g, i) => {
      const kind = boxKinds[i] ?? "value";
      g.setAttribute("class", `box ${kind}`);
      const { title = "", shape = null } = this.#graph?.boxes[i] ?? {};
      const name = shape === null ? title : `${title} ${sizeText(shape)}`;
      const fate = fates[i] || kinds[kind];
      g.setAttribute("aria-label", `${name}, ${fate}`);
      g.querySelector("rect")?.replaceChildren(makeSvg("title", {}, `${name}\n${fate}`));
    });
    this.#mark();
  }

  /** Marks boxes that belong together, such as those of one kernel. */
  highlight(boxes: ReadonlySet<number>): void {
    this.#boxes.forEach((g, i) => {
      g.classList.toggle("together", boxes.has(i));
    });
  }

  select(box: number): void {
    this.#selected = box;
    this.#mark();
    const g = this.#boxes[box];
    const centre = this.#layout?.centres[box];
    if (g === undefined || centre === undefined) return;
    this.#place.setAttribute("aria-activedescendant", g.id);
    const { clientWidth: w, clientHeight: h, scrollLeft, scrollTop } = this.#place;
    const [x, y] = [centre[0] * this.#zoom, centre[1] * this.#zoom];
    const inside = x > scrollLeft + 40 && x < scrollLeft + w - 40 && y > scrollTop + 30 && y < scrollTop + h - 30;
    if (!inside) this.#place.scrollTo({ left: x - w / 2, top: y - h / 2 });
    this.#onSelect(box);
  }

  /** The whole width, if it can be read then; the top of the drawing. */
  fit(): void {
    const { width = 1 } = this.#layout ?? {};
    this.zoomTo(Math.min(1, Math.max(this.#place.clientWidth / width, 0.45)));
    this.#place.scrollTo({ left: (width * this.#zoom - this.#place.clientWidth) / 2, top: 0 });
  }

  zoomIn(): void {
    this.zoomTo(this.#zoom * ZOOM.step);
  }

  zoomOut(): void {
    this.zoomTo(this.#zoom / ZOOM.step);
  }

  /** Zooms about the middle of what is seen. */
  zoomTo(zoom: number): void {
    if (this.#layout === null || this.#svg === null) return;
    const place = this.#place;
    const next = Math.min(Math.max(zoom, ZOOM.least), ZOOM.most);
    const [x, y] = [place.scrollLeft + place.clientWidth / 2, place.scrollTop + place.clientHeight / 2];
    const ratio = next / this.#zoom;
    this.#zoom = next;
    this.#svg.setAttribute("width", String(this.#layout.width * next));
    this.#svg.setAttribute("height", String(this.#layout.height * next));
    place.scrollTo({ left: x * ratio - place.clientWidth / 2, top: y * ratio - place.clientHeight / 2 });
  }

  #mark(): void {
    this.#boxes.forEach((g, i) => {
      g.setAttribute("aria-selected", String(i === this.#selected));
    });
    this.#graph?.edges.forEach(([from, to], i) => {
      this.#paths[i]?.classList.toggle("near", from === this.#selected || to === this.#selected);
    });
  }

  #key(event: KeyboardEvent): void {
    const act = {
      "+": () => this.zoomIn(),
      "=": () => this.zoomIn(),
      "-": () => this.zoomOut(),
      "0": () => this.fit(),
    }[event.key];
    const next = act === undefined ? this.#neighbour(event.key) : undefined;
    if (act === undefined && next === undefined) return;
    event.preventDefault();
    act?.();
    if (next !== undefined) this.select(next);
  }

  #neighbour(key: string): number | undefined {
    const { edges = [] } = this.#graph ?? {};
    const at = this.#selected;
    if (key === "Home") return 0;
    if (key === "End") return this.#boxes.length - 1;
    if (key === "ArrowDown") return edges.find(([from]) => from === at)?.[1];
    if (key === "ArrowUp") return edges.find(([, to]) => to === at)?.[0];
    const layer = this.#layout?.layers.find((nodes) => nodes.includes(at));
    if (key === "ArrowRight") return layer?.[layer.indexOf(at) + 1];
    return key === "ArrowLeft" ? layer?.[layer.indexOf(at) - 1] : undefined;
  }
}

const canvas = make("canvas").getContext("2d");

function textWidth(text: string, size: number, weight: number): number {
  if (canvas === null) return text.length * size * 0.6;
  canvas.font = `${weight} ${size}px system-ui, sans-serif`;
  return canvas.measureText(text).width;
}

/** A path through points that leaves and enters each upright. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points as readonly [Point, ...Point[]];
  let [x, y] = first;
  let path = `M${x} ${y}`;
  for (const [nx, ny] of rest) {
    const middle = (y + ny) / 2;
    path += `C${x} ${middle} ${nx} ${middle} ${nx} ${ny}`;
    [x, y] = [nx, ny];
  }
  return path;
}

/** The mouse drags what touch scrolls by itself. */
function dragScrolls(place: HTMLElement): void {
  let from: readonly [number, number] | null = null;
  place.addEventListener("pointerdown", ({ pointerType, button, clientX, clientY }) => {
    if (pointerType === "mouse" && button === 0) from = [clientX + place.scrollLeft, clientY + place.scrollTop];
  });
  addEventListener("pointermove", ({ clientX, clientY }) => {
    if (from !== null) place.scrollTo(from[0] - clientX, from[1] - clientY);
  });
  addEventListener("pointerup", () => {
    from = null;
  });
}

/** Calls back with how much further apart two fingers are than they were. */
function pinches(place: HTMLElement, zoom: (ratio: number) => void): void {
  let before = 0;
  const distance = ({ touches: [a, b] }: TouchEvent): number =>
    a === undefined || b === undefined ? 0 : Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  place.addEventListener("touchstart", (event) => {
    before = distance(event);
  });
  place.addEventListener(
    "touchmove",
    (event) => {
      const now = distance(event);
      if (now === 0 || before === 0) return;
      event.preventDefault();
      zoom(now / before);
      before = now;
    },
    { passive: false },
  );
}
