/** Copies of graphs, for whoever reads one later: nodes that are realised meanwhile forget what they were made of. */
import { isResident, type Root } from "./key.ts";
import { makeSource, Node, type Source, topological } from "./node.ts";

export interface Copy {
  readonly roots: readonly Root[];
  readonly leaves: readonly Node[];
}

/** The graph of roots, and its leaves in the order given, with the same sources or with none: then constants alone have theirs. */
export function copyGraph(roots: readonly Root[], leaves: readonly Node[], values: "same" | "none"): Copy {
  const nodes = new Map<Node, Node>();
  const sources = new Map<Source, Source>();
  const sourceOf = (source: Source): Source => {
    if (values === "same" || source.constant !== 0) return source;
    const made = sources.get(source) ?? makeSource(null, null, isResident(source));
    sources.set(source, made);
    return made;
  };
  const targets = roots.flatMap(({ node, into }) => (into === undefined ? [node] : [node, into]));
  for (const node of topological([...targets, ...leaves])) {
    const { op, attrs, shape, dtype, source } = node;
    const inputs = source === null ? node.inputs.map((input) => nodes.get(input) as Node) : [];
    nodes.set(node, new Node(op, inputs, attrs, shape, dtype, source === null ? null : sourceOf(source)));
  }
  const of = (node: Node): Node => nodes.get(node) as Node;
  return {
    roots: roots.map(({ node, into }) =>
      into === undefined ? { node: of(node) } : { node: of(node), into: of(into) },
    ),
    leaves: leaves.map(of),
  };
}

/** A graph as text that is the same in every session; values do not enter. */
export function textOf({ roots }: Copy): string {
  const targets = roots.flatMap(({ node, into }) => (into === undefined ? [node] : [node, into]));
  const order = topological(targets);
  const numbers = new Map(order.map((node, i) => [node, i]));
  const lines = order.map(({ op, attrs, inputs, shape, dtype, source }) =>
    source === null
      ? `${op.name} ${JSON.stringify(attrs)} ${inputs.map((input) => numbers.get(input)).join()} ${dtype} ${shape.join()}`
      : `leaf ${dtype} ${shape.join()} ${source.resident} ${source.constant !== 0}`,
  );
  return [...lines, targets.map((node) => numbers.get(node)).join()].join("\n");
}
