// Minimal filtering F(4 × 4, 3 × 3) for convolutions at stride 1 (Winograd 1980; Lavin, Gray 2015): 36 products of matrices
// in place of 9 × 16 multiplications a tile. The points are 0, ±p, ±q, ∞, as in assembly/conv2d-winograd-transform.ts.
//
//   stage 0   u[36, o, c]  = G w Gᵀ     an invocation a filter
//   stage 1   v[36, c, p]  = Bᵀ x B     an invocation a tile of 6 × 6, which overlap by 2
//   (then m[36, o, p] = u v, by matmul.wgsl)
//   stage 2   y            = Aᵀ m A     an invocation a tile of 4 × 4
//
// Tiles p count images, then rows, then columns; a run makes run.tiles of them, from run.first on. For dx, x is dy and
// filters are turned, their channels swapped.
// Error: with uniform random data the largest is 1e-5 of the root mean square of the outputs with 64 channels.
// Section (see map.wgsl): operands. run.count is the number of invocations: filters, tiles of all channels in and out;
// run.h and run.w are the plane that a stage reads or writes, run.top and run.left where x's first tile begins.

override stage: i32 = 0;
/// Whether this is dx.
override turned: bool = false;

//! operands
struct Run {
  count: i32, start_x: i32, start_y: i32, channels: i32, tiles: i32, first: i32, tiles_h: i32, tiles_w: i32, h: i32, w: i32,
  top: i32, left: i32,
}
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read_x(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_x + i]);
}

fn write_y(i: i32, x: f32) {
  memory1[run.start_y + i] = bitcast<u32>(x);
}
//! end

alias Six = array<f32, 6>;

const p = 0.75;
const q = 1.5;
const p2 = p * p;
const q2 = q * q;

/// G times a column.
fn filter_points(a: f32, b: f32, c: f32) -> Six {
  let near = (a + p2 * c) / (2.0 * p2 * (p2 - q2));
  let near_odd = b * (p / (2.0 * p2 * (p2 - q2)));
  let far = (a + q2 * c) / (2.0 * q2 * (q2 - p2));
  let far_odd = b * (q / (2.0 * q2 * (q2 - p2)));
  return Six(a / (p2 * q2), near + near_odd, near - near_odd, far + far_odd, far - far_odd, c);
}

/// Bᵀ times a column.
fn input_points(d: Six) -> Six {
  let near = d[4] - q2 * d[2];
  let near_odd = p * (d[3] - q2 * d[1]);
  let far = d[4] - p2 * d[2];
  let far_odd = q * (d[3] - p2 * d[1]);
  return Six(
    p2 * q2 * d[0] - (p2 + q2) * d[2] + d[4],
    near + near_odd,
    near - near_odd,
    far + far_odd,
    far - far_odd,
    p2 * q2 * d[1] - (p2 + q2) * d[3] + d[5],
  );
}

/// Aᵀ times a column.
fn output_values(m: Six) -> vec4<f32> {
  let near = m[1] + m[2];
  let near_odd = p * (m[1] - m[2]);
  let far = m[3] + m[4];
  let far_odd = q * (m[3] - m[4]);
  return vec4(m[0] + near + far, near_odd + far_odd, p2 * near + q2 * far, p2 * near_odd + q2 * far_odd + m[5]);
}

/// Filter i of [o, c].
fn transform_filter(i: i32) {
  var rows = array<Six, 3>();
  for (var r = 0; r < 3; r++) {
    var column = vec3<f32>();
    for (var k = 0; k < 3; k++) {
      column[k] = read_x(place_in_filter(i, k, r));
    }
    rows[r] = filter_points(column.x, column.y, column.z);
  }
  for (var k = 0; k < 6; k++) {
    let points = filter_points(rows[0][k], rows[1][k], rows[2][k]);
    for (var r = 0; r < 6; r++) {
      write_y((k * 6 + r) * run.count + i, points[r]);
    }
  }
}

fn place_in_filter(i: i32, y: i32, x: i32) -> i32 {
  if (turned) {
    let outputs = run.count / run.channels;
    return ((i % run.channels * outputs + i / run.channels) * 3 + 2 - y) * 3 + 2 - x;
  }
  return (i * 3 + y) * 3 + x;
}

/// Image, row and column of tile i of a run.
fn tile_of(i: i32) -> vec3<i32> {
  let tile = run.first + i;
  let row = tile / run.tiles_w;
  return vec3(row / run.tiles_h, row % run.tiles_h, tile % run.tiles_w);
}

/// Tile i of [c, p].
fn transform_input(i: i32) {
  let tile = tile_of(i % run.tiles);
  let plane = (tile.x * run.channels + i / run.tiles) * run.h;
  var points = array<Six, 6>();
  for (var c = 0; c < 6; c++) {
    let x = tile.z * 4 - run.left + c;
    var column = Six();
    for (var r = 0; r < 6; r++) {
      let y = tile.y * 4 - run.top + r;
      if (min(x, y) >= 0 && y < run.h && x < run.w) {
        column[r] = read_x((plane + y) * run.w + x);
      }
    }
    points[c] = input_points(column);
  }
  for (var r = 0; r < 6; r++) {
    let row = input_points(Six(points[0][r], points[1][r], points[2][r], points[3][r], points[4][r], points[5][r]));
    for (var c = 0; c < 6; c++) {
      write_y((r * 6 + c) * run.count + i, row[c]);
    }
  }
}

/// Tile i of [o, p].
fn transform_output(i: i32) {
  let tile = tile_of(i % run.tiles);
  let plane = (tile.x * run.channels + i / run.tiles) * run.h;
  var columns = array<vec4<f32>, 6>();
  for (var c = 0; c < 6; c++) {
    var column = Six();
    for (var r = 0; r < 6; r++) {
      column[r] = read_x((r * 6 + c) * run.count + i);
    }
    columns[c] = output_values(column);
  }
  for (var r = 0; r < 4; r++) {
    let y = tile.y * 4 + r;
    let row = output_values(
      Six(columns[0][r], columns[1][r], columns[2][r], columns[3][r], columns[4][r], columns[5][r]),
    );
    for (var c = 0; c < 4; c++) {
      let x = tile.z * 4 + c;
      if (y < run.h && x < run.w) {
        write_y((plane + y) * run.w + x, row[c]);
      }
    }
  }
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = i32((group.y * groups.x + group.x) * 64u + local);
  if (i >= run.count) {
    return;
  }
  if (stage == 0) {
    transform_filter(i);
  } else if (stage == 1) {
    transform_input(i);
  } else {
    transform_output(i);
  }
}
