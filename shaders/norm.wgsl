// Layer norm of rows, (x - mean) / sqrt(variance + epsilon), or RMS norm, x / sqrt(mean of squares + epsilon).
//
// A group of 256 threads takes 256 / lanes rows.
// Sections (see map.wgsl): operands; lanes (lanes.wgsl; as it stands, one). run.count is the number of rows, run.size that
// of a row's elements.

/// Whether the mean is taken away.
override centred: bool = true;

//! operands
struct Run { count: i32, start_x: i32, start_y: i32, size: i32, epsilon: f32 }
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read_x(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_x + i]);
}

fn write_y(i: i32, x: f32) {
  memory1[run.start_y + i] = bitcast<u32>(x);
}
//! end

//! lanes
const lanes = 1u;

fn sum_lanes(x: f32, local: u32) -> f32 {
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

  var mean = 0.0;
  if (centred) {
    for (var i = lane; i < end; i += i32(lanes)) {
      mean += read_x(start + i);
    }
    mean = sum_lanes(mean, local) / f32(run.size);
  }
  var squares = 0.0;
  for (var i = lane; i < end; i += i32(lanes)) {
    let x = read_x(start + i) - mean;
    squares += x * x;
  }
  let deviation = sqrt(sum_lanes(squares, local) / f32(run.size) + run.epsilon);
  for (var i = lane; i < end; i += i32(lanes)) {
    write_y(start + i, (read_x(start + i) - mean) / deviation);
  }
}
