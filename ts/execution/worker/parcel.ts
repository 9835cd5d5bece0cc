/** Graphs as plain data, to be sent and put together again: nodes by number, every node after its inputs; ops by name. */

import type { DType } from "../../core/dtype.ts";
import { UnsupportedError } from "../../core/errors.ts";
import { isResident, type Root } from "../../graph/key.ts";
import { type Attrs, makeSource, Node, noAttrs, type Op, type Source, topological } from "../../graph/node.ts";

interface NodeData {
  readonly op: string;
  readonly inputs: readonly number[];
  readonly attrs: Attrs | null;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Number of its source; -1 where it has none. */
  readonly source: number;
}

/** A source: a constant by its number, or the place of a value that changes. */
interface SourceData {
  readonly constant: number;
  readonly resident: boolean;
}

export interface Parcel {
  readonly nodes: readonly NodeData[];
  readonly sources: readonly SourceData[];
  /** Numbers of the nodes; -1 where nothing is updated. */
  readonly roots: readonly (readonly [node: number, into: number])[];
  readonly leaves: readonly number[];
}

/** A graph, its constants numbered by `constantOf`. */
export function pack(roots: readonly Root[], leaves: readonly Node[], constantOf: (node: Node) => number): Parcel {
  const targets = roots.map(({ node }) => node);
  for (const { into } of roots) if (into !== undefined) targets.push(into);
  const order = topological([...targets, ...leaves]);
  const base = order[0]?.mark ?? 0;
  const numbers = new Map<Source, number>();
  const sources: SourceData[] = [];
  const numberOf = (node: Node, source: Source): number => {
    let number = numbers.get(source);
    if (number === undefined) {
      number = sources.length;
      numbers.set(source, number);
      const constant = source.constant === 0 ? 0 : constantOf(node);
      sources.push({ constant, resident: isResident(source) });
    }
    return number;
  };
  const nodes = order.map((node): NodeData => {
    const { op, inputs, attrs, shape, dtype, source } = node;
    return {
      op: op.name,
      inputs: source === null ? inputs.map(({ mark }) => mark - base) : [],
      attrs: attrs === noAttrs ? null : attrs,
      shape,
      dtype,
      source: source === null ? -1 : numberOf(node, source),
    };
  });
  return {
    nodes,
    sources,
    roots: roots.map(({ node, into }) => [node.mark - base, into === undefined ? -1 : into.mark - base]),
    leaves: leaves.map(({ mark }) => mark - base),
  };
}

/** The graph again, on the ops of a vocabulary and the constants of `constantOf`; other sources have no value. */
export function unpack(
  { nodes, sources, roots, leaves }: Parcel,
  ops: ReadonlyMap<string, Op>,
  constantOf: (id: number) => Source,
): { roots: Root[]; leaves: Node[] } {
  const values = sources.map(({ constant, resident }) =>
    constant === 0 ? makeSource(null, null, resident) : constantOf(constant),
  );
  const made: Node[] = [];
  for (const { op: name, inputs, attrs, shape, dtype, source } of nodes) {
    const op = ops.get(name);
    if (op === undefined) throw new UnsupportedError(`worker: cannot build ${name}: the worker knows no such op`);
    const below = inputs.map((i) => made[i] as Node);
    made.push(new Node(op, below, attrs ?? noAttrs, shape, dtype, source < 0 ? null : (values[source] as Source)));
  }
  const at = (i: number): Node => made[i] as Node;
  return {
    roots: roots.map(([node, into]) => (into < 0 ? { node: at(node) } : { node: at(node), into: at(into) })),
    leaves: leaves.map(at),
  };
}
