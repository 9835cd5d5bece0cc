/**
 * A layered drawing of a graph, top to bottom (after Sugiyama, Tagawa and Toda 1981).
 *
 *     1. layers     a node lies one below the lowest that it reads; what depends on no input lies just above its reader
 *     2. bends      an edge over several layers gets a place in each; edges of one source share them
 *     3. order      each layer by the mean place of its neighbours, downwards and upwards in turn
 *     4. places     as near to the mean of the neighbours as the order and the widths allow: least squares, solved
 *                   exactly by pooling adjacent violators
 *
 * Large graphs take a while, so the page gets turns in between.
 */
import { pause } from "../page/pause.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export type Edge = readonly [from: number, to: number];
export type Point = readonly [x: number, y: number];

export interface Layout extends Size {
  /** Middle of each node. */
  readonly centres: readonly Point[];
  /** Points of each edge, from the bottom of one node to the top of another. */
  readonly routes: readonly (readonly Point[])[];
  /** Numbers of the nodes of each layer, from left to right. */
  readonly layers: readonly (readonly number[])[];
}

/** Between neighbours, and between layers. */
const GAP = { x: 24, y: 36 };
const MARGIN = 16;
const SWEEPS = 6;
/** How much a node that reads nothing draws its reader aside, compared with others: the main way stays straight. */
const ASIDE = 0.02;
/** Width that a bend takes. */
const BEND = 4;

/** Places nodes, which are given in an order in which edges lead forward; the first of them are inputs. */
export async function layOut(
  sizes: readonly Size[],
  edges: readonly Edge[],
  inputs: number,
  signal?: AbortSignal,
): Promise<Layout> {
  const layerOf = layersOf(sizes.length, edges, inputs);
  await pause(signal);
  const graph = withBends(sizes, edges, layerOf);
  await pause(signal);
  await order(graph, signal);
  const xs = await place(graph, signal);
  const { layers, chains } = graph;
  const heights = layers.map((layer) => Math.max(0, ...layer.map((v) => sizes[v]?.height ?? 0)));
  const ys: number[] = [];
  let y = MARGIN;
  for (const height of heights) {
    ys.push(y + height / 2);
    y += height + GAP.y;
  }
  const half = (v: number): number => (graph.widths[v] as number) / 2;
  const left = xs.reduce((least, x, v) => Math.min(least, x - half(v)), 0) - MARGIN;
  const right = xs.reduce((most, x, v) => Math.max(most, x + half(v)), 0) + MARGIN;
  const at = (v: number): Point => [(xs[v] as number) - left, ys[graph.layer[v] as number] as number];
  const routes = edges.map(([from, to]): Point[] => {
    const [start, end] = [at(from), at(to)];
    const up = (v: number): number => (sizes[v] as Size).height / 2;
    const bends = (chains[from] ?? []).slice(0, (layerOf[to] as number) - (layerOf[from] as number) - 1);
    return [[start[0], start[1] + up(from)], ...bends.map(at), [end[0], end[1] - up(to)]];
  });
  return {
    width: sizes.length === 0 ? 0 : right - left,
    height: y - GAP.y + MARGIN,
    centres: sizes.map((_, v) => at(v)),
    routes,
    layers: layers.map((layer) => layer.filter((v) => v < sizes.length)),
  };
}

function layersOf(count: number, edges: readonly Edge[], inputs: number): number[] {
  const layer = new Array<number>(count).fill(0);
  const below: number[][] = layer.map(() => []);
  for (const [from, to] of edges) below[from]?.push(to);
  const fed = layer.map((_, v) => v < inputs);
  for (const [v, readers] of below.entries()) {
    for (const to of readers) {
      layer[to] = Math.max(layer[to] as number, (layer[v] as number) + 1);
      if (fed[v]) fed[to] = true;
    }
  }
  const reads = new Set(edges.map(([, to]) => to));
  for (let v = count - 1; v >= 0; v--) {
    const readers = (below[v] as number[]).map((to) => layer[to] as number);
    if (readers.length > 0 && (!fed[v] || !reads.has(v))) layer[v] = Math.min(...readers) - 1;
  }
  return layer;
}

interface Bent {
  /** Nodes, then bends: layer, width, neighbours above and below. */
  readonly layer: number[];
  readonly widths: number[];
  readonly above: number[][];
  readonly below: number[][];
  readonly layers: number[][];
  /** The bends of each node's edges, from its layer downwards. */
  readonly chains: number[][];
}

function withBends(sizes: readonly Size[], edges: readonly Edge[], layerOf: readonly number[]): Bent {
  const layer = [...layerOf];
  const widths = sizes.map(({ width }) => width);
  const above: number[][] = sizes.map(() => []);
  const below: number[][] = sizes.map(() => []);
  const chains: number[][] = sizes.map(() => []);
  const link = (a: number, b: number): void => {
    below[a]?.push(b);
    above[b]?.push(a);
  };
  for (const [from, to] of edges) {
    const chain = chains[from] as number[];
    let last = from;
    for (let l = (layerOf[from] as number) + 1, i = 0; l < (layerOf[to] as number); l++, i++) {
      let bend = chain[i];
      if (bend === undefined) {
        bend = layer.push(l) - 1;
        widths.push(BEND);
        above.push([]);
        below.push([]);
        chain.push(bend);
        link(last, bend);
      }
      last = bend;
    }
    link(last, to);
  }
  const layers: number[][] = Array.from({ length: Math.max(0, ...layer) + 1 }, () => []);
  for (const [v, l] of layer.entries()) layers[l]?.push(v);
  return { layer, widths, above, below, layers, chains };
}

/** Sorts layers so that few edges cross. */
async function order({ layers, above, below, layer }: Bent, signal?: AbortSignal): Promise<void> {
  const position = new Array<number>(layer.length).fill(0);
  const number = (nodes: readonly number[]): void => {
    nodes.forEach((v, i) => {
      position[v] = i;
    });
  };
  layers.forEach(number);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0;
    for (const nodes of down ? layers : [...layers].reverse()) {
      const wanted = new Map(
        nodes.map((v) => [v, mean((down ? above : below)[v] as number[], position, position[v] as number)]),
      );
      nodes.sort((a, b) => (wanted.get(a) as number) - (wanted.get(b) as number));
      number(nodes);
      await pause(signal);
    }
  }
}

async function place({ layers, above, below, widths }: Bent, signal?: AbortSignal): Promise<number[]> {
  const xs = new Array<number>(widths.length).fill(0);
  for (const nodes of layers) fit(nodes, widths, xs, () => 0);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0;
    const last = sweep === SWEEPS - 1;
    for (const nodes of down ? layers : [...layers].reverse()) {
      fit(nodes, widths, xs, (v) => {
        const near = last
          ? [...(above[v] as number[]), ...(below[v] as number[])]
          : ((down ? above : below)[v] as number[]);
        return mean(near, xs, xs[v] as number, (u) => (above[u]?.length === 0 && near.length > 1 ? ASIDE : 1));
      });
      await pause(signal);
    }
  }
  return xs;
}

/** The places of a layer that are nearest to the wanted ones, in order and without overlaps. */
function fit(nodes: readonly number[], widths: readonly number[], xs: number[], wanted: (v: number) => number): void {
  // Less the widths before it, a node's place only has to be no smaller than its neighbour's.
  const offsets: number[] = [];
  let offset = 0;
  nodes.forEach((v, i) => {
    const before = nodes[i - 1];
    if (before !== undefined) offset += ((widths[before] as number) + (widths[v] as number)) / 2 + GAP.x;
    offsets.push(offset);
  });
  const blocks: { sum: number; count: number }[] = [];
  nodes.forEach((v, i) => {
    let block = { sum: wanted(v) - (offsets[i] as number), count: 1 };
    for (
      let last = blocks.at(-1);
      last !== undefined && last.sum / last.count > block.sum / block.count;
      last = blocks.at(-1)
    ) {
      block = { sum: block.sum + last.sum, count: block.count + last.count };
      blocks.pop();
    }
    blocks.push(block);
  });
  let i = 0;
  for (const { sum, count } of blocks) {
    for (let k = 0; k < count; k++, i++) xs[nodes[i] as number] = sum / count + (offsets[i] as number);
  }
}

/** The mean of what some nodes have, each by its weight; `otherwise` where there are none. */
function mean(
  nodes: readonly number[],
  values: readonly number[],
  otherwise: number,
  weight = (_: number): number => 1,
): number {
  let [sum, weights] = [0, 0];
  for (const v of nodes) {
    sum += weight(v) * (values[v] as number);
    weights += weight(v);
  }
  return weights === 0 ? otherwise : sum / weights;
}
