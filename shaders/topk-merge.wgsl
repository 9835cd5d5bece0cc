// Neighbouring sorted runs of positions (topk-rank.wgsl) to runs twice as wide: an element's place is its own number plus how
// many of the other run come before it, found by halving.
//
//   from [columns, runs, kept]  →  to [columns, (runs + 1) / 2, wanted], the first `wanted` of every two runs
//
// A run stands for run.width elements of the axis, so the last may hold fewer. With `last` there are two runs at most and
// to is y [o, wanted, i].
// Sections (see map.wgsl): operands; key: a number that orders as the element does. run.count is the size of from.

override last: bool = false;

//! operands
struct Run {
  count: i32, start_x: i32, start_from: i32, start_to: i32, n: i32, inner: i32, width: i32, kept: i32, wanted: i32,
}
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read_x(i: i32) -> i32 {
  return bitcast<i32>(memory1[run.start_x + i]);
}

fn read_from(i: i32) -> i32 {
  return bitcast<i32>(memory1[run.start_from + i]);
}

fn write_to(i: i32, x: i32) {
  memory1[run.start_to + i] = bitcast<u32>(x);
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
  let runs = (run.n + run.width - 1) / run.width;
  let r = at % run.kept;
  let own_run = (at / run.kept) % runs;
  let column = at / run.kept / runs;
  if (r >= run.n - own_run * run.width) {
    return;
  }
  let first = (column / run.inner) * run.n * run.inner + column % run.inner;
  let position = read_from(at);
  let own = key(read_x(first + position * run.inner));
  let other_run = own_run ^ 1;
  let start = (column * runs + other_run) * run.kept;
  var low = 0;
  var high = clamp(run.n - other_run * run.width, 0, run.kept);
  while (low < high) {
    let middle = (low + high) / 2;
    let q = read_from(start + middle);
    let other = key(read_x(first + q * run.inner));
    if (other < own || (other == own && q < position)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  let rank = r + low;
  if (rank >= run.wanted) {
    return;
  }
  if (last) {
    write_to(((column / run.inner) * run.wanted + rank) * run.inner + column % run.inner, position);
  } else {
    write_to((column * ((runs + 1) / 2) + own_run / 2) * run.wanted + rank, position);
  }
}
