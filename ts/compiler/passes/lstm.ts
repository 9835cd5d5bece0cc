/**
 * Recognises LSTM cells written as primitive ops, where steps follow each other:
 *
 *   g  = x W + h R + b            any sum with a product of h, or of x and h side by side
 *   c' = σ(g_f) c + σ(g_i) tanh(g_c)
 *   h' = σ(g_o) tanh(c')          quarters of g in any order
 *
 * Steps that hand on h and c with the same R become one kernel, and their products of x by the same weights one product. A
 * single step stays as it is: two products and one map are what the kernel would do.
 */
import { sizeOf } from "../../core/shape.ts";
import { type Node, topological } from "../../graph/node.ts";
import { expand } from "../../ops/broadcast.ts";
import { add } from "../../ops/elementwise.ts";
import { matmul, transpose } from "../../ops/matmul.ts";
import { concat, reshape, slice } from "../../ops/movement.ts";
import { recurrentSteps } from "../../ops/recurrent.ts";
import { isConstant } from "./constant.ts";
import { type Cell, cellOf, isProduct, type Product, type Term, termsOf, unshaped } from "./lstm-cell.ts";
import { standFor } from "./origins.ts";
import { rewrite } from "./rewrite.ts";

export function recogniseLstm(roots: readonly Node[]): Node[] {
  let nodes = [...roots];
  // What a layer reads may be another layer: one at a time, the lowest first.
  for (let places = nextChain(nodes); places !== null; places = nextChain(nodes)) {
    const found = places;
    nodes = rewrite(
      nodes,
      (node) => node,
      (node) => found.get(node),
    );
  }
  return nodes;
}

/** A cell, what its h is if it is not 0, and what its gates are the sum of besides h R. */
interface Step {
  readonly cell: Cell;
  readonly h: Node | null;
  readonly terms: readonly Term[];
}

const same = (a: Product, b: Product): boolean => a.weight === b.weight && a.start === b.start;

/** What stands in the place of the states of the lowest chain of steps; null where there is none. */
function nextChain(roots: readonly Node[]): Map<Node, Node> | null {
  const order = topological(roots);
  const chains = chainsOf(order.flatMap((node) => cellOf(node) ?? []));
  if (chains.length === 0) return null;
  const readers = readersOf(order, roots);
  for (const { cells, recurrent } of chains) {
    const places = replace(cells, recurrent, readers);
    if (places !== null) return places;
  }
  return null;
}

/** Cells of which each starts from the states of the one before, and the product that they make of h. */
interface Chain {
  readonly cells: readonly Cell[];
  readonly recurrent: Product;
}

/** Chains by where they end; cells come in topological order. */
function chainsOf(cells: readonly Cell[]): Chain[] {
  const byState = new Map(cells.map((cell) => [cell.c, cell]));
  const taken = new Set<Cell>();
  const chains = cells.toReversed().flatMap((last): Chain | [] => {
    if (taken.has(last)) return [];
    const chain = [last];
    let recurrent: Product | null = null;
    for (let at = byState.get(last.before); at !== undefined; at = byState.get(at.before)) {
      const product = productOf(chain[0] as Cell, at.h);
      if (product === null || (recurrent !== null && !same(product, recurrent))) break;
      recurrent = product;
      chain.unshift(at);
    }
    for (const cell of chain) taken.add(cell);
    return recurrent === null ? [] : { cells: chain, recurrent };
  });
  return chains.reverse();
}

/** What reads each node; roots are read by nobody known. */
function readersOf(order: readonly Node[], roots: readonly Node[]): Map<Node, (Node | null)[]> {
  const readers = new Map<Node, (Node | null)[]>(order.map((node) => [node, []]));
  for (const node of order) if (node.source === null) for (const input of node.inputs) readers.get(input)?.push(node);
  for (const root of roots) readers.get(root)?.push(null);
  return readers;
}

/** The product that a cell makes of h. */
function productOf(cell: Cell, h: Node): Product | null {
  const products = termsOf(cell.sum).terms.filter(isProduct);
  return products.find(({ x, weight }) => unshaped(x) === h && isConstant(weight)) ?? null;
}

function replace(
  chain: readonly Cell[],
  recurrent: Product,
  readers: ReadonlyMap<Node, readonly (Node | null)[]>,
): Map<Node, Node> | null {
  const [first, last] = [chain[0] as Cell, chain.at(-1) as Cell];
  const sums = chain.map(({ sum }) => termsOf(sum));
  const inside = new Set(chain.flatMap(({ nodes }, t) => [...nodes, ...(sums[t]?.nodes ?? [])]));
  const states = new Set([...chain.map(({ h }) => h), last.c]);
  const leaks = [...inside].some(
    (node) => !states.has(node) && readers.get(node)?.some((by) => by === null || !inside.has(by)),
  );
  if (leaks || chain.some(({ order }) => order.join() !== first.order.join())) return null;

  const steps = chain.map((cell, t): Step => {
    const { terms } = sums[t] as (typeof sums)[number];
    const own = terms.find((term) => isProduct(term) && same(term, recurrent)) as Product | undefined;
    return { cell, h: own?.x ?? null, terms: terms.filter((term) => term !== own) };
  });
  const units = last.h.shape.at(-1) as number;
  const rows = sizeOf(last.h.shape) / units;
  const quarters = (x: Node): Node => inOrder(x, first.order, units);
  const given = stack(steps, rows, quarters);
  if (given === null || topological([given]).some((node) => inside.has(node))) return null; // x comes from h.

  const state = (node: Node): Node => reshape(node, [1, rows, units]);
  const { weight, start } = recurrent;
  const r = reshape(transpose(quarters(slice(weight, [start, 0], [units, 4 * units]))), [1, 4 * units, units]);
  const before = { h: steps[0]?.h ? state(steps[0].h) : undefined, c: state(first.before) };
  const results = recurrentSteps(
    "lstm",
    given,
    { r, ...before },
    {
      direction: "forward",
      activations: ["sigmoid", "tanh", "tanh"].map((name) => ({ name, alpha: 0, beta: 0 })),
      clip: 0,
      variant: false,
    },
  );
  const places = new Map<Node, Node>();
  for (const [t, { h }] of chain.entries())
    places.set(h, reshape(slice(results.y, [t, 0, 0, 0], [1, 1, rows, units]), h.shape));
  places.set(last.c, reshape(results.c as Node, last.c.shape));
  for (const place of places.values()) standFor(place, [...inside]);
  return places;
}

/** Quarters of the last axis as the kernel has them: input, output, forget, cell. */
function inOrder(x: Node, order: readonly number[], units: number): Node {
  if (order.every((quarter, i) => quarter === i)) return x;
  const [last, front] = [x.shape.length - 1, x.shape.slice(0, -1)];
  const parts = order.map((quarter) => slice(x, [...front.map(() => 0), quarter * units], [...front, units]));
  return concat(parts, last);
}

/** All that the steps' gates are given besides h R, as [steps, rows, 4 units]; null where steps are made of different things. */
function stack(steps: readonly Step[], rows: number, quarters: (x: Node) => Node): Node | null {
  const [first] = steps as [Step];
  const t = steps.length;
  let total: Node | null = null;
  for (const [k, term] of first.terms.entries()) {
    const all = steps.map(({ terms }) => terms[k]);
    let part: Node;
    if (isProduct(term)) {
      if (!all.every((other) => other !== undefined && isProduct(other) && same(other, term))) return null;
      const x = inARow(
        all.map((other) => (other as Product).x),
        rows,
      );
      const { weight, start } = term;
      const width = x.shape[1] as number;
      const product = matmul(x, quarters(slice(weight, [start, 0], [width, weight.shape[1] as number])));
      part = reshape(product, [t, rows, product.shape[1] as number]);
    } else if (all.every((other) => other === term)) {
      part = expand(quarters(reshape(term, [1, rows, term.shape.at(-1) as number])), [
        t,
        rows,
        term.shape.at(-1) as number,
      ]);
    } else return null;
    total = total === null ? part : add(total, part);
  }
  return steps.every(({ terms }) => terms.length === first.terms.length) ? total : null;
}

/** Matrices of so many rows below each other; the slices of one tensor, in order, are that tensor. */
function inARow(xs: readonly Node[], rows: number): Node {
  const width = (xs[0] as Node).shape.at(-1) as number;
  const parts = xs.map(unshaped);
  const base = parts[0]?.inputs[0];
  const whole =
    base !== undefined &&
    sizeOf(base.shape) === xs.length * rows * width &&
    base.shape[0] === xs.length &&
    parts.every(
      ({ source, op, inputs, attrs }, t) =>
        source === null &&
        op.name === "slice" &&
        inputs[0] === base &&
        (attrs["starts"] as readonly number[]).every((start, i) => start === (i === 0 ? t : 0)) &&
        (attrs["steps"] as readonly number[]).every((step) => step === 1),
    );
  return whole
    ? reshape(base, [xs.length * rows, width])
    : concat(
        xs.map((x) => reshape(x, [rows, width])),
        0,
      );
}
