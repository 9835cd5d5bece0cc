// Pooling over boxes of images: y [r, c, h, w] from x [n, c, height, width], boxes [r, 4] (x y x y) and the image of each
// box [r]. An invocation makes one element. An image number outside 0 … n - 1 fails the run.
//
//   align    a box is cut into h × w bins without rounding; a bin is the mean (or the greatest) of points spread evenly in
//            it, each interpolated between its four neighbours, the greatest being that of the weighted neighbours
//            themselves. Points more than 1 outside the image count as 0.
//   pool     a box is rounded to whole pixels and a bin is the greatest of those it touches, 0 if none.
//
// Sections (see map.wgsl): operands, fail(detail) among them; functions: the greater of two numbers. run.count is the
// number of elements of y.

override align: bool = true;

//! operands
struct Run {
  count: i32, start_x: i32, start_boxes: i32, start_image: i32, start_y: i32,
  n: i32, c: i32, height: i32, width: i32, h: i32, w: i32, points: i32, greatest: i32,
  scale: f32, shift: f32, least: f32,
}
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;
@group(0) @binding(2) var<storage, read_write> memory2: array<atomic<u32>>;

fn read_x(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_x + i]);
}

fn read_boxes(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_boxes + i]);
}

fn read_image(i: i32) -> i32 {
  return bitcast<i32>(memory1[run.start_image + i]);
}

fn write_y(i: i32, x: f32) {
  memory1[run.start_y + i] = bitcast<u32>(x);
}

fn fail(detail: i32) {
  if (atomicAdd(&memory2[0], 1u) == 0u) {
    atomicStore(&memory2[1], 1u);
    atomicStore(&memory2[2], bitcast<u32>(detail));
  }
}
//! end

//! functions
fn maximum(a: f32, b: f32) -> f32 {
  return max(a, b);
}
//! end

/// The value at a point of the plane that starts at `plane`: the sum of its weighted neighbours, or the greatest.
fn point(plane: i32, y: f32, x: f32) -> f32 {
  if (y < -1.0 || y > f32(run.height) || x < -1.0 || x > f32(run.width)) {
    return 0.0;
  }
  let py = clamp(y, 0.0, f32(run.height - 1));
  let px = clamp(x, 0.0, f32(run.width - 1));
  let top = i32(py);
  let left = i32(px);
  let down = py - f32(top);
  let right = px - f32(left);
  let at = plane + top * run.width + left;
  let below = at + select(0, run.width, top + 1 < run.height);
  let beside = select(0, 1, left + 1 < run.width);
  let p = (1.0 - down) * (1.0 - right) * read_x(at);
  let q = (1.0 - down) * right * read_x(at + beside);
  let r = down * (1.0 - right) * read_x(below);
  let s = down * right * read_x(below + beside);
  if (run.greatest != 0) {
    return maximum(maximum(p, q), maximum(r, s));
  }
  return p + q + r + s;
}

/// Bin (i, j) of a box, without rounding.
fn aligned(plane: i32, box: vec4<f32>, i: i32, j: i32) -> f32 {
  let low = box.xy * run.scale - run.shift;
  let size = max(box.zw * run.scale - run.shift - low, vec2(run.least)) / vec2(f32(run.w), f32(run.h));
  let given = vec2(run.points);
  let points = select(vec2<i32>(ceil(size)), given, given > vec2(0));
  var total = 0.0;
  for (var a = 0; a < points.y; a++) {
    let y = low.y + f32(i) * size.y + ((f32(a) + 0.5) * size.y) / f32(points.y);
    for (var b = 0; b < points.x; b++) {
      let x = low.x + f32(j) * size.x + ((f32(b) + 0.5) * size.x) / f32(points.x);
      let value = point(plane, y, x);
      if (run.greatest == 0) {
        total += value;
      } else if (a == 0 && b == 0) {
        total = value;
      } else {
        total = maximum(total, value);
      }
    }
  }
  return select(total / f32(max(points.x * points.y, 1)), total, run.greatest != 0);
}

/// The nearest whole number, halves away from 0.
fn whole(x: f32) -> i32 {
  return i32(select(floor(x + 0.5), ceil(x - 0.5), x < 0.0));
}

/// Bin (i, j) of a box that is rounded to pixels.
fn pooled(plane: i32, box: vec4<f32>, i: i32, j: i32) -> f32 {
  let left = whole(box.x * run.scale);
  let top = whole(box.y * run.scale);
  let width = f32(max(whole(box.z * run.scale) - left + 1, 1)) / f32(run.w);
  let height = f32(max(whole(box.w * run.scale) - top + 1, 1)) / f32(run.h);
  let first = clamp(top + i32(floor(f32(i) * height)), 0, run.height);
  let last = clamp(top + i32(ceil(f32(i + 1) * height)), 0, run.height);
  let start = clamp(left + i32(floor(f32(j) * width)), 0, run.width);
  let end = clamp(left + i32(ceil(f32(j + 1) * width)), 0, run.width);
  var most = 0.0;
  for (var a = first; a < last; a++) {
    for (var b = start; b < end; b++) {
      let value = read_x(plane + a * run.width + b);
      if (a == first && b == start) {
        most = value;
      } else {
        most = maximum(most, value);
      }
    }
  }
  return most;
}

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
  let j = at % run.w;
  let i = (at / run.w) % run.h;
  let channel = (at / run.w / run.h) % run.c;
  let r = at / run.w / run.h / run.c;
  let image = read_image(r);
  if (image < 0 || image >= run.n) {
    fail(image);
    write_y(at, 0.0);
    return;
  }
  let plane = (image * run.c + channel) * run.height * run.width;
  let box = vec4(read_boxes(4 * r), read_boxes(4 * r + 1), read_boxes(4 * r + 2), read_boxes(4 * r + 3));
  if (align) {
    write_y(at, aligned(plane, box, i, j));
  } else {
    write_y(at, pooled(plane, box, i, j));
  }
}
