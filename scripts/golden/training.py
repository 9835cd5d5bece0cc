"""Losses of 100 training steps in PyTorch: LeNet-5 and an MLP, SGD with momentum and Adam. Writes test/golden/training.json.

Weights and data come from generator.py. Each class is a pattern of 7 × 7 blocks under noise; one label in eight is random,
which keeps the losses away from 0. Every run is made in float64 too: a step where float32 strays from it by more than
2e-5 would say more about rounding than about whoever is compared.
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from generator import floats, integers

BATCH, STEPS, CLASSES = 64, 100, 10


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip


def mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))


MODELS = {"lenet": lenet, "mlp": mlp}

# Uniform bounds of the weights by layer, powers of two near 1/sqrt(fan in); biases start at 0.
BOUNDS = {"lenet": [1 / 4, 1 / 8, 1 / 16, 1 / 8, 1 / 8], "mlp": [1 / 16, 1 / 8, 1 / 4]}

# Learning rates at which a rounding error does not grow: where a step is large, one ReLU or one maximum that falls on its
# other side moves the losses after it by 1e-3, in PyTorch too when its weights are disturbed by 5e-8.
RUNS = {
    ("lenet", "sgd"): lambda p: torch.optim.SGD(p, lr=0.004, momentum=0.9),
    ("lenet", "adam"): lambda p: torch.optim.Adam(p, lr=0.0001),
    ("mlp", "sgd"): lambda p: torch.optim.SGD(p, lr=0.005, momentum=0.9),
    ("mlp", "adam"): lambda p: torch.optim.Adam(p, lr=0.0003),
}


def batch(step):
    patterns = floats(1, CLASSES, 1, 7, 1, 7, 1)
    labels = integers(1000 + step, CLASSES, BATCH)
    noise = floats(3000 + step, BATCH, 1, 28, 28)
    seen = np.broadcast_to(patterns, (CLASSES, 1, 7, 4, 7, 4)).reshape(CLASSES, 1, 28, 28)[labels]
    # One label in eight is random, though the picture is not.
    lies = integers(5000 + step, 8, BATCH) == 0
    labels = np.where(lies, integers(7000 + step, CLASSES, BATCH), labels)
    return (seen.astype(np.float64) / 2 + noise).astype(np.float32), labels


def train(model_name, optimizer_name, dtype):
    model = MODELS[model_name]()
    layers = [layer for layer in model if hasattr(layer, "weight")]
    for i, (layer, bound) in enumerate(zip(layers, BOUNDS[model_name])):
        layer.weight.data = torch.tensor(floats(100 + i, *layer.weight.shape) * np.float32(bound))
        layer.bias.data.zero_()
    model = model.to(dtype)
    optimizer = RUNS[model_name, optimizer_name](model.parameters())
    losses = []
    for step in range(STEPS):
        x, y = batch(step)
        loss = F.cross_entropy(model(torch.tensor(x).to(dtype)), torch.tensor(y))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def main():
    torch.set_num_threads(1)
    golden = {}
    for model, optimizer in RUNS:
        losses, exact = train(model, optimizer, torch.float32), train(model, optimizer, torch.float64)
        strays = max(abs(a - b) / b for a, b in zip(losses, exact))
        print(f"{model} {optimizer}: {losses[0]:.4f} … {losses[-1]:.4f}, least {min(losses):.4f}, float32 strays {strays:.1e}")
        assert strays < 2e-5 and min(losses) > 0.05
        golden[f"{model}-{optimizer}"] = [float(f"{loss:.9g}") for loss in losses]
    path = Path(__file__).parents[2] / "test/golden/training.json"
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(losses)}" for name, losses in golden.items())
    path.write_text(f"{{\n{lines}\n}}\n")


if __name__ == "__main__":
    main()
