/**
 * The drawing of a model: boxes and edges in SVG, which scrolls as everything else does. Dragging moves it, two fingers or
 * the buttons zoom. By keyboard it is a list of nodes: up and down follow edges, left and right go along a layer.
 */
import { makeSvg } from "../page/dom.ts";
import { drawn, pause } from "../page/pause.ts";
import { sizes as sizeText } from "../page/words.ts";
import { dragScrolls, pinches } from "./gestures.ts";
import { type Layout, layOut, type Point, type Size } from "./layout.ts";
import { type Graph, type Kind, kinds } from "./model.ts";
import { boxShape, edgeShape, sizeOf } from "./shapes.ts";

/** Shapes that are added or coloured between two frames. */
const PIECE = 48;
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

  async show(graph: Graph, signal: AbortSignal): Promise<void> {
    const sizes: Size[] = [];
    for (const box of graph.boxes) {
      sizes.push(sizeOf(box));
      await pause(signal);
    }
    const layout = await layOut(sizes, graph.edges, graph.firstNode, signal);
    const { width, height } = layout;
    const [edges, nodes] = [makeSvg("g"), makeSvg("g")];
    this.#svg = makeSvg("svg", { viewBox: `0 0 ${width} ${height}`, role: "none" }, edges, nodes);
    this.#graph = graph;
    this.#layout = layout;
    this.#selected = -1;
    this.#paths = [];
    this.#boxes = [];
    this.#place.removeAttribute("aria-activedescendant");
    this.#place.replaceChildren(this.#svg);
    this.fit();
    for (const [i, box] of graph.boxes.entries()) {
      const g = boxShape(box, layout.centres[i] as Point, sizes[i] as Size);
      g.id = `box-${i}`;
      g.addEventListener("click", () => this.select(i));
      this.#boxes.push(g);
      nodes.append(g);
      if (i % PIECE === PIECE - 1) await drawn(signal);
    }
    for (const [i, route] of layout.routes.entries()) {
      const path = edgeShape(route);
      this.#paths.push(path);
      edges.append(path);
      if (i % PIECE === PIECE - 1) await drawn(signal);
    }
  }

  /** Colours boxes by what became of them, and names them for those who cannot see. */
  async paint(boxKinds: readonly Kind[], fates: readonly string[]): Promise<void> {
    const boxes = this.#boxes;
    for (const [i, g] of boxes.entries()) {
      const kind = boxKinds[i] ?? "value";
      g.setAttribute("class", `box ${kind}`);
      const { title = "", shape = null } = this.#graph?.boxes[i] ?? {};
      const name = shape === null ? title : `${title} ${sizeText(shape)}`;
      const fate = fates[i] || kinds[kind];
      g.setAttribute("aria-label", `${name}, ${fate}`);
      g.querySelector("rect")?.replaceChildren(makeSvg("title", {}, `${name}\n${fate}`));
      if (i % PIECE === PIECE - 1) await drawn();
      if (boxes !== this.#boxes) return; // Another graph has come.
    }
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

  /** The whole width, if it can be read then; the first input at the top. */
  fit(): void {
    const { width = 1, centres = [] } = this.#layout ?? {};
    this.zoomTo(Math.min(1, Math.max(this.#place.clientWidth / width, 0.45)));
    const [x] = centres[0] ?? [width / 2];
    this.#place.scrollTo({ left: x * this.#zoom - this.#place.clientWidth / 2, top: 0 });
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
