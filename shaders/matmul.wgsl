// Matrix products y[z, m, n] = sum over k of a[z, m, k] b[z, k, n], a and b read through strides.
//
// A group of 16 x 16 threads makes a tile of 64 x 64; each thread keeps 4 x 4 sums. Slices of 8 of the inner dimension go
// through workgroup memory (more of it takes software adapters seconds to compile, since it starts as zeros):
//
//              b  8 x 64
//     a 64 x 8    y 64 x 64
//
// Neighbouring threads load neighbouring elements, whichever stride of an operand is 1.
// Sections (see map.wgsl): operands; batch: where the matrices of batch z start.
// run[0].x is the number of batches, run[1] is m, n, k and a's stride by rows, run[2] its stride by columns and both of b.

/// Whether neighbours in a row of a, and in a row of b, lie side by side.
override a_rows: bool = true;
override b_rows: bool = true;

//! operands
@group(0) @binding(0) var<uniform> run: array<vec4<i32>, 3>;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read_a(i: i32) -> f32 {
  return bitcast<f32>(memory1[run[0].y + i]);
}

fn read_b(i: i32) -> f32 {
  return bitcast<f32>(memory1[run[0].z + i]);
}

fn write_y(i: i32, x: f32) {
  memory1[run[0].w + i] = bitcast<u32>(x);
}
//! end

//! batch
fn batch_a(z: i32) -> i32 {
  return z * run[1].x * run[1].z;
}

fn batch_b(z: i32) -> i32 {
  return z * run[1].z * run[1].y;
}
//! end

const tile = 64;
const depth = 8;

/// By k, then by row of a or by column of b.
var<workgroup> a_slice: array<array<f32, 64>, 8>;
var<workgroup> b_slice: array<array<f32, 64>, 8>;

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_id) thread: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let m = run[1].x;
  let n = run[1].y;
  let k = run[1].z;
  let am = run[1].w;
  let ak = run[2].x;
  let bk = run[2].y;
  let bn = run[2].z;
  let row = i32(group.y) * tile;
  let column = i32(group.x) * tile;
  for (var z = i32(group.z); z < run[0].x; z += i32(groups.z)) {
    let a_start = batch_a(z);
    let b_start = batch_b(z);
    var sums = array<vec4<f32>, 4>();
    for (var k0 = 0; k0 < k; k0 += depth) {
      for (var i = i32(local); i < tile * depth; i += 256) {
        let ar = select(i % tile, i / depth, a_rows);
        let ad = select(i / tile, i % depth, a_rows);
        var x = 0.0;
        if (row + ar < m && k0 + ad < k) {
          x = read_a(a_start + (row + ar) * am + (k0 + ad) * ak);
        }
        a_slice[ad][ar] = x;
        let bc = select(i / depth, i % tile, b_rows);
        let bd = select(i % depth, i / tile, b_rows);
        x = 0.0;
        if (column + bc < n && k0 + bd < k) {
          x = read_b(b_start + (k0 + bd) * bk + (column + bc) * bn);
        }
        b_slice[bd][bc] = x;
      }
      workgroupBarrier();
      for (var d = 0; d < depth; d++) {
        let bc = thread.x * 4u;
        let b = vec4(b_slice[d][bc], b_slice[d][bc + 1u], b_slice[d][bc + 2u], b_slice[d][bc + 3u]);
        for (var i = 0; i < 4; i++) {
          sums[i] += a_slice[d][i32(thread.y) * 4 + i] * b;
        }
      }
      workgroupBarrier();
    }
    for (var i = 0; i < 4; i++) {
      let r = row + i32(thread.y) * 4 + i;
      for (var j = 0; j < 4; j++) {
        let c = column + i32(thread.x) * 4 + j;
        if (r < m && c < n) {
          write_y((z * m + r) * n + c, sums[i][j]);
        }
      }
    }
  }
}
