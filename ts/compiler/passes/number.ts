/** Constant leaves of one element (a model's ε, its exponents) become numbers of the program, which passes can read. */
import { sizeOf } from "../../core/shape.ts";
import type { Node } from "../../graph/node.ts";
import { expand } from "../../ops/broadcast.ts";
import { constant } from "../../ops/leaf.ts";
import { rewrite } from "./rewrite.ts";

export function inlineNumbers(roots: readonly Node[]): Node[] {
  return rewrite(
    roots,
    (node) => node,
    (node) => {
      const { source, dtype, shape } = node;
      if (source === null || source.constant === 0 || source.host === null || sizeOf(shape) !== 1) return undefined;
      if (dtype !== "float32" && dtype !== "int32") return undefined;
      const value = typeof source.host === "number" ? source.host : Number(source.host[0]);
      return expand(constant(value, dtype), shape);
    },
  );
}
