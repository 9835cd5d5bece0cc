/** Values that are at hand while a model is built. */
import { hostValues } from "../../compiler/host.ts";
import { uniformValue } from "../../compiler/passes/fold.ts";
import { sizeOf } from "../../core/shape.ts";
import { load } from "../../core/storage.ts";
import type { Node } from "../../graph/node.ts";

/** Most values that are worth looking at. */
const most = 65536;

/** The numbers of a node that never change and need no program, or null. */
export function knownNumbers(node: Node): readonly number[] | null {
  const small = hostValues(node);
  if (small !== null) return Array.from(small);
  const size = sizeOf(node.shape);
  if (size > most) return null;
  const value = uniformValue(node);
  if (value !== undefined) return new Array<number>(size).fill(value);
  const { source } = node;
  if (source === null || source.constant === 0 || source.host === null) return null;
  if (typeof source.host === "number") return [source.host];
  return Array.from(load(node.dtype, source.host));
}
