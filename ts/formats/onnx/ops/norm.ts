/** Normalisation over axes, with scale and bias. */
import { FormatError } from "../../../core/errors.ts";
import { normalizeAxes, normalizeAxis } from "../../../core/shape.ts";
import type { Node } from "../../../graph/node.ts";
import { sum, unreduce } from "../../../ops/broadcast.ts";
import { abs, add, div, eq, mul, num, sqrt, sub, where } from "../../../ops/elementwise.ts";
import { permute, reshape } from "../../../ops/movement.ts";
import { groupNorm, layerNorm, rmsNorm } from "../../../ops/norm.ts";
import { mean } from "../../../ops/reduce.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { narrow, single } from "../precision.ts";

/** y scale + bias, in float32. */
function affine(y: Node, scale: Node | null, bias: Node | null): Node {
  const scaled = scale === null ? y : mul(y, single(scale));
  return bias === null ? scaled : add(scaled, single(bias));
}

/** A value a channel, to go with x [n, c, …]. */
const perChannel = (node: Node, x: Node): Node => reshape(node, [-1, ...x.shape.slice(2).map(() => 1)]);

/** Mean and 1 / √(variance + ε) from `axis` on, the axes kept with size 1; not centred: 1 / √(mean of squares + ε). */
export function statistics(x: Node, axis: number, epsilon: number, centred: boolean): [mean: Node, inverse: Node] {
  const axes = x.shape.map((_, i) => i).slice(axis);
  const kept = x.shape.map((size, i) => (i < axis ? size : 1));
  const average = mean(x, axes);
  const rest = centred ? sub(x, unreduce(average, x, axes)) : x;
  const variance = mean(mul(rest, rest), axes);
  const inverse = div(num(1, variance), sqrt(add(variance, num(epsilon, variance))));
  return [reshape(average, kept), reshape(inverse, kept)];
}

function layer(call: Call): Outputs {
  const input = call.tensor(0);
  const x = single(input);
  const axis = normalizeAxis("LayerNormalization", call.int("axis", -1), x.shape.length);
  const epsilon = call.float("epsilon", 1e-5);
  const y = narrow(affine(layerNorm(x, axis, epsilon), call.tensor(1), call.optional(2)), input.dtype);
  return call.wants(1) || call.wants(2) ? [y, ...statistics(x, axis, epsilon, true)] : y;
}

/** RMS norm; the contributed form can give 1 / RMS as well. */
function rms(call: Call): Outputs {
  const input = call.tensor(0);
  const x = single(input);
  const axis = normalizeAxis(call.proto.opType, call.int("axis", -1), x.shape.length);
  const epsilon = call.float("epsilon", 1e-5);
  const y = narrow(affine(rmsNorm(x, axis, epsilon), call.tensor(1), null), call.tensor(1).dtype);
  return call.wants(1) ? [y, statistics(x, axis, epsilon, false)[1]] : y;
}

/** Scale and bias are values a group before opset 21, values a channel since. */
function group(call: Call): Outputs {
  const input = call.tensor(0);
  const x = single(input);
  const groups = call.int("num_groups");
  const [n = 1, c = 1] = x.shape;
  const y = groupNorm(x, groups, call.float("epsilon", 1e-5));
  const [scale, bias] = [call.tensor(1), call.tensor(2)];
  if (scale.shape[0] === c) return narrow(affine(y, perChannel(scale, x), perChannel(bias, x)), input.dtype);
  const grouped = reshape(y, [n, groups, c / groups, ...x.shape.slice(2)]);
  const scaled = affine(grouped, perChannel(scale, grouped), perChannel(bias, grouped));
  return narrow(reshape(scaled, x.shape), input.dtype);
}

function instance(call: Call): Outputs {
  const input = call.tensor(0);
  const x = single(input);
  const y = groupNorm(x, x.shape[1] as number, call.float("epsilon", 1e-5));
  return narrow(affine(y, perChannel(call.tensor(1), x), perChannel(call.tensor(2), x)), input.dtype);
}

/** (x - mean) / (deviation + 10⁻⁹), over axes anywhere: they are moved to the end and back. */
function meanVariance(call: Call): Outputs {
  const input = call.tensor(0);
  const rank = input.shape.length;
  const axes = normalizeAxes("MeanVarianceNormalization", call.ints("axes") ?? [0, 2, 3], rank);
  const kept = input.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const order = [...kept, ...axes];
  const y = layerNorm(permute(single(input), order), kept.length, 1e-18);
  const back = order.map((_, i) => order.indexOf(i));
  return narrow(permute(y, back), input.dtype);
}

/** x over its norm; 0 where that is 0. */
function lp(call: Call): Outputs {
  const input = call.tensor(0);
  const x = single(input);
  const axis = normalizeAxis("LpNormalization", call.int("axis", -1), x.shape.length);
  const p = call.int("p", 2);
  if (p !== 1 && p !== 2) throw new FormatError(`p is ${p}, wanted 1 or 2`);
  const norm = p === 1 ? sum(abs(x), [axis]) : sqrt(sum(mul(x, x), [axis]));
  const all = unreduce(norm, x, [axis]);
  return narrow(where(eq(all, num(0, all)), num(0, x), div(x, all)), input.dtype);
}

export const operators: Operators = {
  GroupNormalization: group,
  InstanceNormalization: instance,
  LayerNormalization: layer,
  LpNormalization: lp,
  MeanVarianceNormalization: meanVariance,
  RMSNormalization: rms,
  SimplifiedLayerNormalization: rms,
};
