// Adding elements at positions that an index of their own names, the gradient of gather.wgsl: y is zero, then
//
//   y[o, index[o, j, i], i] += x[o, j, i]
//
// An invocation owns an element of y and goes through every j, so the order of additions is that of j. An index outside
// -n <= index < n fails the run; y has `own` positions from `first` on. As it stands, for float32.
// Sections (see map.wgsl): operands, fail(detail) among them; value: the element type; before: what y begins with.
// run.count is the number of elements of y.

//! value
alias Value = f32;
//! end

//! operands
struct Run {
  count: i32, start_x: i32, start_index: i32, start_y: i32,
  n: i32, j: i32, inner: i32, first: i32, own: i32,
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

//! before
fn read_before(i: i32) -> Value {
  return Value(0);
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
  let target_position = run.first + (y / run.inner) % run.own;
  let o = y / run.inner / run.own;
  var total = read_before(y);
  for (var at = 0; at < run.j; at++) {
    let x = (o * run.j + at) * run.inner + i;
    let index = read_index(x);
    let position = select(index, index + run.n, index < 0);
    if (position < 0 || position >= run.n) {
      fail(index);
    } else if (position == target_position) {
      total += read_x(x);
    }
  }
  write_y(y, total);
}
