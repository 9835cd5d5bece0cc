/**
 * Values that depend on constants alone, computed ahead of all runs: they stand as leaves in the programs that read them.
 *
 * What was computed is shared between programs for as long as one of them lives.
 */
import { findConstants } from "../compiler/passes/constant.ts";
import { rewrite } from "../compiler/passes/rewrite.ts";
import { dtypes } from "../core/dtype.ts";
import { sizeOf } from "../core/shape.ts";
import { graphKey, type Root } from "../graph/key.ts";
import { makeConstant, makeSource, Node, noAttrs, type Source, topological } from "../graph/node.ts";
import { type Made, whenMade } from "./runnable.ts";

/** Roots whose constants are leaves. */
export interface Frozen {
  readonly roots: readonly Root[];
  /** All constant leaves that are read. */
  readonly leaves: readonly Node[];
}

/** The values of nodes of constants, as sources for the device that reads them. */
export type Compute = (nodes: readonly Node[]) => Made<Source[]>;

/** From so many bytes on, values computed ahead are a run of their own: its arena holds them all, and what they are made of. */
const runBytes = 1 << 20;

/** The constants of a device's programs. */
export class Constants {
  readonly #known = new Map<string, WeakRef<Source>>();

  /** Computes what depends on constants alone. */
  freeze(roots: readonly Root[], compute: Compute): Made<Frozen> {
    const constants = findConstants(roots.map(({ node }) => node));
    return whenMade(this.#computeAll(constants, compute), (sources) => substitute(roots, constants, sources));
  }

  /** The values of constant nodes, in runs of bounded size. */
  #computeAll(nodes: readonly Node[], compute: Compute): Made<Source[]> {
    const names = nodes.map((node) => graphKey([{ node }]).words.join());
    const found = names.map((name) => this.#known.get(name)?.deref());
    const missing = nodes.map((_, i) => i).filter((i) => found[i] === undefined);
    let at = 0;
    const next = (): Made<Source[]> => {
      if (at === missing.length) return found as Source[];
      const group: number[] = [];
      for (let bytes = 0; at < missing.length && (group.length === 0 || bytes < runBytes); at++) {
        const i = missing[at] as number;
        group.push(i);
        bytes += sizeOf((nodes[i] as Node).shape) * dtypes[(nodes[i] as Node).dtype].bytes;
      }
      return whenMade(compute(group.map((i) => nodes[i] as Node)), (sources) => {
        group.forEach((i, k) => {
          const source = makeConstant(sources[k] as Source);
          this.#known.set(names[i] as string, new WeakRef(source));
          found[i] = source;
        });
        return next();
      });
    };
    return next();
  }
}

/** As {@link Constants.freeze}, with leaves that have no values: nothing is computed. */
export function freezeEmpty(roots: readonly Root[]): Frozen {
  const constants = findConstants(roots.map(({ node }) => node));
  const sources = constants.map(() => makeConstant(makeSource(null, null, true)));
  return substitute(roots, constants, sources);
}

/** Puts leaves in the place of constants; lists all constant leaves that are read, from now on kept on the device. */
function substitute(roots: readonly Root[], constants: readonly Node[], sources: readonly Source[]): Frozen {
  const sourceOf = new Map(constants.map((node, i) => [node, sources[i] as Source]));
  const nodes = rewrite(
    roots.map(({ node }) => node),
    (node) => node,
    (node) => {
      const source = sourceOf.get(node);
      return source === undefined ? undefined : new Node(node.op, [], noAttrs, node.shape, node.dtype, source);
    },
  );
  const leaves = new Map<Source, Node>();
  for (const node of topological(nodes)) {
    if (node.source === null || node.source.constant === 0) continue;
    node.source.resident = true;
    leaves.set(node.source, node);
  }
  return { roots: roots.map((root, i) => ({ ...root, node: nodes[i] as Node })), leaves: [...leaves.values()] };
}
