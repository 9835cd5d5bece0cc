// argmax and argmin over the middle of [outer, reduced, inner] → [outer, inner]: the position of the first greatest rank.
// As it stands, argmax of int32. Threads share the work, and parts are made, as in reduce.wgsl.
//
// Sections (see map.wgsl): operands; rank: element i of the space as a number that is greatest where the search ends, NaN
// above all; finish: output y is element i of the space, which is r-th of those that are searched for it.
// run.count is the number of outputs, run.all that of all parts' outputs.

/// A power of two, at most 256 and at most what each part has.
override lanes: u32 = 1u;

//! operands
struct Run { count: i32, start_0: i32, start_y: i32, reduced: i32, inner: i32, part: i32, extra: i32, all: i32 }
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read_0(i: i32) -> i32 {
  return bitcast<i32>(memory1[run.start_0 + i]);
}

fn write_y(i: i32, x: i32) {
  memory1[run.start_y + i] = bitcast<u32>(x);
}
//! end

//! rank
fn rank(i: i32) -> u32 {
  return bitcast<u32>(read_0(i)) ^ 0x80000000u;
}
//! end

//! finish
fn finish(y: i32, best: u32, i: i32, r: i32) {
  write_y(y, r);
}
//! end

var<workgroup> ranks: array<u32, 256>;
var<workgroup> places: array<i32, 256>;

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

  var best = 0u;
  var place = start + i32(lane);
  if (exists) {
    best = rank(first + place * run.inner);
    for (var r = place + i32(lanes); r < end; r += i32(lanes)) {
      let other = rank(first + r * run.inner);
      if (other > best) {
        best = other;
        place = r;
      }
    }
  }
  ranks[local] = best;
  places[local] = place;

  let stride = select(1u, columns, across);
  for (var step = lanes / 2u; step > 0u; step /= 2u) {
    workgroupBarrier();
    if (lane < step) {
      let source = local + step * stride;
      if (ranks[source] > ranks[local] || (ranks[source] == ranks[local] && places[source] < places[local])) {
        ranks[local] = ranks[source];
        places[local] = places[source];
      }
    }
  }
  if (lane == 0u && exists) {
    finish(y, ranks[local], first + places[local] * run.inner, places[local]);
  }
}
