"""Values and gradients of operations in PyTorch, where semantics matter. Writes test/golden/ops.json.

Inputs come from generator.py (stream, shape, scale, shift) or are written out. Everything is computed in float64 from
inputs that float32 holds exactly, so the file is the truth to 9 digits whatever the comparer's rounding.
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from generator import floats, integers

cases = []
streams = iter(range(100_000, 200_000))


def f(*shape, scale=1.0, shift=0.0):
    return {"stream": next(streams), "shape": list(shape), "scale": scale, "shift": shift}


def i(below, *shape, shift=0):
    return {"stream": next(streams), "shape": list(shape), "below": below, "shift": shift}


def v(values, dtype="float32"):
    return {"values": np.array(values).ravel().tolist(), "shape": list(np.array(values).shape), "dtype": dtype}


def tensor(spec):
    if "values" in spec:
        dtype = {"float32": torch.float64, "int32": torch.int64, "bool": torch.bool}[spec["dtype"]]
        return torch.tensor(spec["values"], dtype=dtype).reshape(spec["shape"])
    if "below" in spec:
        return torch.tensor(integers(spec["stream"], spec["below"], *spec["shape"]) + spec["shift"])
    # Rounded as the comparer rounds: the product in double, the sum in double, then to float32.
    x = floats(spec["stream"], *spec["shape"]).astype(np.float64) * spec["scale"] + spec["shift"]
    return torch.tensor(x.astype(np.float32).astype(np.float64))


def digits(t):
    if not t.is_floating_point():
        return t.to(torch.int64).flatten().tolist()
    return [float(f"{x:.9g}") if np.isfinite(x) else str(x) for x in t.flatten().tolist()]


def case(op, inputs, compute, name="", **attrs):
    xs = [tensor(spec) for spec in inputs]
    for x in xs:
        if x.is_floating_point():
            x.requires_grad_()
    y = compute(*xs)
    row = {"op": op, "name": name, "attrs": attrs, "inputs": inputs, "shape": list(y.shape), "y": digits(y.detach())}
    if y.requires_grad:
        dy = f(*y.shape)
        leaves = [x for x in xs if x.requires_grad]
        grads = torch.autograd.grad(y, leaves, tensor(dy), allow_unused=True)
        row["dy"] = dy
        row["dx"] = [digits(torch.zeros_like(x) if g is None else g) for x, g in zip(leaves, grads)]
    cases.append(row)


for op, fn in {"softmax": F.softmax, "logSoftmax": F.log_softmax}.items():
    for name, shape, axis, scale in [
        ("last axis", (3, 5), -1, 3.0),
        ("first axis", (4, 3), 0, 3.0),
        ("middle axis", (2, 3, 4), 1, 3.0),
        ("saturated", (2, 6), 1, 90.0),
        ("long row", (1, 67), 1, 5.0),
    ]:
        case(op, [f(*shape, scale=scale)], lambda x: fn(x, dim=axis), name, axis=axis)
for reduction in ["mean", "sum", "none"]:
    case("crossEntropy", [f(6, 5, scale=4.0), i(5, 6)], lambda x, t: F.cross_entropy(x, t, reduction=reduction), reduction, reduction=reduction)

for approximate in ["none", "tanh"]:
    case("gelu", [f(48, scale=6.0)], lambda x: F.gelu(x, approximate=approximate), approximate, approximate=approximate)
for op, fn in {"silu": F.silu, "softplus": F.softplus, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "elu": F.elu, "erf": torch.erf}.items():
    case(op, [f(32, scale=7.0)], fn)
case("leakyRelu", [f(12, scale=2.0)], lambda x: F.leaky_relu(x, 0.1), slope=0.1)
case("relu", [v([-1.5, -0.0, 0.0, 2.0])], F.relu, "at 0")
case("abs", [v([-1.5, 0.0, 2.0])], torch.abs, "at 0")

for name, x, w, bias, options in [
    ("plain", (2, 3, 7, 6), (4, 3, 3, 3), True, {}),
    ("same", (1, 2, 5, 5), (3, 2, 3, 3), False, {"padding": 1}),
    ("stride 2", (2, 2, 7, 8), (3, 2, 3, 3), True, {"stride": 2, "padding": 1}),
    ("stride past the kernel", (1, 2, 9, 7), (2, 2, 2, 2), False, {"stride": 3}),
    ("dilation 2", (1, 2, 8, 7), (2, 2, 3, 3), False, {"dilation": 2, "padding": 2}),
    ("groups 2", (2, 4, 5, 5), (6, 2, 3, 3), True, {"groups": 2, "padding": 1}),
    ("depthwise", (2, 5, 6, 6), (5, 1, 3, 3), True, {"groups": 5, "padding": 1}),
    ("depthwise with multiplier and stride", (1, 3, 7, 7), (6, 1, 5, 5), False, {"groups": 3, "padding": 2, "stride": 2}),
    ("pointwise", (2, 6, 3, 4), (5, 6, 1, 1), True, {}),
    ("both axes differ", (1, 2, 9, 10), (2, 2, 3, 2), False, {"stride": [2, 1], "padding": [2, 1], "dilation": [1, 3]}),
    ("one row", (1, 3, 1, 12), (4, 3, 1, 5), False, {"stride": [1, 2]}),
]:  # fmt: skip
    inputs = [f(*x), f(*w)] + ([f(w[0])] if bias else [])
    case("conv2d", inputs, lambda x, w, b=None: F.conv2d(x, w, b, **options), name, **options)

for name, x, kernel, options in [
    ("2", f(2, 3, 6, 6), 2, {}),
    ("odd edge", f(1, 2, 7, 5), 2, {}),
    ("overlapping, padded", f(1, 2, 7, 7), 3, {"stride": 2, "padding": 1}),
    ("ties: the first wins", i(3, 1, 2, 6, 6), 3, {"stride": 1}),
    ("all below 0, padded", f(1, 1, 4, 4, scale=0.5, shift=-2.0), 3, {"stride": 2, "padding": 1}),
    ("dilated", f(1, 2, 7, 7), 2, {"stride": 1, "dilation": 2}),
    ("both axes differ", f(1, 1, 6, 8), [2, 3], {"stride": [2, 1], "padding": [1, 0]}),
]:  # fmt: skip
    if "below" in x:
        x = v(integers(x["stream"], 3, *x["shape"]).astype(float).tolist())
    case("maxPool2d", [x], lambda x: F.max_pool2d(x, kernel, **options), name, kernel=kernel, **options)
for name, kernel, torch_options, options in [
    ("2", 2, {}, {}),
    ("padded", 3, {"stride": 2, "padding": 1}, {"stride": 2, "padding": 1}),
    ("padding not counted", 3, {"stride": 2, "padding": 1, "count_include_pad": False}, {"stride": 2, "padding": 1, "countIncludePad": False}),
    ("both axes differ", [3, 2], {"stride": [1, 2]}, {"stride": [1, 2]}),
]:
    case("avgPool2d", [f(2, 2, 7, 6)], lambda x: F.avg_pool2d(x, kernel, **torch_options), name, kernel=kernel, **options)

for op, fn in {"add": torch.add, "sub": torch.sub, "mul": torch.mul}.items():
    case(op, [f(2, 1, 3), f(4, 1)], fn, "[2, 1, 3] with [4, 1]")
case("div", [f(3), f(2, 3, scale=0.5, shift=1.0)], torch.div, "[3] by [2, 3]")
case("sub", [f(), f(2, 2)], torch.sub, "rank 0 with [2, 2]")
case("pow", [f(2, 3, scale=0.9, shift=1.0), f(3, scale=3.0)], torch.pow, "tensor exponent")
for exponent in [-1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 2.5, 3.0]:
    case("powScalar", [f(7, scale=0.9, shift=1.0)], lambda x: torch.pow(x, exponent), str(exponent), exponent=exponent)
case("powScalar", [v([-2.0, -0.5, 0.0, 1.5])], lambda x: torch.pow(x, 3.0), "negative base", exponent=3.0)
case("remainder", [v([5.5, -5.5, 5.5, -5.5, 3.0]), v([2.0, 2.0, -2.0, -2.0, 0.75])], torch.remainder, "sign of the divisor")
case("remainder", [v([7, -7, 7, -7, 6], "int32"), v([3, 3, -3, -3, 3], "int32")], torch.remainder, "integers")
case("clamp", [v([-2.0, -1.0, -0.5, 0.75, 1.0, 3.0])], lambda x: torch.clamp(x, -1.0, 0.75), "both, at the bounds", min=-1.0, max=0.75)
case("clamp", [f(6, scale=2.0)], lambda x: torch.clamp(x, min=0.25), "min alone", min=0.25)
case("clamp", [f(6, scale=2.0)], lambda x: torch.clamp(x, max=0.25), "max alone", max=0.25)
case("where", [v([[True], [False]], "bool"), f(3), f(2, 1)], torch.where, "broadcast")
for op, fn in {"maximum": torch.maximum, "minimum": torch.minimum}.items():
    case(op, [v([1.0, 2.0, -3.0]), v([2.0, 1.0, -4.0])], fn)
case("sum", [f(2, 3, 4)], lambda x: x.sum((0, 2)), "two axes", axis=[0, 2])
case("mean", [f(2, 3, 4)], lambda x: x.mean(1, keepdim=True), "kept", axis=1, keepdim=True)
case("prod", [f(3, 4, scale=0.5, shift=1.0)], lambda x: x.prod(1), axis=1)
case("max", [f(3, 5)], lambda x: x.amax(1), axis=1)
case("min", [f(3, 5)], lambda x: x.amin(0), axis=0)
for op, fn in {"var": torch.var, "std": torch.std}.items():
    case(op, [f(3, 7)], lambda x: fn(x, dim=1, correction=1), "correction 1", axis=1)
    case(op, [f(3, 7)], lambda x: fn(x, dim=0, correction=0, keepdim=True), "correction 0, kept", axis=0, correction=0, keepdim=True)
    case(op, [f(4, 3, shift=1000.0)], lambda x: fn(x, dim=0, correction=1), "far from 0", axis=0)
case("argmax", [v([[1.0, 3.0, 3.0, 2.0], [0.0, 0.0, 0.0, 0.0], [-1.0, -5.0, -1.0, -2.0]])], lambda x: x.argmax(1), "ties: the first wins", axis=1)
case("argmin", [v([[1.0, 3.0, 1.0, 2.0], [0.0, 0.0, 0.0, 0.0], [-1.0, -5.0, -5.0, -2.0]])], lambda x: x.argmin(1), "ties: the first wins", axis=1)
case("gather", [f(3, 4), i(4, 3, 2)], lambda x, index: torch.gather(x, 1, index), "axis 1", axis=1)
case("gather", [f(3, 4), i(3, 5, 4)], lambda x, index: torch.gather(x, 0, index), "axis 0", axis=0)
case("scatterAdd", [f(3, 4), i(4, 3, 6), f(3, 6)], lambda x, index, y: x.scatter_add(1, index, y), "twice in one place", axis=1)
case("matmul", [f(2, 3, 4), f(4, 5)], torch.matmul, "batch by matrix")
case("matmul", [f(2, 1, 3, 4), f(3, 4, 2)], torch.matmul, "broadcast batches")
case("matmul", [f(4), f(4, 3)], torch.matmul, "vector by matrix")
case("matmul", [f(2, 3, 4), f(4)], torch.matmul, "batch by vector")
case("matmul", [f(5), f(5)], torch.matmul, "vector by vector")

path = Path(__file__).parents[2] / "test/golden/ops.json"
rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in cases)
path.write_text(f"[\n{rows}\n]\n")
print(f"{len(cases)} cases, {path.stat().st_size} bytes")
