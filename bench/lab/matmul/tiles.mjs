// Prints AssemblyScript for one register tile of packed matrix multiplication and a driver around it.
//
// A variant is named <rows>x<columns>[u<unroll>][s][k<kc>]: rows × columns outputs in registers, the depth loop unrolled
// `unroll` times, `s` = A broadcast by shuffles of one vector instead of by splatting loads, kc = depth of a panel.

/** @typedef {{ name: string, rows: number, vectors: number, unroll: number, shuffle: boolean, kc: number }} Variant */

/** @param {string} name @returns {Variant} */
export function parse(name) {
  const found = /^(\d+)x(\d+)(?:u(\d+))?(s?)(?:k(\d+))?$/.exec(name);
  if (!found) throw new Error(`tiles: cannot parse ${name}: want <rows>x<columns>[u<unroll>][s][k<kc>]`);
  const [, rows, columns, unroll, shuffle, kc] = found;
  return { name, rows: +rows, vectors: +columns / 4, unroll: +(unroll ?? 1), shuffle: shuffle === "s", kc: +(kc ?? 256) };
}

const range = (n) => Array.from({ length: n }, (_, i) => i);

/** The tile: C (+)= packed A · packed B over kc, which is a multiple of `unroll` here. @param {Variant} v @param {boolean} relaxed */
function tile(v, relaxed) {
  const { name, rows, vectors, unroll, shuffle } = v;
  const madd = (a, b, c) => (relaxed ? `f32x4.relaxed_madd(${a}, ${b}, ${c})` : `f32x4.add(${c}, f32x4.mul(${a}, ${b}))`);
  const out = [`function tile_${name}(kc: i32, a: usize, b: usize, c: usize, ldc: usize): void {`];
  for (const i of range(rows)) for (const j of range(vectors)) out.push(`  let c${i}_${j} = f32x4.splat(0);`);
  out.push(`  const end = a + <usize>kc * ${rows * 4};`, "  while (a < end) {");
  for (const u of range(unroll)) {
    const wide = shuffle ? range(Math.ceil(rows / 4)) : [];
    for (const j of range(vectors)) out.push(`    const b${u}_${j} = v128.load(b, ${(u * vectors + j) * 16});`);
    for (const w of wide) out.push(`    const a${u}_${w} = v128.load(a, ${(u * rows + w * 4) * 4});`);
    for (const i of range(rows)) {
      const lane = i % 4;
      const vector = `a${u}_${i >> 2}`;
      const splat = shuffle
        ? `v128.shuffle<f32>(${vector}, ${vector}, ${lane}, ${lane}, ${lane}, ${lane})`
        : `v128.load_splat<f32>(a, ${(u * rows + i) * 4})`;
      out.push(`    const x${u}_${i} = ${splat};`);
      for (const j of range(vectors)) out.push(`    c${i}_${j} = ${madd(`x${u}_${i}`, `b${u}_${j}`, `c${i}_${j}`)};`);
    }
  }
  out.push(`    a += ${unroll * rows * 4};`, `    b += ${unroll * vectors * 16};`, "  }");
  for (const i of range(rows)) {
    for (const j of range(vectors)) out.push(`  v128.store(c, f32x4.add(v128.load(c, ${j * 16}), c${i}_${j}), ${j * 16});`);
    out.push("  c += ldc;");
  }
  return [...out, "}"].join("\n");
}

/** The loops around it; sizes are multiples of the tile. @param {Variant} v */
function driver({ name, rows, vectors, kc }) {
  const nr = vectors * 4;
  return `
function packA_${name}(a: usize, lda: usize, mc: i32, kc: i32, to: usize): void {
  for (let i = 0; i < mc; i += ${rows}) for (let k = 0; k < kc; k++) {
    let s = a + i * lda + (k << 2);
    for (let r = 0; r < ${rows}; r++) { store<f32>(to, load<f32>(s)); to += 4; s += lda; }
  }
}
function packB_${name}(b: usize, ldb: usize, kc: i32, nc: i32, to: usize): void {
  for (let j = 0; j < nc; j += ${nr}) for (let k = 0; k < kc; k++) {
    let s = b + k * ldb + (j << 2);
    for (let r = 0; r < ${vectors}; r++) { v128.store(to, v128.load(s)); to += 16; s += 16; }
  }
}
export function gemm_${name}(m: i32, n: i32, k: i32, a: usize, b: usize, c: usize, pa: usize, pb: usize): void {
  memory.fill(c, 0, m * n * 4);
  const ldc = <usize>n << 2, MC = ${Math.floor(128 / rows) * rows};
  for (let pc = 0; pc < k; pc += ${kc}) {
    const kc = min(${kc}, k - pc);
    packB_${name}(b + pc * ldc, ldc, kc, n, pb);
    for (let ic = 0; ic < m; ic += MC) {
      const mc = min(MC, m - ic);
      packA_${name}(a + ic * (k << 2) + (pc << 2), k << 2, mc, kc, pa);
      for (let j = 0; j < n; j += ${nr}) for (let i = 0; i < mc; i += ${rows})
        tile_${name}(kc, pa + i * kc * 4, pb + j * kc * 4, c + (ic + i) * ldc + (j << 2), ldc);
    }
  }
}
export function loop_${name}(times: i32, kc: i32, a: usize, b: usize, c: usize): void {
  for (let i = 0; i < times; i++) tile_${name}(kc, a, b, c, ${nr * 4});
}`;
}

/** Source of a module with all the variants. @param {string[]} names @param {boolean} relaxed */
export function source(names, relaxed) {
  return names.map(parse).map((v) => `${tile(v, relaxed)}\n${driver(v)}`).join("\n\n");
}
