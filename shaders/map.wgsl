// Elementwise programs: one invocation an element. As it stands, a copy.
//
// Sections between `//! name` and `//! end` are replaced when a program is compiled (ts/device/webgpu/shader.ts):
//   operands  bindings, and a function for each operand: read0(i), write1(i, x) with i counted from the operand's start
//   map       map(i): computes element i of the iteration space
// run.count is the number of elements, the words after it say where operands start.

//! operands
struct Run { count: i32, start0: i32, start1: i32 }
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read0(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start0 + i]);
}

fn write1(i: i32, x: f32) {
  memory1[run.start1 + i] = bitcast<u32>(x);
}
//! end

//! map
fn map(i: i32) {
  write1(i, read0(i));
}
//! end

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = i32((group.y * groups.x + group.x) * 256u + local);
  if (i < run.count) {
    map(i);
  }
}
