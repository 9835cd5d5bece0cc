// Products of 8-bit integers less their zero points, exact in int32: rows on the left, read one number at a time, by lines of
// packed weights (pack-integer.wgsl).
//
//   y[z, m, n] = sum over k of (a - p)(w - q) = sum a w - q sum a - p sum w + k p q
//
// With `tiled` a group of 16 x 16 threads makes a tile of 64 x 64 by slices of 8 words of four numbers, as matmul.wgsl does;
// else a thread makes one number.
// Sections (see map.wgsl): operands; dot: the sum of four products; left: numbers of the left side and the zero point p of a
// row, both signed; place: where a result goes. A dispatch makes n of run.all columns, from run.column on; `facts` are the sums
// and zero points of its lines. run.count is the number of tiles, or of results.

override tiled: bool = true;

//! operands
struct Run {
  count: i32, start_a: i32, start_w: i32, start_facts: i32, start_y: i32,
  m: i32, n: i32, all: i32, column: i32, k: i32, words: i32, pitch: i32,
}
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read_a(i: i32) -> i32 {
  return bitcast<i32>(memory1[run.start_a + i]);
}

fn read_w(i: i32) -> i32 {
  return bitcast<i32>(memory1[run.start_w + i]);
}

fn read_facts(i: i32) -> i32 {
  return bitcast<i32>(memory1[run.start_facts + i]);
}

fn write_y(i: i32, x: i32) {
  memory1[run.start_y + i] = bitcast<u32>(x);
}
//! end

//! dot
fn parts(word: u32) -> vec4<i32> {
  let x = bitcast<i32>(word);
  return vec4(extractBits(x, 0u, 8u), extractBits(x, 8u, 8u), extractBits(x, 16u, 8u), extractBits(x, 24u, 8u));
}

fn dot_four(a: u32, b: u32) -> i32 {
  return dot(parts(a), parts(b));
}
//! end

//! left
fn left(z: i32, row: i32, k: i32) -> i32 {
  return read_a((z * run.m + row) * run.k + k);
}

fn left_zero(z: i32, row: i32) -> i32 {
  return 0;
}
//! end

//! place
fn weights(z: i32) -> i32 {
  return z * run.pitch;
}

fn place(z: i32, row: i32, column: i32) -> i32 {
  return (z * run.m + row) * run.all + column;
}
//! end

const tile = 64;
const depth = 8;
const ones = 0x01010101u;

/// By word, then by row of the left side or by line of the weights.
var<workgroup> a_slice: array<array<u32, 64>, 8>;
var<workgroup> w_slice: array<array<u32, 64>, 8>;

/// Four numbers of a row.
fn left_word(z: i32, row: i32, word: i32) -> u32 {
  var four = 0u;
  for (var k = 4 * word; k < min(4 * word + 4, run.k); k++) {
    four |= u32(left(z, row, k) & 255) << (8u * u32(k & 3));
  }
  return four;
}

/// Writes a result, from the sums of a w and of a.
fn finish(z: i32, row: i32, column: i32, sum: i32, sum_a: i32) {
  let facts = weights(z) + column;
  let p = left_zero(z, row);
  let q = read_facts(facts + run.all);
  write_y(place(z, row, run.column + column), sum - q * sum_a - p * read_facts(facts) + run.k * p * q);
}

fn one(at: i32) {
  if (at >= run.count) {
    return;
  }
  let column = at % run.n;
  let row = (at / run.n) % run.m;
  let z = at / run.n / run.m;
  let line = weights(z) + column * run.words;
  var sum = 0;
  var sum_a = 0;
  for (var word = 0; word < run.words; word++) {
    let a = left_word(z, row, word);
    sum += dot_four(a, bitcast<u32>(read_w(line + word)));
    sum_a += dot_four(a, ones);
  }
  finish(z, row, column, sum, sum_a);
}

fn many(item: i32, local: i32) {
  let across = (run.n + tile - 1) / tile;
  let down = (run.m + tile - 1) / tile;
  let column = (item % across) * tile;
  let row = ((item / across) % down) * tile;
  let z = item / across / down;
  let start = weights(z);
  var sums = array<vec4<i32>, 4>();
  var sums_a = vec4<i32>();
  for (var first = 0; first < run.words; first += depth) {
    for (var i = local; i < tile * depth; i += 256) {
      let word = first + i % depth;
      let line = i / depth;
      var a = 0u;
      if (row + line < run.m && word < run.words) {
        a = left_word(z, row + line, word);
      }
      a_slice[i % depth][line] = a;
      var w = 0u;
      if (column + line < run.n && word < run.words) {
        w = bitcast<u32>(read_w(start + (column + line) * run.words + word));
      }
      w_slice[i % depth][line] = w;
    }
    workgroupBarrier();
    for (var d = 0; d < depth; d++) {
      for (var i = 0; i < 4; i++) {
        let a = a_slice[d][(local / 16) * 4 + i];
        sums_a[i] += dot_four(a, ones);
        for (var j = 0; j < 4; j++) {
          sums[i][j] += dot_four(a, w_slice[d][(local % 16) * 4 + j]);
        }
      }
    }
    workgroupBarrier();
  }
  for (var i = 0; i < 4; i++) {
    for (var j = 0; j < 4; j++) {
      let r = row + (local / 16) * 4 + i;
      let c = column + (local % 16) * 4 + j;
      if (r < run.m && c < run.n) {
        finish(z, r, c, sums[i][j], sums_a[i]);
      }
    }
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let item = i32(group.y * groups.x + group.x);
  if (!tiled) {
    one(item * 256 + i32(local));
  } else if (item < run.count) {
    many(item, i32(local));
  }
}
