// Softmax and its logarithm along rows: exp(x - max) / sum, or (x - max) - log sum.
//
// A group of 256 threads takes 256 / lanes rows.
// Sections (see map.wgsl): operands; functions: exp and log of float32; lanes (lanes.wgsl; as it stands, one).
// run.count is the number of rows, run.size that of a row's elements, at least `lanes`.

override logarithm: bool = false;

//! operands
struct Run { count: i32, start_x: i32, start_y: i32, size: i32 }
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read_x(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_x + i]);
}

fn write_y(i: i32, x: f32) {
  memory1[run.start_y + i] = bitcast<u32>(x);
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

//! lanes
const lanes = 1u;

fn sum_lanes(x: f32, local: u32) -> f32 {
  return x;
}

fn max_lanes(x: f32, local: u32) -> f32 {
  return x;
}
//! end

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let lane = i32(local % lanes);
  let row = i32((group.y * groups.x + group.x) * (256u / lanes) + local / lanes);
  let start = row * run.size;
  let end = select(0, run.size, row < run.count);

  var largest = 0.0;
  if (end > 0) {
    largest = read_x(start + lane);
  }
  for (var i = lane + i32(lanes); i < end; i += i32(lanes)) {
    largest = max(largest, read_x(start + i));
  }
  largest = max_lanes(largest, local);

  var total = 0.0;
  for (var i = lane; i < end; i += i32(lanes)) {
    total += expf(read_x(start + i) - largest);
  }
  total = sum_lanes(total, local);

  if (logarithm) {
    let below = logf(total);
    for (var i = lane; i < end; i += i32(lanes)) {
      write_y(start + i, (read_x(start + i) - largest) - below);
    }
  } else {
    for (var i = lane; i < end; i += i32(lanes)) {
      write_y(start + i, expf(read_x(start + i) - largest) / total);
    }
  }
}
