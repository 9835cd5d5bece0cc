/**
 * Numbers that both PyTorch and the tests can make, so that golden files need not store weights or data.
 *
 * Number i of stream s is splitmix32's hash of s·2654435769 + i, as the float (hash >> 8) / 2^23 − 1 in [−1, 1): exact in
 * float32. scripts/golden/generator.py is the same in Python.
 */
function hash(stream: number, i: number): number {
  let z = Math.imul(Math.imul(stream, 0x9e3779b9) + i, 0x9e3779b9);
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

export function floats(stream: number, count: number): Float32Array {
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) out[i] = (hash(stream, i) >>> 8) / 2 ** 23 - 1;
  return out;
}

export function integers(stream: number, below: number, count: number): Int32Array {
  const out = new Int32Array(count);
  for (let i = 0; i < count; i++) out[i] = (hash(stream, i) >>> 8) % below;
  return out;
}
