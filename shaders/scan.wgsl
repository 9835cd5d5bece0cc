// Running sums (as it stands) and products along the middle of x [o, n, i].
//
// A group of 256 threads takes 256 / lanes columns. Each lane of a column takes a run of its elements: their total first,
// then, beginning with the total of the lanes before it, the elements one by one.
//
// Sections (see map.wgsl): operands; value: the element type; combine: two totals to one. run.count is the number of
// columns; run.exclusive leaves an element's own value out; run.reverse goes from the end of the axis to its start.

/// A power of two, at most 256.
override lanes: u32 = 1u;
/// The total of nothing.
override nothing: i32 = 0;

//! operands
struct Run { count: i32, start_x: i32, start_y: i32, n: i32, inner: i32, exclusive: i32, reverse: i32 }
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read_x(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_x + i]);
}

fn write_y(i: i32, x: f32) {
  memory1[run.start_y + i] = bitcast<u32>(x);
}
//! end

//! value
alias Value = f32;
//! end

//! combine
fn combine(a: Value, b: Value) -> Value {
  return a + b;
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
  let lane = local / columns;
  let column = i32((group.y * groups.x + group.x) * columns + local % columns);
  let each = (run.n + i32(lanes) - 1) / i32(lanes);
  let start = min(i32(lane) * each, run.n);
  let end = select(start, min(start + each, run.n), column < run.count);
  let reverse = run.reverse != 0;
  let place = (column / run.inner) * run.n * run.inner + column % run.inner;
  let first = place + select(0, (run.n - 1) * run.inner, reverse);
  let step = select(run.inner, -run.inner, reverse);

  var total = Value(nothing);
  for (var t = start; t < end; t++) {
    total = combine(total, read_x(first + t * step));
  }
  totals[local] = total;
  for (var reach = 1u; reach < lanes; reach *= 2u) {
    workgroupBarrier();
    var before = Value(nothing);
    if (lane >= reach) {
      before = totals[local - reach * columns];
    }
    workgroupBarrier();
    totals[local] = combine(before, totals[local]);
  }
  workgroupBarrier();
  total = Value(nothing);
  if (lane > 0u) {
    total = totals[local - columns];
  }
  for (var t = start; t < end; t++) {
    let before = total;
    total = combine(total, read_x(first + t * step));
    write_y(first + t * step, select(total, before, run.exclusive != 0));
  }
}
