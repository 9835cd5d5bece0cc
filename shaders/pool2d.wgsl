// Pooling over windows of planes [h, w] → [oh, ow], and its gradients. One invocation an element of the result:
//
//   kind 0  greatest element of a window, the first of equal ones or the last NaN; -∞ where a window holds none
//   kind 1  element of g where x has it, 0 for none: the derivative of kind 2 by dy
//   kind 2  dx of kind 0: the sum of dy (here g) over the windows whose greatest element it is
//   kind 3  average of a window; 0 where it counts no element
//   kind 4  dx of kind 3: the sum of dy (here x) over the windows that hold the element, each by its window's count
//
// Gradients look for the windows of an element, so nothing is added across invocations.
// Section (see map.wgsl): operands. run.count is the number of elements.

override kind: i32 = 0;
override window_h: i32 = 2;
override window_w: i32 = 2;
/// Whether padding counts.
override padded: bool = false;

//! operands
struct Run {
  count: i32, start_x: i32, start_g: i32, start_y: i32, h: i32, w: i32, oh: i32, ow: i32, stride_h: i32, stride_w: i32,
  dilation_h: i32, dilation_w: i32, top: i32, left: i32, bottom: i32, right: i32,
}
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read_x(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_x + i]);
}

fn read_g(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_g + i]);
}

fn write_y(i: i32, x: f32) {
  memory1[run.start_y + i] = bitcast<u32>(x);
}
//! end

fn size_x() -> vec2<i32> {
  return vec2(run.h, run.w);
}

fn size_y() -> vec2<i32> {
  return vec2(run.oh, run.ow);
}

fn stride() -> vec2<i32> {
  return vec2(run.stride_h, run.stride_w);
}

fn dilation() -> vec2<i32> {
  return vec2(run.dilation_h, run.dilation_w);
}

/// The first row and column of a window.
fn corner_of(window: vec2<i32>) -> vec2<i32> {
  return window * stride() - vec2(run.top, run.left);
}

fn not_number(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

/// Where x, whose plane starts at `start`, has a window's greatest element; -1 for none.
fn greatest(start: i32, window: vec2<i32>) -> i32 {
  let corner = corner_of(window);
  var best = 0.0;
  var place = -1;
  for (var i = 0; i < window_h; i++) {
    let y = corner.x + i * run.dilation_h;
    for (var j = 0; j < window_w; j++) {
      let x = corner.y + j * run.dilation_w;
      if (min(x, y) >= 0 && y < run.h && x < run.w) {
        let at = start + y * run.w + x;
        let v = read_x(at);
        if (place < 0 || not_number(v) || (v > best && !not_number(best))) {
          best = v;
          place = at;
        }
      }
    }
  }
  return place;
}

/// How many of the taps along an axis a window counts, at least 1; `limit`: where they end.
fn count(corner: i32, taps: i32, dilation: i32, limit: i32) -> i32 {
  let first = select(max(0, (dilation - 1 - corner) / dilation), 0, padded);
  let last = min(taps, (limit + dilation - 1 - corner) / dilation);
  return max(1, last - first);
}

/// By how much a window's sum is divided.
fn counted(window: vec2<i32>) -> f32 {
  let corner = corner_of(window);
  let limit = size_x() + select(vec2(0), vec2(run.bottom, run.right), padded);
  return f32(count(corner.x, window_h, run.dilation_h, limit.x) * count(corner.y, window_w, run.dilation_w, limit.y));
}

fn average(start: i32, window: vec2<i32>) -> f32 {
  let corner = corner_of(window);
  var total = 0.0;
  for (var i = 0; i < window_h; i++) {
    let y = corner.x + i * run.dilation_h;
    for (var j = 0; j < window_w; j++) {
      let x = corner.y + j * run.dilation_w;
      if (min(x, y) >= 0 && y < run.h && x < run.w) {
        total += read_x(start + y * run.w + x);
      }
    }
  }
  return total / counted(window);
}

/// The gradient by element `at` of the plane's x; kinds 2 and 4.
fn gradient(plane: i32, at: vec2<i32>) -> f32 {
  let start = plane * run.h * run.w;
  var total = 0.0;
  for (var i = 0; i < window_h; i++) {
    for (var j = 0; j < window_w; j++) {
      let corner = at + vec2(run.top, run.left) - vec2(i, j) * dilation();
      let window = corner / stride();
      if (min(corner.x, corner.y) >= 0 && all(window * stride() == corner) && all(window < size_y())) {
        let y = (plane * run.oh + window.x) * run.ow + window.y;
        if (kind == 4) {
          total += read_x(y) / counted(window);
        } else if (greatest(start, window) == start + at.x * run.w + at.y) {
          total += read_g(y);
        }
      }
    }
  }
  return total;
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = i32((group.y * groups.x + group.x) * 256u + local);
  if (i >= run.count) {
    return;
  }
  let backward = kind == 2 || kind == 4;
  let size = select(size_y(), size_x(), backward);
  let plane = i / (size.x * size.y);
  let at = vec2(i / size.y % size.x, i % size.y);
  let start = plane * run.h * run.w;
  if (backward) {
    write_y(i, gradient(plane, at));
  } else if (kind == 3) {
    write_y(i, average(start, at));
  } else {
    let place = greatest(start, at);
    var nothing = select(0xff800000u, 0u, kind == 1);
    var y = bitcast<f32>(nothing);
    if (place >= 0) {
      if (kind == 1) {
        y = read_g(place);
      } else {
        y = read_x(place);
      }
    }
    write_y(i, y);
  }
}
