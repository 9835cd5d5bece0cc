// Lists of what goes to each row of y: head[row] is the last link made, 1 + the number of an update, 0 for none; next[j]
// is the link made before it, in no order that two runs share.
//
// With `clear` the heads are emptied, else element j of the index makes link j + 1. A negative index counts from the end;
// one outside -n <= index < n fails the run, and y has `own` rows from `first` on.
// Sections (see map.wgsl): operands, fail(detail) among them. run.count is own, or the number of indices.

override clear: bool = false;

//! operands
struct Run { count: i32, start_index: i32, start_next: i32, start_head: i32, n: i32, first: i32, own: i32 }
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<atomic<u32>>;
@group(0) @binding(2) var<storage, read_write> memory2: array<atomic<u32>>;

fn read_index(i: i32) -> i32 {
  return bitcast<i32>(atomicLoad(&memory1[run.start_index + i]));
}

fn write_next(i: i32, x: i32) {
  atomicStore(&memory1[run.start_next + i], bitcast<u32>(x));
}

fn write_head(i: i32, x: i32) {
  atomicStore(&memory1[run.start_head + i], bitcast<u32>(x));
}

fn swap_head(i: i32, x: i32) -> i32 {
  return bitcast<i32>(atomicExchange(&memory1[run.start_head + i], bitcast<u32>(x)));
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
  let i = i32((group.y * groups.x + group.x) * 256u + local);
  if (i >= run.count) {
    return;
  }
  if (clear) {
    write_head(i, 0);
    return;
  }
  let index = read_index(i);
  let row = select(index, index + run.n, index < 0);
  if (row < 0 || row >= run.n) {
    fail(index);
    return;
  }
  let place = row - run.first;
  if (place >= 0 && place < run.own) {
    write_next(i, swap_head(place, i + 1));
  }
}
