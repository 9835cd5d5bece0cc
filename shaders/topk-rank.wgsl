// The order of the elements of x [o, n, i] within runs of run.width along the axis: each element counts those of its run that
// come before it. Positions go to place [columns, runs, kept] in order, the first `kept` of every run.
//
// Of equal elements the lower position comes first. With `whole` the run is the axis and place is y [o, kept, i].
// Sections (see map.wgsl): operands; key: a number that orders as the element does. run.count is the number of elements.

override whole: bool = false;

//! operands
struct Run { count: i32, start_x: i32, start_place: i32, n: i32, inner: i32, width: i32, kept: i32 }
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read_x(i: i32) -> i32 {
  return bitcast<i32>(memory1[run.start_x + i]);
}

fn write_place(i: i32, x: i32) {
  memory1[run.start_place + i] = bitcast<u32>(x);
}
//! end

//! key
fn key(x: i32) -> u32 {
  return bitcast<u32>(x) ^ 0x80000000u;
}
//! end

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let at = i32((group.y * groups.x + group.x) * 256u + local);
  if (at >= run.count) {
    return;
  }
  let i = at % run.inner;
  let p = (at / run.inner) % run.n;
  let o = at / run.inner / run.n;
  let first = o * run.n * run.inner + i;
  let start = p - p % run.width;
  let own = key(read_x(at));
  var rank = 0;
  for (var q = start; q < min(start + run.width, run.n); q++) {
    let other = key(read_x(first + q * run.inner));
    rank += select(0, 1, other < own || (other == own && q < p));
  }
  if (rank >= run.kept) {
    return;
  }
  if (whole) {
    write_place((o * run.kept + rank) * run.inner + i, p);
  } else {
    let runs = (run.n + run.width - 1) / run.width;
    write_place(((o * run.inner + i) * runs + p / run.width) * run.kept + rank, p);
  }
}
