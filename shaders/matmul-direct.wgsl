// The products of matmul.wgsl for adapters to which barriers cost more than reading twice, programs on a CPU: each thread
// keeps 4 x 4 sums of y[z, m, n] = sum over k of a[z, m, k] b[z, k, n] and reads what they are made of from memory.
//
// Threads count blocks: columns first, then rows, then batches, then parts.
// Sections and numbers of the run as in matmul.wgsl.

//! operands
struct Run {
  count: i32, start_a: i32, start_b: i32, start_y: i32, m: i32, n: i32, k: i32, part: i32,
  outputs: i32, am: i32, ak: i32, bk: i32, bn: i32,
}
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read_a(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_a + i]);
}

fn read_b(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_b + i]);
}

fn write_y(i: i32, x: f32) {
  memory1[run.start_y + i] = bitcast<u32>(x);
}
//! end

//! batch
fn batch_a(i: i32) -> i32 {
  return i * run.m * run.k;
}

fn batch_b(i: i32) -> i32 {
  return i * run.k * run.n;
}
//! end

//! matrices
alias Place = i32;

fn row_of(z: i32, m: i32) -> i32 {
  return batch_a(z) + m * run.am;
}

fn along_a(k: i32) -> i32 {
  return k * run.ak;
}

fn column_of(z: i32, n: i32) -> Place {
  return batch_b(z) + n * run.bn;
}

fn along_b(k: i32) -> Place {
  return k * run.bk;
}

fn load_b(place: Place) -> f32 {
  return read_b(place);
}

fn place_y(row: i32, n: i32) -> i32 {
  return row * run.n + n;
}
//! end

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let m = run.m;
  let n = run.n;
  let blocks_n = (n + 3) / 4;
  let blocks_m = (m + 3) / 4;
  var block = i32((group.y * groups.x + group.x) * 64u + local);
  let column = block % blocks_n * 4;
  block /= blocks_n;
  let row = block % blocks_m * 4;
  block /= blocks_m;
  let z = block % run.count;
  let part = block / run.count;
  let first = part * run.part;
  let last = min(run.k, first + run.part);
  if (first >= last && part > 0) {
    return;
  }

  let r0 = row_of(z, row);
  let r1 = row_of(z, min(row + 1, m - 1));
  let r2 = row_of(z, min(row + 2, m - 1));
  let r3 = row_of(z, min(row + 3, m - 1));
  let c0 = column_of(z, column);
  let c1 = column_of(z, min(column + 1, n - 1));
  let c2 = column_of(z, min(column + 2, n - 1));
  let c3 = column_of(z, min(column + 3, n - 1));
  var sums = array<vec4<f32>, 4>();
  for (var k = first; k < last; k++) {
    let x = along_a(k);
    let y = along_b(k);
    let b = vec4(load_b(c0 + y), load_b(c1 + y), load_b(c2 + y), load_b(c3 + y));
    sums[0] += read_a(r0 + x) * b;
    sums[1] += read_a(r1 + x) * b;
    sums[2] += read_a(r2 + x) * b;
    sums[3] += read_a(r3 + x) * b;
  }

  for (var j = 0; j < min(4, n - column); j++) {
    for (var i = 0; i < min(4, m - row); i++) {
      write_y(part * run.outputs + place_y(z * m + row + i, column + j), sums[i][j]);
    }
  }
}
