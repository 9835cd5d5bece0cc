// Reductions of the middle of [outer, reduced, inner] → [outer, inner]. As it stands, a sum.
//
// A group of 256 threads makes 256 / lanes outputs; the lanes of an output take every lanes-th element and fold their
// totals in a tree, so the order of operations depends on the shape alone. Neighbouring threads read neighbouring
// elements: lanes of one output where inner is 1, else columns. Few outputs of much are made of parts, each with outputs of
// its own, which are reduced again; a part has `part` elements of each, the first `extra` parts have one more.
//
// Lanes side by side in one subgroup exchange their totals; what is left goes through workgroup memory.
//
// Sections (see map.wgsl): operands; value: what is reduced, element i of the space; combine: two totals to one; shuffle: the
// total of the lane whose number differs by the bits of `distance`.
// run.count is the number of outputs, run.all that of all parts' outputs.

/// A power of two, at most 256 and, unless it is 1, at most what each part has.
override lanes: u32 = 1u;
/// Neighbours that surely are in one subgroup: a power of two; 1: none.
override subgroup: u32 = 1u;
/// The result of reducing nothing.
override nothing: i32 = 0;

//! operands
struct Run { count: i32, start_0: i32, start_y: i32, reduced: i32, inner: i32, part: i32, extra: i32, all: i32 }
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read_0(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_0 + i]);
}

fn write_y(i: i32, x: f32) {
  memory1[run.start_y + i] = bitcast<u32>(x);
}
//! end

//! value
alias Value = f32;

fn value(i: i32) -> Value {
  return read_0(i);
}
//! end

//! combine
fn combine(a: Value, b: Value) -> Value {
  return a + b;
}
//! end

//! shuffle
fn shuffle(x: Value, distance: u32) -> Value {
  return x;
}
//! end

var<workgroup> totals: array<Value, 256>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let columns = 256u / lanes;
  let across = run.inner > 1;
  let lane = select(local % lanes, local / columns, across);
  let column = select(local / lanes, local % columns, across);
  let y = i32((group.y * groups.x + group.x) * columns + column);
  let exists = y < run.all;
  let output = y % run.count;
  let first = (output / run.inner) * run.reduced * run.inner + output % run.inner;
  let part = y / run.count;
  let start = part * run.part + min(part, run.extra);
  let end = start + run.part + select(0, 1, part < run.extra);

  var total = Value(nothing);
  if (exists && start < end) {
    total = value(first + (start + i32(lane)) * run.inner);
    for (var r = start + i32(lane + lanes); r < end; r += i32(lanes)) {
      total = combine(total, value(first + r * run.inner));
    }
  }
  let together = select(min(lanes, subgroup), 1u, across);
  for (var step = 1u; step < together; step *= 2u) {
    total = combine(total, shuffle(total, step));
  }
  if (lanes > together) {
    totals[local] = total;
    let stride = select(1u, columns, across);
    for (var step = lanes / 2u; step >= together; step /= 2u) {
      workgroupBarrier();
      if (lane < step) {
        totals[local] = combine(totals[local], totals[local + step * stride]);
      }
    }
    total = totals[local];
  }
  if (lane == 0u && exists) {
    write_y(y, total);
  }
}
