// Copies an index and fails the run where it is outside 0 <= index < run.size.
//
// Sections (see map.wgsl): operands, fail(detail) among them. run.count is the number of elements.

//! operands
struct Run { count: i32, start_index: i32, start_y: i32, size: i32 }
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;
@group(0) @binding(2) var<storage, read_write> memory2: array<atomic<u32>>;

fn read_index(i: i32) -> i32 {
  return bitcast<i32>(memory1[run.start_index + i]);
}

fn write_y(i: i32, x: i32) {
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
  let i = i32((group.y * groups.x + group.x) * 256u + local);
  if (i >= run.count) {
    return;
  }
  let index = read_index(i);
  if (index < 0 || index >= run.size) {
    fail(index);
  }
  write_y(i, index);
}
