// The matrices of convolutions, for the products of matmul.wgsl and matmul-dot.wgsl; nothing of them is laid out in memory.
//
//   y       a weights [o, taps of all channels]    b x at every tap of every window       columns: points of all images
//   dx      a weights [c, taps of all outputs]     b dy where a tap of its window is x    columns: points of all images
//   dw      a dy [o, points of all images]         b x at every tap of every window       columns: taps of all channels
//
// Points are positions of a window, taps positions within it. Where they meet in the plane of b is the sum of two vectors,
// [start of image and channel, row, column]. For dx it must be a multiple of the stride, and taps count backwards.
// Batches are groups of channels.
//
// Section (see matmul.wgsl): operands, with these numbers of the run, in elements where nothing else is said:
//
//   b_group b_image b_plane b_h b_w     of b: from group to group, image to image; a plane, its rows and columns
//   start_h step_h tap_h and …_w        row and column where windows start, from point to point, from tap to tap
//   points points_w                     points of an image, of a row
//   a_group a_row a_channel             of a: from group to group, row to row, channel (for dw: image) to channel
//   a_start a_h a_w                     of a: the first tap, from tap to tap
//   y_image y_plane y_start y_h y_w     of y: from image to image, row of a to row; the first point, from point to point

//! operands
struct Run {
  start_b: i32, b_group: i32, b_image: i32, b_plane: i32, b_h: i32, b_w: i32, start_h: i32, start_w: i32, step_h: i32,
  step_w: i32, tap_h: i32, tap_w: i32, points: i32, points_w: i32, a_group: i32, a_row: i32, a_channel: i32, a_start: i32,
  a_h: i32, a_w: i32, y_image: i32, y_plane: i32, y_start: i32, y_h: i32, y_w: i32, n: i32,
}
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read_b(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_b + i]);
}
//! end

//! matrices
alias Place = vec3<i32>;

override window_h: i32 = 1;
override window_w: i32 = 1;
/// The stride for dx, else 1.
override divide_h: i32 = 1;
override divide_w: i32 = 1;
/// Whether this is dw.
override weight: bool = false;

/// Quotient and remainder by one division.
fn divided(i: i32, by: i32) -> vec2<i32> {
  let quotient = i / by;
  return vec2(quotient, i - quotient * by);
}

fn point(i: i32) -> Place {
  let image = divided(i, run.points);
  let at = divided(image.y, run.points_w);
  return vec3(image.x * run.b_image, at.x * run.step_h, at.y * run.step_w);
}

fn tap(i: i32) -> Place {
  let channel = divided(i, window_h * window_w);
  let at = divided(channel.y, window_w);
  return vec3(channel.x * run.b_plane, at.x * run.tap_h, at.y * run.tap_w);
}

fn row_of(z: i32, m: i32) -> i32 {
  return z * run.a_group + m * run.a_row + run.a_start;
}

fn along_a(k: i32) -> i32 {
  if (weight) {
    let at = divided(k, run.points);
    return at.x * run.a_channel + at.y;
  }
  let channel = divided(k, window_h * window_w);
  let at = divided(channel.y, window_w);
  return channel.x * run.a_channel + at.x * run.a_h + at.y * run.a_w;
}

fn column_of(z: i32, n: i32) -> Place {
  let start = vec3(z * run.b_group, run.start_h, run.start_w);
  if (weight) {
    return start + tap(n);
  }
  return start + point(n);
}

fn along_b(k: i32) -> Place {
  if (weight) {
    return point(k);
  }
  return tap(k);
}

fn load_b(place: Place) -> f32 {
  let y = place.y / divide_h;
  let x = place.z / divide_w;
  let inside = min(place.y, place.z) >= 0 && y < run.b_h && x < run.b_w;
  if (!inside || y * divide_h != place.y || x * divide_w != place.z) {
    return 0.0;
  }
  return read_b(place.x + y * run.b_w + x);
}

fn place_y(row: i32, n: i32) -> i32 {
  if (weight) {
    return row * run.n + n;
  }
  let image = divided(n, run.points);
  let at = divided(image.y, run.points_w);
  return image.x * run.y_image + row * run.y_plane + run.y_start + at.x * run.y_h + at.y * run.y_w;
}
//! end
