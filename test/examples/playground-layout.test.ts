/** The layered drawing of a graph: nothing overlaps, edges lead down, chains are straight. */
import { expect, test } from "vitest";
import { type Edge, layOut, type Size } from "../../examples/playground/inspect/layout.ts";
import { Generator, rand } from "../../ts/index.ts";

const size: Size = { width: 80, height: 40 };

test("a chain is a straight line, beside what it skips and what feeds it", async () => {
  //   0 ─ 1 ─ 3 ─ 4 ─ 5       5 reads 0 as well; 2 reads nothing and feeds 4
  const edges: Edge[] = [
    [0, 1],
    [1, 3],
    [3, 4],
    [2, 4],
    [4, 5],
    [0, 5],
  ];
  const { centres, routes, layers } = await layOut(Array(6).fill(size), edges, 1);
  const x = (v: number): number => centres[v]?.[0] ?? Number.NaN;
  expect(Math.abs(x(1) - x(3))).toBeLessThan(2);
  expect(layers).toEqual([[0], [1], [2, 3].sort((a, b) => x(a) - x(b)), [4], [5]]);
  expect(routes[5]).toHaveLength(5);
});

test("random graphs: edges lead down, boxes keep their distance and stay inside", async () => {
  const count = 120;
  const numbers = await rand([count * 2], { key: new Generator(3).next() }).data();
  const edges = Array.from({ length: count * 2 }, (_, i): Edge => {
    const to = 1 + (Math.floor(i / 2) % (count - 1));
    return [Math.floor(Number(numbers[i]) * to), to];
  });
  const { centres, routes, layers, width, height } = await layOut(Array(count).fill(size), edges, 1);
  for (const layer of layers) {
    const xs = layer.map((v) => centres[v]?.[0] as number).sort((a, b) => a - b);
    for (let i = 1; i < xs.length; i++) expect((xs[i] as number) - (xs[i - 1] as number)).toBeGreaterThan(size.width);
  }
  expect(layers.flat().sort((a, b) => a - b)).toEqual(centres.map((_, v) => v));
  for (const route of routes) {
    for (let i = 1; i < route.length; i++) expect(route[i]?.[1]).toBeGreaterThan(route[i - 1]?.[1] as number);
  }
  for (const [x, y] of centres) {
    expect(x).toBeGreaterThanOrEqual(size.width / 2);
    expect(x).toBeLessThanOrEqual(width - size.width / 2);
    expect(y).toBeLessThanOrEqual(height - size.height / 2);
  }
});
