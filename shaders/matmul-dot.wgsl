// The products of matmul.wgsl where a tile would be mostly empty: y[z, m, n] = sum over k of a[z, m, k] b[z, k, n], one
// output by some threads. Flat and narrow matrices come here, and convolutions whose groups have few channels.
//
// A group of 256 threads makes 256 / lanes outputs; the lanes of an output take every lanes-th product and fold their totals
// in a tree. Neighbouring threads are neighbours along a row of b or along k, whichever lies side by side.
// Sections and numbers of the run as in matmul.wgsl; as it stands, a and b are contiguous.

/// A power of two, at most 256.
override lanes: u32 = 1u;
/// Whether neighbouring threads read along rows of b.
override b_rows: bool = true;

//! operands
struct Run {
  start_a: i32, start_b: i32, start_y: i32, m: i32, n: i32, k: i32, outputs: i32,
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
  return batch_a(z) + m * run.k;
}

fn along_a(k: i32) -> i32 {
  return k;
}

fn column_of(z: i32, n: i32) -> Place {
  return batch_b(z) + n;
}

fn along_b(k: i32) -> Place {
  return k * run.n;
}

fn load_b(place: Place) -> f32 {
  return read_b(place);
}

fn place_y(row: i32, n: i32) -> i32 {
  return row * run.n + n;
}
//! end

var<workgroup> totals: array<f32, 256>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let columns = 256u / lanes;
  let lane = select(local % lanes, local / columns, b_rows);
  let column = select(local / lanes, local % columns, b_rows);
  let y = i32((group.y * groups.x + group.x) * columns + column);
  let n = run.n;
  let exists = y < run.outputs;
  let c = y % n;
  // Rows of all batches, one after another.
  let r = y / n;

  var total = 0.0;
  if (exists) {
    let row = row_of(r / run.m, r % run.m);
    let place = column_of(r / run.m, c);
    for (var k = i32(lane); k < run.k; k += i32(lanes)) {
      total += read_a(row + along_a(k)) * load_b(place + along_b(k));
    }
  }
  totals[local] = total;
  let stride = select(1u, columns, b_rows);
  for (var step = lanes / 2u; step > 0u; step /= 2u) {
    workgroupBarrier();
    if (lane < step) {
      totals[local] += totals[local + step * stride];
    }
  }
  if (lane == 0u && exists) {
    write_y(place_y(r, c), totals[local]);
  }
}
