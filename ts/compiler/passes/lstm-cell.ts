/** One LSTM cell as models write it in primitive ops, and the sum that its gates are. See `lstm.ts`. */
import { sameShape } from "../../core/shape.ts";
import type { Node } from "../../graph/node.ts";

/** A step from `before` to `c` and `h`. */
export interface Cell {
  readonly h: Node;
  readonly c: Node;
  readonly before: Node;
  /** What the gates are quarters of. */
  readonly sum: Node;
  /** Which quarter is the input, output, forget and cell gate. */
  readonly order: readonly number[];
  /** Every node between `sum` and `h`, both included. */
  readonly nodes: readonly Node[];
}

/** Rows `start …` of a weight, by which `x` is multiplied. */
export interface Product {
  readonly x: Node;
  readonly weight: Node;
  readonly start: number;
}

export type Term = Product | Node;

export const isProduct = (term: Term): term is Product => "weight" in term;

const is = (node: Node, name: string): boolean => node.source === null && node.op.name === name;

/** The node below reshapes. */
export function unshaped(node: Node): Node {
  return is(node, "reshape") ? unshaped(node.inputs[0] as Node) : node;
}

/** A function of a quarter of a sum. */
interface Gate {
  readonly node: Node;
  readonly sum: Node;
  readonly quarter: number;
}

function gateOf(node: Node, name: string): Gate | null {
  const part = node.inputs[0];
  if (!is(node, name) || part === undefined || !is(part, "slice")) return null;
  const sum = part.inputs[0] as Node;
  const [starts, steps] = [part.attrs["starts"], part.attrs["steps"]] as [readonly number[], readonly number[]];
  const last = sum.shape.length - 1;
  const width = part.shape[last] as number;
  const quarter = (starts[last] as number) / width;
  const whole = starts.every((start, i) => i === last || start === 0) && steps.every((step) => step === 1);
  const quarters = whole && Number.isInteger(quarter) && sum.shape[last] === 4 * width;
  return quarters && sameShape(part.shape.slice(0, last), sum.shape.slice(0, last)) ? { node, sum, quarter } : null;
}

/** What `match` finds in the inputs of a node of two, in either order. */
function either<T>(node: Node, name: string, match: (a: Node, b: Node) => T | null): T | null {
  if (!is(node, name)) return null;
  const [a, b] = node.inputs as [Node, Node];
  return match(a, b) ?? match(b, a);
}

/** The cell whose output a node is. */
export function cellOf(h: Node): Cell | null {
  if (h.dtype !== "float32") return null;
  return either(h, "mul", (a, limited) => {
    const output = gateOf(a, "sigmoid");
    if (output === null || !is(limited, "tanh")) return null;
    const c = limited.inputs[0] as Node;
    return either(c, "add", (kept, written) =>
      either(kept, "mul", (b, before) =>
        either(written, "mul", (d, e) => {
          const [forget, input, cell] = [gateOf(b, "sigmoid"), gateOf(d, "sigmoid"), gateOf(e, "tanh")];
          if (forget === null || input === null || cell === null || !sameShape(before.shape, c.shape)) return null;
          const gates = [input, output, forget, cell];
          const order = gates.map(({ quarter }) => quarter);
          const one = gates.every(({ sum }) => sum === output.sum) && new Set(order).size === 4;
          const parts = gates.flatMap(({ node }) => [node, node.inputs[0] as Node]);
          const nodes = [output.sum, ...parts, kept, written, c, limited, h];
          return one ? { h, c, before, sum: output.sum, order, nodes } : null;
        }),
      ),
    );
  });
}

/** What a sum is the sum of, and the nodes that only add and multiply. Factors that lie side by side are products of their own. */
export function termsOf(sum: Node): { terms: Term[]; nodes: Node[] } {
  if (is(sum, "add")) {
    const [a, b] = (sum.inputs as [Node, Node]).map(termsOf) as [
      ReturnType<typeof termsOf>,
      ReturnType<typeof termsOf>,
    ];
    return { terms: [...a.terms, ...b.terms], nodes: [sum, ...a.nodes, ...b.nodes] };
  }
  const [left, weight] = sum.inputs as [Node, Node];
  if (!is(sum, "matmul") || weight.shape.length !== 2) return { terms: [sum], nodes: [] };
  const x = unshaped(left);
  const joined = is(x, "concat") && x.attrs["axis"] === x.shape.length - 1;
  const parts = joined && x.shape.at(-1) === weight.shape[0] ? x.inputs : [left];
  let start = 0;
  const terms = parts.map((part): Product => {
    const product = { x: part, weight, start };
    start += part.shape.at(-1) as number;
    return product;
  });
  return { terms, nodes: [sum] };
}
