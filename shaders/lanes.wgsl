// What the lanes of a row find together: sums and maxima, which every lane gets.
//
// The `lanes` threads of a row stand side by side in a group of 256. Neighbours within a subgroup exchange their values;
// what is left goes through workgroup memory in a tree. Put in place of a shader's section of this name.
// Sections (see map.wgsl): shuffle: the value of the lane whose number differs by the bits of `distance`.

/// Threads of a row: a power of two, at most 256.
override lanes: u32 = 1u;
/// Neighbours that surely are in one subgroup: a power of two; 1: none.
override subgroup: u32 = 1u;

//! shuffle
fn shuffle(x: f32, distance: u32) -> f32 {
  return x;
}
//! end

var<workgroup> partials: array<f32, 256>;

fn combine_lanes(a: f32, b: f32, greatest: bool) -> f32 {
  return select(a + b, max(a, b), greatest);
}

fn fold_lanes(x: f32, local: u32, greatest: bool) -> f32 {
  var total = x;
  for (var step = 1u; step < min(lanes, subgroup); step *= 2u) {
    total = combine_lanes(total, shuffle(total, step), greatest);
  }
  if (lanes > subgroup) {
    let lane = local % lanes;
    partials[local] = total;
    for (var step = lanes / 2u; step >= subgroup; step /= 2u) {
      workgroupBarrier();
      if (lane < step) {
        partials[local] = combine_lanes(partials[local], partials[local + step], greatest);
      }
    }
    workgroupBarrier();
    total = partials[local - lane];
    workgroupBarrier();
  }
  return total;
}

fn sum_lanes(x: f32, local: u32) -> f32 {
  return fold_lanes(x, local, false);
}

fn max_lanes(x: f32, local: u32) -> f32 {
  return fold_lanes(x, local, true);
}
