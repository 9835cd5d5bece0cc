// Matrix products y[z, m, n] = sum over k of a[z, m, k] b[z, k, n] of matrices that functions read: as it stands, through
// strides; conv2d.wgsl has the functions of convolutions.
//
// A group of 256 threads makes a tile of outputs; each thread keeps 4 x 4 sums. Slices of the inner dimension go through
// workgroup memory, as vectors of 4 rows of a and of 4 columns of b:
//
//                     b  depth x tile_n
//     a tile_m x depth    y tile_m x tile_n
//
// Groups count tiles: columns first, then rows, then batches, then parts. Where outputs are few and the inner dimension is
// long, it is cut into parts; each makes its own y, and a reduction adds them.
//
// Sections (see map.wgsl): operands; batch: where the matrices of batch z start; matrices: how elements are read. Row m of a
// and column n of b are found once (row_of, column_of), the place along k once a vector (along_a, along_b), and where a row of
// all batches meets a column in y (place_y).
// run.count is the number of batches, run.part how much of k a part takes, run.outputs the number of outputs.

/// Length of a slice, which no bit depends on.
override depth: u32 = 8u;
/// Rows of threads; 4 rows of y each.
override rows: u32 = 16u;
/// Whether neighbouring threads read along rows of a, and along rows of b.
override a_rows: bool = true;
override b_rows: bool = true;

//! operands
struct Run {
  count: i32, start_a: i32, start_b: i32, start_y: i32, m: i32, n: i32, k: i32, part: i32,
  outputs: i32, am: i32, ak: i32, bk: i32, bn: i32,
}
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read_a(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_a + i]);
}

fn read_b(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_b + i]);
}

fn write_y(i: i32, x: f32) {
  memory1[run.start_y + i] = bitcast<u32>(x);
}
//! end

//! batch
fn batch_a(i: i32) -> i32 {
  return i * run.m * run.k;
}

fn batch_b(i: i32) -> i32 {
  return i * run.k * run.n;
}
//! end

//! matrices
alias Place = i32;

fn row_of(z: i32, m: i32) -> i32 {
  return batch_a(z) + m * run.am;
}

fn along_a(k: i32) -> i32 {
  return k * run.ak;
}

fn column_of(z: i32, n: i32) -> Place {
  return batch_b(z) + n * run.bn;
}

fn along_b(k: i32) -> Place {
  return k * run.bk;
}

fn load_b(place: Place) -> f32 {
  return read_b(place);
}

fn place_y(row: i32, n: i32) -> i32 {
  return row * run.n + n;
}
//! end

override columns: u32 = 256u / rows;

var<workgroup> a_slice: array<vec4<f32>, depth * rows>;
var<workgroup> b_slice: array<vec4<f32>, depth * columns>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let m = run.m;
  let n = run.n;
  let tiles_n = (n + i32(4u * columns) - 1) / i32(4u * columns);
  let tiles_m = (m + i32(4u * rows) - 1) / i32(4u * rows);
  var tile = i32(group.y * groups.x + group.x);
  let column = tile % tiles_n * i32(4u * columns);
  tile /= tiles_n;
  let row = tile % tiles_m * i32(4u * rows);
  tile /= tiles_m;
  let z = tile % run.count;
  let part = tile / run.count;
  let first = part * run.part;
  let last = min(run.k, first + run.part);

  // A thread loads from 4 columns of b, or from further ones in each step.
  let several = !b_rows && depth * columns > 256u;
  var places = array<Place, 4>();
  for (var j = 0; j < 4; j++) {
    places[j] = column_of(z, min(column + i32(4u * select(local / depth, local % columns, b_rows)) + j, n - 1));
  }
  var sums = array<vec4<f32>, 4>();
  for (var k0 = first; k0 < last; k0 += i32(depth)) {
    for (var i = local; i < depth * rows; i += 256u) {
      let r = select(i % rows, i / depth, a_rows);
      let d = select(i / rows, i % depth, a_rows);
      let k = k0 + i32(d);
      var x = vec4<f32>();
      if (k < last) {
        let along = along_a(k);
        let top = row + i32(4u * r);
        for (var j = 0; j < 4; j++) {
          x[j] = read_a(row_of(z, min(top + j, m - 1)) + along);
        }
      }
      a_slice[d * rows + r] = x;
    }
    for (var i = local; i < depth * columns; i += 256u) {
      let c = select(i / depth, i % columns, b_rows);
      let d = select(i % depth, i / columns, b_rows);
      let k = k0 + i32(d);
      var x = vec4<f32>();
      if (k < last) {
        let along = along_b(k);
        if (several) {
          for (var j = 0; j < 4; j++) {
            places[j] = column_of(z, min(column + i32(4u * c) + j, n - 1));
          }
        }
        for (var j = 0; j < 4; j++) {
          x[j] = load_b(places[j] + along);
        }
      }
      b_slice[d * columns + c] = x;
    }
    workgroupBarrier();
    for (var d = 0u; d < depth; d++) {
      let a = a_slice[d * rows + local / columns];
      let b = b_slice[d * columns + local % columns];
      sums[0] += a.x * b;
      sums[1] += a.y * b;
      sums[2] += a.z * b;
      sums[3] += a.w * b;
    }
    workgroupBarrier();
  }

  for (var j = 0; j < 4; j++) {
    let c = column + i32(4u * (local % columns)) + j;
    for (var i = 0; i < 4; i++) {
      let r = row + i32(4u * (local / columns)) + i;
      if (r < m && c < n) {
        write_y(part * run.outputs + place_y(z * m + r, c), sums[i][j]);
      }
    }
  }
}
