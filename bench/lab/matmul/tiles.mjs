// Prints AssemblyScript for one register tile of packed matrix multiplication and a driver around it.
//
// A variant is named <rows>x<columns>[u<unroll>][s][t][k<kc>][m<mc>]: rows × columns outputs in registers, the depth loop
// unrolled `unroll` times, `s` = A broadcast by shuffles of one vector instead of by splatting loads, `t` = C's lines are
// touched before the loop, kc = depth of a panel, mc = rows of a packed A block.

/**
 * @typedef {{ name: string, rows: number, vectors: number, unroll: number, shuffle: boolean, touch: boolean, kc: number,
 *   mc: number }} Variant
 */

/** @param {string} name @returns {Variant} */
export function parse(name) {
  const found = /^(\d+)x(\d+)(?:u(\d+))?(s?)(t?)(?:k(\d+))?(?:m(\d+))?$/.exec(name);
  if (!found) throw new Error(`tiles: cannot parse ${name}: want <rows>x<columns>[u<unroll>][s][t][k<kc>][m<mc>]`);
  const [, rows, columns, unroll, shuffle, touch, kc, mc] = found;
  const sizes = { unroll: +(unroll ?? 1), kc: +(kc ?? 256), mc: Math.floor((mc ?? 128) / rows) * rows };
  return { name, rows: +rows, vectors: +columns / 4, shuffle: shuffle === "s", touch: touch === "t", ...sizes };
}

const range = (n) => Array.from({ length: n }, (_, i) => i);

/** The tile: C (+)= packed A · packed B over kc, which is a multiple of `unroll` here. @param {Variant} v @param {boolean} relaxed */
function tile(v, relaxed) {
  const { name, rows, vectors, unroll, shuffle, touch } = v;
  const madd = (a, b, c) => (relaxed ? `f32x4.relaxed_madd(${a}, ${b}, ${c})` : `f32x4.add(${c}, f32x4.mul(${a}, ${b}))`);
  const out = [`function tile_${name}(kc: i32, a: usize, b: usize, c: usize, ldc: usize, add: bool): void {`];
  for (const i of range(rows)) for (const j of range(vectors)) out.push(`  let c${i}_${j} = f32x4.splat(0);`);
  if (touch) for (const i of range(rows)) out.push(`  load<i32>(c + ${i} * ldc);`);
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
    for (const j of range(vectors)) {
      const value = `c${i}_${j}`;
      out.push(`  v128.store(c, add ? f32x4.add(v128.load(c, ${j * 16}), ${value}) : ${value}, ${j * 16});`);
    }
    out.push("  c += ldc;");
  }
  return [...out, "}"].join("\n");
}

/** The loops around it; sizes are multiples of the tile. @param {Variant} v */
function driver({ name, rows, vectors, kc, mc }) {
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
  const ldc = <usize>n << 2;
  for (let pc = 0; pc < k; pc += ${kc}) {
    const kc = min(${kc}, k - pc);
    packB_${name}(b + pc * ldc, ldc, kc, n, pb);
    for (let ic = 0; ic < m; ic += ${mc}) {
      const mc = min(${mc}, m - ic);
      packA_${name}(a + ic * (k << 2) + (pc << 2), k << 2, mc, kc, pa);
      for (let j = 0; j < n; j += ${nr}) for (let i = 0; i < mc; i += ${rows})
        tile_${name}(kc, pa + i * kc * 4, pb + j * kc * 4, c + (ic + i) * ldc + (j << 2), ldc, pc > 0);
    }
  }
}
export function loop_${name}(times: i32, kc: i32, a: usize, b: usize, c: usize): void {
  for (let i = 0; i < times; i++) tile_${name}(kc, a, b, c, ${nr * 4}, false);
}`;
}

/** Source of a module with all the variants. @param {string[]} names @param {boolean} relaxed */
export function source(names, relaxed) {
  return names.map(parse).map((v) => `${tile(v, relaxed)}\n${driver(v)}`).join("\n\n");
}
