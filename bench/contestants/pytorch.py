"""PyTorch on one thread, driven by lines of JSON: the native anchor of the benchmarks.

Each line asks {"call": "prepare" | "measure" | "release", ...}; each answer is a line of JSON too. Work, models and numbers
are those of work.ts and of scripts/golden/generator.py.
"""

import json
import math
import re
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(sys.argv[1]) / "scripts/golden"))
from generator import floats, integers  # noqa: E402

torch.set_num_threads(1)
OPTIONS = json.loads(sys.argv[2])


def operand(stream, *shape):
    return torch.from_numpy(floats(stream, *shape).copy())


def forward(work):
    """A function that does the work once and returns a tensor."""
    kind = work["kind"]
    if kind == "matmul":
        m, n, k = work["m"], work["n"], work["k"]
        a = operand(1, k, m).t() if work.get("transposeA") else operand(1, m, k)
        b = operand(2, n, k).t() if work.get("transposeB") else operand(2, k, n)
        return lambda: a @ b
    if kind == "conv2d":
        groups, k = work.get("groups", 1), work["k"]
        x, w = operand(1, *work["x"]), operand(2, work["o"], work["x"][1] // groups, k, k)
        return lambda: F.conv2d(x, w, None, work.get("stride", 1), work.get("padding", 0), 1, groups)
    if kind == "chain":
        x, w, b, r = (operand(i, work["count"]) for i in (1, 2, 3, 4))
        activation = F.relu if work["activation"] == "relu" else F.silu
        return lambda: activation(x * w + b) + r
    if kind == "softmax":
        x = operand(1, *work["shape"])
        return lambda: F.softmax(x, 1)
    if kind == "reduce":
        x, axis = operand(1, *work["shape"]), work.get("axis")
        if work["op"] == "sum":
            return (lambda: x.sum()) if axis is None else (lambda: x.sum(axis))
        return (lambda: x.max()) if axis is None else (lambda: x.amax(axis))
    if kind == "call":
        sizes = work["sizes"]
        layers = [(operand(10 + i, o, n), operand(20 + i, o)) for i, (n, o) in enumerate(zip(sizes, sizes[1:]))]
        row = floats(1, 1, sizes[0])

        def call():
            x = torch.from_numpy(row)
            for i, (w, b) in enumerate(layers):
                x = F.linear(x, w, b)
                x = F.relu(x) if i < len(layers) - 1 else x
            return torch.from_numpy(x.numpy())

        return call
    raise NotImplementedError(kind)


def module_of(layer, i):
    if layer["layer"] == "conv2d":
        made = torch.nn.Conv2d(layer["i"], layer["o"], layer["k"], layer["stride"], layer["padding"])
    elif layer["layer"] == "linear":
        made = torch.nn.Linear(layer["i"], layer["o"])
    else:
        return {"relu": torch.nn.ReLU, "maxPool2d": lambda: torch.nn.MaxPool2d(2), "flatten": torch.nn.Flatten}[layer["layer"]]()
    shape = tuple(made.weight.shape)
    made.weight.data = torch.from_numpy(floats(100 + i, *shape)) * (1 / math.sqrt(math.prod(shape[1:])))
    made.bias.data.zero_()
    return made


def training(work):
    """A function that takes one optimiser step and returns the loss."""
    model = OPTIONS["models"][work["model"]]
    net = torch.nn.Sequential(*(module_of(layer, i) for i, layer in enumerate(model["layers"])))
    kind = torch.optim.Adam if work["optimizer"] == "adam" else torch.optim.SGD
    optimizer = kind(net.parameters(), lr=work["lr"])
    batch = work["batch"]
    data = [
        (floats(1000 + i, batch, *model["input"]), integers(2000 + i, model["classes"], batch))
        for i in range(OPTIONS["batches"])
    ]
    state = {"step": 0}

    def step():
        x, y = data[state["step"] % len(data)]
        state["step"] += 1
        loss = F.cross_entropy(net(torch.from_numpy(x)), torch.from_numpy(y))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def digest(values):
    """As digestOf of measure.ts."""
    count = len(values)
    samples = [values[i * count // min(count, 64)] for i in range(min(count, 64))]
    return {"count": count, "peak": max(map(abs, values)), "mean": sum(values) / count, "samples": samples}


class Lane:
    """The work at hand."""

    def __init__(self, work, warm):
        if work["kind"] == "train":
            self.once = training(work)
            result = [self.once() for _ in range(3)]
        else:
            self.once = forward(work)
            result = self.once().flatten().tolist()
        self.digest = digest(result)
        # As warmUp of measure.ts.
        self.batch, long, least = 1, 0, OPTIONS["batchMs"] / 1000
        until = time.perf_counter() + warm / 1000
        while long < 2 or time.perf_counter() < until:
            total = self.time() * self.batch
            if total >= least:
                long += 1
                if total > 100 * least and time.perf_counter() >= until:
                    break
                continue
            long = 0
            self.batch = math.ceil(self.batch * min(10, max(1.2, 1.2 * least / max(total, 1e-6))))

    def time(self):
        start = time.perf_counter()
        for _ in range(self.batch):
            self.once()
        return (time.perf_counter() - start) / self.batch

    def measure(self, budget):
        until, times = time.perf_counter() + budget / 1000, []
        while not times or time.perf_counter() < until:
            times.append(self.time() * 1000)
        return times


def main():
    lane = None
    torch.ones(64, 64) @ torch.ones(64, 64)
    # The library of matrix products is the system's: Debian's plain one is a hundredth as fast as OpenBLAS.
    mapped = Path("/proc/self/maps")
    found = re.findall(r"lib((?:open)?blas|mkl)", mapped.read_text()) if mapped.exists() else []
    blas = "OpenBLAS" if "openblas" in found else "MKL" if "mkl" in found else "plain BLAS" if found else "unknown BLAS"
    print(json.dumps({"version": f"{torch.__version__} with {blas}"}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["call"] == "prepare":
                lane = Lane(request["work"], request["warm"])
                answer = {"digest": lane.digest}
            elif request["call"] == "measure":
                answer = {"times": lane.measure(request["budget"])}
            else:
                lane, answer = None, {}
        except Exception as error:  # A refusal is an answer.
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
