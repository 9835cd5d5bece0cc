/**
 * What models write as primitive ops and a kernel computes at once: norms, attention. Few graphs hold any, so the passes that
 * recognise them are fetched when a graph first holds what they begin with.
 */
import { type Node, topological } from "../../graph/node.ts";
import { viewed } from "../cluster.ts";
import type { Pass } from "./rewrite.ts";

let fetched: readonly Pass[] | null = null;

/** The passes that may find something; at once unless they have to be fetched. */
export function recognition(roots: readonly Node[]): readonly Pass[] | Promise<readonly Pass[]> {
  if (fetched !== null) return fetched;
  return topological(roots).some(mayEnd) ? loadRecognition() : [];
}

/** Fetches the passes. */
export async function loadRecognition(): Promise<readonly Pass[]> {
  const [{ recogniseNorms }, { recogniseAttention }] = await Promise.all([
    import("./norm.ts"),
    import("./attention.ts"),
  ]);
  fetched = [recogniseNorms, recogniseAttention];
  return fetched;
}

const is = (node: Node | undefined, name: string): boolean => node?.source === null && node.op.name === name;

/** Whether a node looks like the last of a pattern: softmax(…) v, x / √…, x (1 / √…), x (…)^k. */
function mayEnd(node: Node): boolean {
  const [a, b] = node.inputs as [Node, Node];
  if (is(node, "matmul")) return is(a, "softmax");
  if (is(node, "div")) return is(viewed(b), "sqrt");
  return is(node, "mul") && (isInverse(viewed(a)) || isInverse(viewed(b)));
}

const isInverse = (node: Node): boolean =>
  is(node, "pow") || (is(node, "div") && is(viewed(node.inputs[1] as Node), "sqrt"));
