// Softmax and its logarithm along rows: exp(x - max) / sum, or (x - max) - log sum.
//
// A group of 256 threads takes 256 / lanes rows; the lanes of a row fold their maxima and sums in a tree.
// Sections (see map.wgsl): operands; functions: exp and log of float32. run[0].x is the number of rows.

/// Elements of a row.
override size: i32 = 1;
/// A power of two, at most 256 and at most `size`.
override lanes: u32 = 1u;
override logarithm: bool = false;

//! operands
@group(0) @binding(0) var<uniform> run: array<vec4<i32>, 1>;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read_x(i: i32) -> f32 {
  return bitcast<f32>(memory1[run[0].y + i]);
}

fn write_y(i: i32, x: f32) {
  memory1[run[0].z + i] = bitcast<u32>(x);
}
//! end

//! functions
fn expf(x: f32) -> f32 {
  return exp(x);
}

fn logf(x: f32) -> f32 {
  return log(x);
}
//! end

var<workgroup> partial_results: array<f32, 256>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let lane = i32(local % lanes);
  let row = i32((group.y * groups.x + group.x) * (256u / lanes) + local / lanes);
  let first = local - local % lanes;
  let start = row * size;
  let exists = row < run[0].x;

  var largest = 0.0;
  if (exists) {
    largest = read_x(start + lane);
    for (var i = lane + i32(lanes); i < size; i += i32(lanes)) {
      largest = max(largest, read_x(start + i));
    }
  }
  partial_results[local] = largest;
  for (var step = lanes / 2u; step > 0u; step /= 2u) {
    workgroupBarrier();
    if (u32(lane) < step) {
      partial_results[local] = max(partial_results[local], partial_results[local + step]);
    }
  }
  workgroupBarrier();
  largest = partial_results[first];
  workgroupBarrier();

  var total = 0.0;
  if (exists) {
    for (var i = lane; i < size; i += i32(lanes)) {
      total += expf(read_x(start + i) - largest);
    }
  }
  partial_results[local] = total;
  for (var step = lanes / 2u; step > 0u; step /= 2u) {
    workgroupBarrier();
    if (u32(lane) < step) {
      partial_results[local] += partial_results[local + step];
    }
  }
  workgroupBarrier();
  total = partial_results[first];

  if (exists) {
    if (logarithm) {
      let below = logf(total);
      for (var i = lane; i < size; i += i32(lanes)) {
        write_y(start + i, (read_x(start + i) - largest) - below);
      }
    } else {
      for (var i = lane; i < size; i += i32(lanes)) {
        write_y(start + i, expf(read_x(start + i) - largest) / total);
      }
    }
  }
}
