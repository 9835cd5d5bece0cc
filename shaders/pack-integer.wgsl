// Matrices of 8-bit weights [z, lines, depth], read through strides, to words for matmul-integer.wgsl. For each matrix
//
//   [lines, words]   four numbers a word, the first in the lowest byte; 0 behind the depth
//   [lines]          their sum
//   [lines]          the zero point
//
// `facts` are the sums and zero points; of run.all lines a dispatch makes some. Numbers are signed: run.flip is 128 for unsigned ones, which keeps differences from the zero point.
// Sections (see map.wgsl): operands; absent: the zero point where there is none; batch: where matrix z starts.
// run.count is z · lines.

//! operands
struct Run {
  count: i32, start_w: i32, start_y: i32, start_facts: i32,
  lines: i32, all: i32, depth: i32, words: i32, step_line: i32, step_depth: i32, step_zero: i32, pitch: i32, flip: i32,
}
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read_w(i: i32) -> i32 {
  return bitcast<i32>(memory1[run.start_w + i]);
}

fn write_y(i: i32, x: i32) {
  memory1[run.start_y + i] = bitcast<u32>(x);
}

fn write_facts(i: i32, x: i32) {
  memory1[run.start_facts + i] = bitcast<u32>(x);
}
//! end

//! absent
fn read_zero(i: i32) -> i32 {
  return 0;
}
//! end

//! batch
fn batch_w(z: i32) -> i32 {
  return z * run.lines * run.depth;
}

fn batch_zero(z: i32) -> i32 {
  return 0;
}
//! end

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let at = i32((group.y * groups.x + group.x) * 64u + local);
  if (at >= run.count) {
    return;
  }
  let z = at / run.lines;
  let line = at % run.lines;
  let start = batch_w(z) + line * run.step_line;
  let out = z * run.pitch;
  var sum = 0;
  for (var w = 0; w < run.words; w++) {
    var word = 0u;
    for (var k = 4 * w; k < min(4 * w + 4, run.depth); k++) {
      let x = read_w(start + k * run.step_depth) - run.flip;
      sum += x;
      word |= u32(x & 255) << (8u * u32(k & 3));
    }
    write_y(out + line * run.words + w, bitcast<i32>(word));
  }
  write_facts(out + line, sum);
  write_facts(out + run.all + line, read_zero(batch_zero(z) + line * run.step_zero) - run.flip);
}
