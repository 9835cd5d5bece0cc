/** Rotary position embedding: pairs of a head's elements are turned by the angle of their position; Su et al. 2021. */
import { FormatError } from "../../../core/errors.ts";
import { formatShape } from "../../../core/shape.ts";
import type { Node } from "../../../graph/node.ts";
import { add, cast, mul, sub } from "../../../ops/elementwise.ts";
import { take } from "../../../ops/gather.ts";
import { iota } from "../../../ops/iota.ts";
import { concat, permute, reshape, slice } from "../../../ops/movement.ts";
import type { Call, Operators, Outputs } from "../call.ts";

interface Rotation {
  /** cos and sin of every place, [b or 1, t, half]. */
  readonly cos: Node;
  readonly sin: Node;
  /** Whether pairs are neighbours; else an element and the one half a rotation away. */
  readonly interleaved: boolean;
}

/** x [b, heads, t, d] turned; what is past twice the caches' size stays as it is. */
export function rotate(x: Node, { cos, sin, interleaved }: Rotation): Node {
  const [b, heads, t, d] = x.shape as [number, number, number, number];
  const half = cos.shape.at(-1) as number;
  if (2 * half > d) throw new FormatError(`heads of ${d} cannot be turned by caches of ${half}`);
  const part = (start: number, step: number, count: number): Node =>
    slice(x, [0, 0, 0, start], [b, heads, t, count], [1, 1, 1, step]);
  const [x1, x2] = interleaved ? [part(0, 2, half), part(1, 2, half)] : [part(0, 1, half), part(half, 1, half)];
  const [c, s] = [cos, sin].map((node) => reshape(node, [node.shape[0] as number, 1, t, half])) as [Node, Node];
  const re = sub(mul(x1, c), mul(x2, s));
  const im = add(mul(x1, s), mul(x2, c));
  const pair = (y: Node): Node => reshape(y, [b, heads, t, half, 1]);
  const turned = interleaved ? reshape(concat([pair(re), pair(im)], 4), [b, heads, t, 2 * half]) : null;
  const rest = 2 * half < d ? [part(2 * half, 1, d - 2 * half)] : [];
  return concat([...(turned === null ? [re, im] : [turned]), ...rest], 3);
}

/** [1] or [b] first positions → [b or 1, t]. */
function firstOnwards(first: Node, tokens: number): Node {
  const start = reshape(cast(first, "int32"), [-1, 1]);
  return add(start, iota(tokens, 0, 1, "int32"));
}

/** Caches of all positions at those of each token. */
export function cachesAt(cos: Node, sin: Node, positions: Node): { cos: Node; sin: Node } {
  return { cos: cast(take(cos, positions, 0), "float32"), sin: cast(take(sin, positions, 0), "float32") };
}

/** ai.onnx: X, cos, sin, positions. */
function embedding(call: Call): Outputs {
  const [cos, sin] = [call.tensor(1), call.tensor(2)];
  const positions = call.optional(3);
  const caches =
    positions === null ? { cos: cast(cos, "float32"), sin: cast(sin, "float32") } : cachesAt(cos, sin, positions);
  return rotated(call, caches);
}

/** com.microsoft: input, positions, cos, sin; one position is that of the first token. */
function contributed(call: Call): Outputs {
  const x = call.tensor(0);
  const [cos, sin] = [call.tensor(2), call.tensor(3)];
  const positions = call.tensor(1);
  const tokens = x.shape.length === 4 ? (x.shape[2] as number) : (x.shape[1] as number);
  const each = positions.shape.length === 2 ? positions : firstOnwards(positions, tokens);
  return rotated(call, cachesAt(cos, sin, each), cos.shape.at(-1));
}

function rotated(call: Call, caches: { cos: Node; sin: Node }, half?: number): Outputs {
  const input = call.tensor(0);
  const x = cast(input, "float32");
  const interleaved = call.int("interleaved", 0) === 1;
  if (x.shape.length === 4) return cast(rotate(x, { ...caches, interleaved }), input.dtype);
  const [b = 0, t = 0, wide = 0] = x.shape;
  const whole = call.int("rotary_embedding_dim", 0) === 0;
  const heads = call.int("num_heads", 0) || (whole && half !== undefined ? wide / (2 * half) : 0);
  if (x.shape.length !== 3 || heads === 0 || wide % heads !== 0) {
    throw new FormatError(`input of ${formatShape(x.shape)} with ${heads} heads, wanted [b, t, heads d]`);
  }
  const split = permute(reshape(x, [b, t, heads, wide / heads]), [0, 2, 1, 3]);
  const turned = permute(rotate(split, { ...caches, interleaved }), [0, 2, 1, 3]);
  return cast(reshape(turned, x.shape), input.dtype);
}

export const operators: Operators = {
  "com.microsoft.RotaryEmbedding": contributed,
  RotaryEmbedding: embedding,
};
