// Weighted sums of a few elements along an axis of x [o, n, i]: planes of a batch share taps [b, p, k].
//
//   y[o, p, i] = sum over k of weight[b, p, k] x[o, index[b, p, k], i]        b = o / run.share
//
// Sections (see map.wgsl): operands. run.count is the number of elements of y.

//! operands
struct Run {
  count: i32, start_x: i32, start_index: i32, start_weight: i32, start_y: i32,
  n: i32, p: i32, k: i32, inner: i32, share: i32,
}
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read_x(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_x + i]);
}

fn read_index(i: i32) -> i32 {
  return bitcast<i32>(memory1[run.start_index + i]);
}

fn read_weight(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_weight + i]);
}

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
  let at = i32((group.y * groups.x + group.x) * 256u + local);
  if (at >= run.count) {
    return;
  }
  let i = at % run.inner;
  let p = (at / run.inner) % run.p;
  let o = at / run.inner / run.p;
  let taps = (o / run.share * run.p + p) * run.k;
  var total = 0.0;
  for (var k = 0; k < run.k; k++) {
    total += read_weight(taps + k) * read_x((o * run.n + read_index(taps + k)) * run.inner + i);
  }
  write_y(at, total);
}
