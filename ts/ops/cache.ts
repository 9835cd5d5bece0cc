/** Caches of fixed size, written from a place on. */
import { type Shape, sizeOf } from "../core/shape.ts";
import type { Node } from "../graph/node.ts";
import { expand } from "./broadcast.ts";
import { and, cast, le, lt, maximum, minimum, mod, num, sub, where } from "./elementwise.ts";
import { gather } from "./gather.ts";
import { iota } from "./iota.ts";
import { reshape } from "./movement.ts";

/**
 * `cache` with `updates` in place of what lies from `starts` on along `axis`: integers, one for all or one for each element
 * of axis 0. What goes past the end is left out, or begins anew where the cache is circular.
 */
export function writeAlong(cache: Node, updates: Node, starts: Node, axis: number, circular: boolean): Node {
  const size = cache.shape[axis] as number;
  const count = updates.shape[axis] as number;
  if (count === 0 || sizeOf(cache.shape) === 0) return cache;
  const along = (i: number, length: number): Shape => cache.shape.map((_, axis) => (axis === i ? length : 1));
  const place = reshape(iota(size, 0, 1, "int32"), along(axis, size));
  const start = reshape(cast(starts, "int32"), along(0, sizeOf(starts.shape)));
  const distance = sub(place, start);
  const from = circular ? mod(distance, num(size, distance)) : distance;
  const written = and(le(num(0, from), from), lt(from, num(count, from)));
  const index = minimum(maximum(from, num(0, from)), num(count - 1, from));
  return where(written, gather(updates, expand(index, cache.shape), axis), cache);
}
