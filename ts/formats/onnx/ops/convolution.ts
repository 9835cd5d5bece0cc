/** Convolutions over any number of axes. They compute float32; other floats are converted there and back. */
import type { Node } from "../../../graph/node.ts";
import { convolve, convolveTransposed, reachOf } from "../../../ops/convolution.ts";
import { add } from "../../../ops/elementwise.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { activated } from "../fused-activation.ts";
import { narrow, single } from "../precision.ts";
import { addBias, autoPad, axisList, splitPadding, windowsOf } from "../window.ts";

function conv(call: Call): Outputs {
  return narrow(product(call), call.tensor(0).dtype);
}

/** Conv in float32. */
function product(call: Call): Node {
  const [x, w] = [call.tensor(0), call.tensor(1)];
  const windows = windowsOf(call, x.shape.slice(2), w.shape.slice(2));
  const options = { ...windows, groups: call.int("group", 1) };
  return addBias(convolve(single(x), single(w), options), call.optional(2));
}

/** Conv, a sum with the last input, and an activation. */
function fusedConv(call: Call): Outputs {
  const y = product(call);
  const z = call.optional(3);
  const sum = z === null ? y : add(y, single(z));
  return narrow(activated(call, sum, call.floats("activation_params") ?? []), call.tensor(0).dtype);
}

function convTranspose(call: Call): Outputs {
  const [x, w] = [call.tensor(0), call.tensor(1)];
  const spatial = x.shape.slice(2);
  const rank = spatial.length;
  const kernel = w.shape.slice(2);
  const stride = axisList(call, "strides", rank, 1);
  const dilation = axisList(call, "dilations", rank, 1);
  const extra = axisList(call, "output_padding", rank, 0);
  const pads = axisList(call, "pads", 2 * rank, 0);
  // Older models list the sizes of batch and channels too.
  const wanted = call.ints("output_shape")?.slice(-rank) ?? null;
  const mode = autoPad(call);
  const axes = spatial.map((length, i) => {
    const step = stride[i] as number;
    const natural = step * (length - 1) + (extra[i] as number) + reachOf(kernel[i] as number, dilation[i] as number);
    const given = wanted?.length === rank ? (wanted[i] as number) : null;
    if (given !== null || mode === "SAME_UPPER" || mode === "SAME_LOWER") {
      const size = given ?? length * step;
      const [before, after] = splitPadding(natural - size, mode);
      return { before, after, size };
    }
    const [before, after] = mode === "VALID" ? [0, 0] : [pads[i] as number, pads[rank + i] as number];
    return { before, after, size: natural - before - after };
  });
  const options = {
    stride,
    dilation,
    before: axes.map(({ before }) => before),
    after: axes.map(({ after }) => after),
    groups: call.int("group", 1),
  };
  const size = axes.map((axis) => axis.size);
  const y = convolveTransposed(single(x), single(w), options, size);
  return narrow(addBias(y, call.optional(2)), x.dtype);
}

export const operators: Operators = {
  "com.microsoft.FusedConv": fusedConv,
  Conv: conv,
  ConvTranspose: convTranspose,
};
