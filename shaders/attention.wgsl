// Scaled dot-product attention, y [b, tq, hq, dv] of q [b, hq, tq, d], k [b, hk, tk, d], v [b, hk, tk, dv], all read through
// strides, by running maxima and sums (Milakov, Gimelshein 2018; Dao et al. 2022): no score is kept.
//
// A group of 256 threads takes 256 / lanes queries of a head and goes through the keys in tiles of `lanes`. For a tile each
// thread makes one score; then the lanes of a query share the columns of the output, of which a group makes 8 lanes.
//
// Query i stands at p = i + run.offset (-1: at i + length - tq) and sees the keys p - run.left … p + run.right before its
// sequence's length, a bound of -1 leaving its side open. A query that sees nothing gives run.blank.
// Sections (see map.wgsl): operands; absent: the inputs that are not given; functions: exp and tanh of float32; lanes
// (lanes.wgsl; as it stands, one). run.count is the number of groups: [b, hq, blocks of queries, blocks of columns].

//! operands
struct Run {
  count: i32, start_q: i32, start_k: i32, start_v: i32, start_y: i32,
  hq: i32, hk: i32, tq: i32, tk: i32, d: i32, dv: i32, offset: i32, left: i32, right: i32, scale: f32, softcap: f32, blank: f32,
  q0: i32, q1: i32, q2: i32, q3: i32, k0: i32, k1: i32, k2: i32, k3: i32, v0: i32, v1: i32, v2: i32, v3: i32,
  mask0: i32, mask1: i32, mask2: i32, mask3: i32,
}
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read_q(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_q + i]);
}

fn read_k(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_k + i]);
}

fn read_v(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_v + i]);
}

fn write_y(i: i32, x: f32) {
  memory1[run.start_y + i] = bitcast<u32>(x);
}
//! end

//! absent
fn read_mask(i: i32) -> f32 {
  return 0.0;
}

fn read_lengths(i: i32) -> i32 {
  return run.tk;
}
//! end

//! functions
fn expf(x: f32) -> f32 {
  return exp(x);
}

fn tanhf(x: f32) -> f32 {
  return tanh(x);
}
//! end

//! lanes
const lanes = 1u;

fn sum_lanes(x: f32, local: u32) -> f32 {
  return x;
}

fn max_lanes(x: f32, local: u32) -> f32 {
  return x;
}
//! end

/// Columns that a thread makes.
const columns = 8;
const lowest = -3.4028234e38;

var<workgroup> weights: array<f32, 256>;
var<workgroup> seen_length: i32;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let item = i32(group.y * groups.x + group.x);
  if (item >= run.count) {
    return;
  }
  let wide = i32(lanes) * columns;
  let high = 256 / i32(lanes);
  let column_blocks = (run.dv + wide - 1) / wide;
  let query_blocks = (run.tq + high - 1) / high;
  let first_column = (item % column_blocks) * wide;
  let first_query = ((item / column_blocks) % query_blocks) * high;
  let head = (item / column_blocks / query_blocks) % run.hq;
  let batch = item / column_blocks / query_blocks / run.hq;
  let shared_head = head / (run.hq / run.hk);
  let lane = i32(local % lanes);
  let query = first_query + i32(local / lanes);

  if (local == 0u) {
    seen_length = clamp(read_lengths(batch), 0, run.tk);
  }
  let length = workgroupUniformLoad(&seen_length);
  let offset = select(run.offset, length - run.tq, run.offset < 0);
  let place = query + offset;
  let least = select(place - run.left, 0, run.left < 0);
  let most = select(place + run.right, length - 1, run.right < 0);
  // What any query of the group may see.
  let start = select(max(first_query + offset - run.left, 0), 0, run.left < 0);
  let end = select(min(first_query + high + offset + run.right, length), length, run.right < 0);

  let q = batch * run.q0 + head * run.q1 + query * run.q2;
  let k = batch * run.k0 + shared_head * run.k1;
  let v = batch * run.v0 + shared_head * run.v1;
  let mask = batch * run.mask0 + head * run.mask1 + query * run.mask2;
  var largest = lowest;
  var total = 0.0;
  var sums = array<f32, columns>();
  for (var tile = start; tile < end; tile += i32(lanes)) {
    let key = tile + lane;
    var score = lowest;
    var weight = 0.0;
    if (query < run.tq && key < end && key >= least && key <= most) {
      var product = 0.0;
      for (var i = 0; i < run.d; i++) {
        product += read_q(q + i * run.q3) * read_k(k + key * run.k2 + i * run.k3);
      }
      product *= run.scale;
      if (run.softcap > 0.0) {
        product = run.softcap * tanhf(product / run.softcap);
      }
      product += read_mask(mask + key * run.mask3);
      // Not where the mask is -infinity.
      if (bitcast<u32>(product) != 0xff800000u) {
        score = product;
        weight = 1.0;
      }
    }
    let before = largest;
    largest = max(before, max_lanes(score, local));
    let shrink = expf(before - largest);
    weight *= expf(score - largest);
    total = total * shrink + sum_lanes(weight, local);
    weights[local] = weight;
    workgroupBarrier();
    let row = i32(local) - lane;
    let keys = min(i32(lanes), end - tile);
    for (var c = 0; c < columns; c++) {
      let column = first_column + lane + c * i32(lanes);
      if (column < run.dv) {
        var sum = sums[c] * shrink;
        for (var j = 0; j < keys; j++) {
          sum += weights[row + j] * read_v(v + (tile + j) * run.v2 + column * run.v3);
        }
        sums[c] = sum;
      }
    }
    workgroupBarrier();
  }
  if (query < run.tq) {
    for (var c = 0; c < columns; c++) {
      let column = first_column + lane + c * i32(lanes);
      if (column < run.dv) {
        write_y(((batch * run.tq + query) * run.hq + head) * run.dv + column, select(run.blank, sums[c] / total, total != 0.0));
      }
    }
  }
}
