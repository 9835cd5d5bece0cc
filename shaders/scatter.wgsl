// Rows of updates [o, j, i] written to, or combined with, rows of x [o, n, i] in the order of j, by the lists of
// scatter-list.wgsl. As it stands, sums.
//
// An invocation owns an element of y. Where a row's list is short it takes its updates from there, the least number first;
// where it is long it goes through the whole index, where the first row is `first`. With `last` the greatest number wins and nothing is combined.
// Sections (see map.wgsl): operands; value: the element type; combine: two values to one. run.count is the number of
// elements of y.

override last: bool = false;

//! operands
struct Run {
  count: i32, start_x: i32, start_index: i32, start_updates: i32, start_head: i32, start_next: i32, start_y: i32,
  n: i32, j: i32, inner: i32, first: i32, own: i32,
}
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read_x(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_x + i]);
}

fn read_index(i: i32) -> i32 {
  return bitcast<i32>(memory1[run.start_index + i]);
}

fn read_updates(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_updates + i]);
}

fn read_head(i: i32) -> i32 {
  return bitcast<i32>(memory1[run.start_head + i]);
}

fn read_next(i: i32) -> i32 {
  return bitcast<i32>(memory1[run.start_next + i]);
}

fn write_y(i: i32, x: f32) {
  memory1[run.start_y + i] = bitcast<u32>(x);
}
//! end

//! value
alias Value = f32;
//! end

//! combine
fn combine(a: Value, b: Value) -> Value {
  return a + b;
}
//! end

/// Longest list whose order is found by going through it once an update.
const short = 32;

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
  let row = (at / run.inner) % run.own;
  let updates = (at / run.inner / run.own) * run.j * run.inner + i;
  let head = read_head(row);
  var length = 0;
  var greatest = 0;
  for (var link = head; link != 0; link = read_next(link - 1)) {
    length++;
    greatest = max(greatest, link);
  }
  var y = read_x(at);
  if (last && length > 0) {
    y = read_updates(updates + (greatest - 1) * run.inner);
  } else if (!last && length <= short) {
    var done = 0;
    for (var k = 0; k < length; k++) {
      var least = greatest;
      for (var link = head; link != 0; link = read_next(link - 1)) {
        least = select(least, link, link > done && link < least);
      }
      y = combine(y, read_updates(updates + (least - 1) * run.inner));
      done = least;
    }
  } else if (!last) {
    for (var k = 0; k < run.j; k++) {
      let index = read_index(k);
      if (select(index, index + run.n, index < 0) == run.first + row) {
        y = combine(y, read_updates(updates + k * run.inner));
      }
    }
  }
  write_y(at, y);
}
