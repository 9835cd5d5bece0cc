/** Algebra that changes no value: neutral elements, inverse pairs, views of views. */
import { dtypes } from "../../core/dtype.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Node } from "../../graph/node.ts";
import { expand } from "../../ops/broadcast.ts";
import { mul, num, sub } from "../../ops/elementwise.ts";
import { permute, reshape } from "../../ops/movement.ts";
import { uniformValue } from "./fold.ts";
import { rewrite } from "./rewrite.ts";

type Simplify = (node: Node, a: Node, b: Node) => Node;

const is = (node: Node, value: number): boolean => uniformValue(node) === value;
const inner = (node: Node): Node => node.inputs[0] as Node;
const through = (node: Node, name: string): boolean => node.source === null && node.op.name === name;

const rules: { readonly [op: string]: Simplify } = {
  // x + 0 = x, x + (-y) = x - y
  add: (node, a, b) => {
    if (is(b, 0)) return a;
    if (is(a, 0)) return b;
    if (through(b, "neg")) return sub(a, inner(b));
    if (through(a, "neg")) return sub(b, inner(a));
    return node;
  },
  // x - 0 = x
  sub: (node, a, b) => (is(b, 0) ? a : node),
  // x 1 = x
  mul: (node, a, b) => (is(b, 1) ? a : is(a, 1) ? b : node),
  // x / 1 = x
  div: (node, a, b) => (is(b, 1) ? a : node),
  // x^1 = x, x^2 = x x
  pow: (node, a, b) => (is(b, 1) ? a : is(b, 2) ? mul(a, a) : node),
  // --x = x
  neg: (node, a) => (through(a, "neg") ? inner(a) : node),
  // not not c = c
  not: (node, a) => (a.dtype === "bool" && through(a, "not") && inner(a).dtype === "bool" ? inner(a) : node),
  // where(c, x, x) = x
  where: (node, _, a) => (a === node.inputs[2] ? a : node),
  // gradients are in the graph already
  detach: (_, a) => a,
  reshape: (node, a) => (through(a, "reshape") ? reshape(inner(a), node.shape) : node),
  permute: (node, a) => {
    if (!through(a, "permute")) return node;
    const first = a.attrs["axes"] as readonly number[];
    return permute(
      inner(a),
      (node.attrs["axes"] as readonly number[]).map((axis) => first[axis] as number),
    );
  },
  expand: (node, a) => (through(a, "expand") ? expand(inner(a), node.shape) : node),
  // the sum of what was only repeated is a multiple
  sum: (node, a) => {
    if (!through(a, "expand") || sizeOf(inner(a).shape) !== 1 || !dtypes[node.dtype].float) return node;
    const repeats = sizeOf(a.shape) / Math.max(1, sizeOf(node.shape));
    return expand(reshape(mul(inner(a), num(repeats, node)), []), node.shape);
  },
};

export function simplify(roots: readonly Node[]): Node[] {
  return rewrite(roots, (node) => {
    const rule = rules[node.op.name];
    return rule === undefined ? node : rule(node, inner(node), (node.inputs[1] ?? inner(node)) as Node);
  });
}
