// Times a ladder module: runs unchanged in Node and, sent as text, in a page.

/**
 * GFLOP/s of every variant: `loop` = the tile alone with its panels in the first-level cache, `gemm` = size³ with packing.
 * Rounds are interleaved over the variants and the best is kept, so that a noisy moment hits all alike.
 */
export async function measure(bytes, names, size, rounds) {
  const memory = new WebAssembly.Memory({ initial: 512 });
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
  const floats = new Float32Array(memory.buffer);
  const a = 65536;
  const b = a + size * size * 4 + 64;
  const c = b + size * size * 4 + 64;
  const packedA = c + size * size * 4 + 64;
  const packedB = packedA + (1 << 20);
  for (let i = a / 4; i < c / 4; i++) floats[i] = Math.sin(i * 1.7);
  const best = {};
  const error = {};
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const [, rows, columns] = /^(\d+)x(\d+)/.exec(name);
      const row = (best[name] ??= { loop: 0, gemm: 0 });
      const times = 4000;
      let start = performance.now();
      instance.exports[`loop_${name}`](times, 240, packedA, packedB, packedB + (1 << 16));
      row.loop = Math.max(row.loop, (times * 240 * rows * columns * 2) / (performance.now() - start) / 1e6);
      if (round < 2) for (let i = 0; i < 2; i++) instance.exports[`gemm_${name}`](size, size, size, a, b, c, packedA, packedB);
      start = performance.now();
      instance.exports[`gemm_${name}`](size, size, size, a, b, c, packedA, packedB);
      row.gemm = Math.max(row.gemm, (2 * size ** 3) / (performance.now() - start) / 1e6);
      if (round === 0) {
        error[name] = 0;
        for (let s = 0; s < 50; s++) {
          const i = (s * 7919) % size;
          const j = (s * 104729) % size;
          let sum = 0;
          for (let k = 0; k < size; k++) sum += floats[a / 4 + i * size + k] * floats[b / 4 + k * size + j];
          error[name] = Math.max(error[name], Math.abs(sum - floats[c / 4 + i * size + j]));
        }
        if (!(error[name] < 1e-3)) throw new Error(`measure: cannot trust ${name}: off by ${error[name]}`);
      }
    }
  }
  return best;
}
