// Reading at positions that an index names. x is viewed as [o, n, i], n being the axis:
//
//   take      index [j]        y[o, j, i] = x[o, index[j], i]
//   elements  index [o, j, i]  y[o, j, i] = x[o, index[o, j, i], i]
//
// A negative index counts from the end. One outside -n <= index < n fails the run and reads 0.
// Of the axis x has `own` positions from `first` on; outputs of others are left.
// Sections (see map.wgsl): operands, fail(detail) among them. run.count is the number of elements of y.

//! operands
struct Run {
  count: i32, start_x: i32, start_index: i32, start_y: i32,
  n: i32, j: i32, inner: i32, first: i32, own: i32, elements: i32,
}
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;
@group(0) @binding(2) var<storage, read_write> memory2: array<atomic<u32>>;

fn read_x(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_x + i]);
}

fn read_index(i: i32) -> i32 {
  return bitcast<i32>(memory1[run.start_index + i]);
}

fn write_y(i: i32, x: f32) {
  memory1[run.start_y + i] = bitcast<u32>(x);
}

fn fail(detail: i32) {
  if (atomicAdd(&memory2[0], 1u) == 0u) {
    atomicStore(&memory2[1], 1u);
    atomicStore(&memory2[2], bitcast<u32>(detail));
  }
}
//! end

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let y = i32((group.y * groups.x + group.x) * 256u + local);
  if (y >= run.count) {
    return;
  }
  let i = y % run.inner;
  let row = y / run.inner;
  let index = read_index(select(row % run.j, y, run.elements != 0));
  let position = select(index, index + run.n, index < 0);
  if (position < 0 || position >= run.n) {
    fail(index);
    write_y(y, 0);
    return;
  }
  let place = position - run.first;
  if (place >= 0 && place < run.own) {
    write_y(y, read_x(((row / run.j) * run.own + place) * run.inner + i));
  }
}
