"""Numbers that both PyTorch and the tests can make, so that golden files need not store weights or data.

Number i of stream s is splitmix32's hash of s·2654435769 + i, as the float (hash >> 8) / 2^23 − 1 in [−1, 1): exact in
float32. test/golden/generator.ts is the same in TypeScript.
"""

import numpy as np


def hashes(stream, count):
    with np.errstate(over="ignore"):
        z = (np.uint32(stream) * np.uint32(2654435769) + np.arange(count, dtype=np.uint32)) * np.uint32(0x9E3779B9)
        z ^= z >> np.uint32(16)
        z *= np.uint32(0x21F0AAAD)
        z ^= z >> np.uint32(15)
        z *= np.uint32(0x735A2D97)
        z ^= z >> np.uint32(15)
    return z


def floats(stream, *shape):
    count = int(np.prod(shape, dtype=np.int64))
    return ((hashes(stream, count) >> np.uint32(8)).astype(np.float32) / np.float32(2**23) - np.float32(1)).reshape(shape)


def integers(stream, below, *shape):
    count = int(np.prod(shape, dtype=np.int64))
    return (hashes(stream, count) >> np.uint32(8)).astype(np.int64).reshape(shape) % below
