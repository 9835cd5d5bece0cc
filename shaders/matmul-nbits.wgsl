// The matrices of products by packed weights (matmul.wgsl): a [m, k], and W [n, k] of 2, 4 or 8-bit numbers, the first of a
// byte in its lowest bits, scaled in blocks along k:
//
//   b[k, n] = q[n, k] scale[n, k / block] + shift[n, k / block]
//
// Sections (see map.wgsl): operands; matrices, which matmul.wgsl takes in place of its own.

//! operands
struct Run { start_b: i32, start_scales: i32, start_shifts: i32, bits: i32, block: i32, blocks: i32, n: i32, k: i32 }
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read_b(i: i32) -> i32 {
  return bitcast<i32>(memory1[run.start_b + i]);
}

fn read_scales(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_scales + i]);
}

fn read_shifts(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_shifts + i]);
}
//! end

//! matrices
/// Column, and place along k.
alias Place = vec2<i32>;

fn row_of(z: i32, m: i32) -> i32 {
  return m * run.k;
}

fn along_a(k: i32) -> i32 {
  return k;
}

fn column_of(z: i32, n: i32) -> Place {
  return vec2(n, 0);
}

fn along_b(k: i32) -> Place {
  return vec2(0, k);
}

fn load_b(place: Place) -> f32 {
  let block = place.x * run.blocks + place.y / run.block;
  let bit = place.y * run.bits;
  let byte = read_b(place.x * (run.blocks * run.block * run.bits / 8) + bit / 8);
  let q = extractBits(u32(byte), u32(bit & 7), u32(run.bits));
  return f32(q) * read_scales(block) + read_shifts(block);
}

fn place_y(row: i32, n: i32) -> i32 {
  return row * run.n + n;
}
//! end
