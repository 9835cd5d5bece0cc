// Times the routes over shapes: runs unchanged in Node and, sent as text, in a page.

/** Rows `{ shape, gflops: { route: GFLOP/s } }`; shapes are [m, n, k, a transposed, b transposed]. */
export async function race(bytes, shapes, rounds) {
  const routes = { tiles: 0, "A packed": 1, "B packed": 2, "both packed": 3, row: 4, dot: 5, dots: 6 };
  const memory = new WebAssembly.Memory({ initial: 1024 });
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
  const floats = new Float32Array(memory.buffer);
  for (let i = 16384; i < floats.length; i++) floats[i] = Math.sin(i * 1.7);
  const runner = ([m, n, k, ta, tb]) => {
    const pa = 65536;
    const pb = pa + (1 << 18);
    const a = pb + (1 << 21);
    const b = a + m * k * 4 + 64;
    const c = b + k * n * 4 + 64;
    const [am, ak] = ta ? [1, m] : [k, 1];
    const [bk, bn] = tb ? [1, k] : [n, 1];
    const fits = (route) => {
      if (route === 4) return m === 1 && !tb;
      if (route === 5) return m === 1 && tb;
      if (route === 6) return !ta && tb;
      return !tb || (route & 2) !== 0;
    };
    const names = Object.keys(routes).filter((name) => fits(routes[name]));
    return { names, run: (name) => instance.exports.product(routes[name], m, n, k, a, am, ak, b, bk, bn, c, pa, pb) };
  };
  for (let i = 0; i < 300; i++)
    for (const shape of [[64, 64, 64, 0, 0], [64, 64, 64, 1, 0], [64, 64, 64, 0, 1], [1, 64, 64, 0, 0], [1, 64, 64, 0, 1]]) {
      const { names, run } = runner(shape);
      for (const name of names) run(name);
    }
  await new Promise((done) => setTimeout(done, 300));
  return shapes.map((shape) => {
    const [m, n, k] = shape;
    const { names, run } = runner(shape);
    const times = Math.max(1, Math.ceil(3e7 / (m * n * k)));
    const gflops = {};
    for (let round = 0; round < rounds; round++)
      for (const name of names) {
        const start = performance.now();
        for (let i = 0; i < times; i++) run(name);
        gflops[name] = Math.max(gflops[name] ?? 0, (2 * m * n * k * times) / (performance.now() - start) / 1e6);
      }
    return { shape, gflops };
  });
}
