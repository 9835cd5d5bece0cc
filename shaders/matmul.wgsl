// Matrix products y[z, m, n] = sum over k of a[z, m, k] b[z, k, n] of matrices that functions read: as it stands, through
// strides; conv2d.wgsl has the functions of convolutions.
//
// A group of 256 threads makes a tile of outputs; each thread keeps 4 x 4 sums. Slices of the inner dimension go through
// workgroup memory, as vectors of 4 rows of a and of 4 columns of b:
//
//                 b  8 x tile_n
//     a tile_m x 8    y tile_m x tile_n
//
// Groups count tiles: columns first, then rows, then batches, then parts. Where outputs are few and the inner dimension is
// long, it is cut into parts; each makes its own y, and a reduction adds them.
//
// Sections (see map.wgsl): operands; batch: where the matrices of batch z start; matrices: how elements are read. Row m of a
// and column n of b are found once (row_of, column_of), the place along k once a vector (along_a, along_b).
// run[0].x is the number of batches, run[1] is m, n, k and how much of k a part takes, run[2] is the columns of a plane of y
// (all n, unless they are the positions of several images), the distance between images and the number of outputs.

/// Rows of threads; 4 rows of y each.
override rows: u32 = 16u;
/// Whether neighbouring threads read along rows of a, and along rows of b.
override a_rows: bool = true;
override b_rows: bool = true;

//! operands
@group(0) @binding(0) var<uniform> run: array<vec4<i32>, 4>;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read_a(i: i32) -> f32 {
  return bitcast<f32>(memory1[run[0].y + i]);
}

fn read_b(i: i32) -> f32 {
  return bitcast<f32>(memory1[run[0].z + i]);
}

fn write_y(i: i32, x: f32) {
  memory1[run[0].w + i] = bitcast<u32>(x);
}
//! end

//! batch
fn batch_a(i: i32) -> i32 {
  return i * run[1].x * run[1].z;
}

fn batch_b(i: i32) -> i32 {
  return i * run[1].z * run[1].y;
}
//! end

//! matrices
// run[3] is the strides of a by rows and columns, and of b.
alias Place = i32;

fn row_of(z: i32, m: i32) -> i32 {
  return batch_a(z) + m * run[3].x;
}

fn along_a(k: i32) -> i32 {
  return k * run[3].y;
}

fn column_of(z: i32, n: i32) -> Place {
  return batch_b(z) + n * run[3].w;
}

fn along_b(k: i32) -> Place {
  return k * run[3].z;
}

fn load_b(place: Place) -> f32 {
  return read_b(place);
}
//! end

const depth = 8u;
override columns: u32 = 256u / rows;

var<workgroup> a_slice: array<vec4<f32>, depth * rows>;
var<workgroup> b_slice: array<vec4<f32>, depth * columns>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let m = run[1].x;
  let n = run[1].y;
  let tiles_n = (n + i32(4u * columns) - 1) / i32(4u * columns);
  let tiles_m = (m + i32(4u * rows) - 1) / i32(4u * rows);
  var tile = i32(group.y * groups.x + group.x);
  let column = tile % tiles_n * i32(4u * columns);
  tile /= tiles_n;
  let row = tile % tiles_m * i32(4u * rows);
  tile /= tiles_m;
  let z = tile % run[0].x;
  let part = tile / run[0].x;
  let first = part * run[1].w;
  let last = min(run[1].z, first + run[1].w);

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
    let start = part * run[2].z + (c / run[2].x) * run[2].y + c % run[2].x;
    for (var i = 0; i < 4; i++) {
      let r = row + i32(4u * (local / columns)) + i;
      if (r < m && c < n) {
        write_y(start + (z * m + r) * run[2].x, sums[i][j]);
      }
    }
  }
}
