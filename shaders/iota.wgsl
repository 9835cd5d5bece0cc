// Arithmetic progressions: y[i] = start + (first + i) step.
//
// Sections (see map.wgsl): operands; value: the element type. run.count is the number of elements.

//! value
alias Value = f32;
//! end

override start: Value = 0;
override step: Value = 1;

//! operands
struct Run { count: i32, start_y: i32, first: i32 }
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn write_y(i: i32, x: f32) {
  memory1[run.start_y + i] = bitcast<u32>(x);
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
    write_y(i, start + Value(run.first + i) * step);
  }
}
