// Copies an index and fails the run where it is outside 0 <= index < size.
//
// Sections (see map.wgsl): operands, fail(detail) among them. run[0].x is the number of elements.

override size: i32 = 1;

//! operands
@group(0) @binding(0) var<uniform> run: array<vec4<i32>, 1>;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;
@group(0) @binding(2) var<storage, read_write> memory2: array<atomic<u32>>;

fn read_index(i: i32) -> i32 {
  return bitcast<i32>(memory1[run[0].y + i]);
}

fn write_y(i: i32, x: i32) {
  memory1[run[0].z + i] = bitcast<u32>(x);
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
  if (i >= run[0].x) {
    return;
  }
  let index = read_index(i);
  if (index < 0 || index >= size) {
    fail(index);
  }
  write_y(i, index);
}
