// Ensembles of decision trees: an invocation walks every tree for one row of x [n, features] and one target, and takes the
// entries of the leaves that count for it.
//
//   nodes [nodes, 4]   feature, mode, child where the comparison holds, child where not (below 0: leaf -1 - child)
//   mode               bits 0-2: <= < >= > == !=; bit 3: NaN goes the way of a comparison that holds
//
// Sums are those of blocks of trees, so that many small terms stay exact beside a large sum.
// Sections (see map.wgsl): operands; functions: whether a number is NaN. run.count is n · targets; run.aggregate is 0 sum,
// 1 average, 2 least, 3 greatest; a target without entries is 0.

//! operands
struct Run {
  count: i32, start_x: i32, start_thresholds: i32, start_nodes: i32, start_roots: i32, start_leaves: i32,
  start_ids: i32, start_weights: i32, start_y: i32, features: i32, trees: i32, targets: i32, aggregate: i32,
}
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> memory1: array<u32>;

fn read_x(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_x + i]);
}

fn read_thresholds(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_thresholds + i]);
}

fn read_nodes(i: i32) -> i32 {
  return bitcast<i32>(memory1[run.start_nodes + i]);
}

fn read_roots(i: i32) -> i32 {
  return bitcast<i32>(memory1[run.start_roots + i]);
}

fn read_leaves(i: i32) -> i32 {
  return bitcast<i32>(memory1[run.start_leaves + i]);
}

fn read_ids(i: i32) -> i32 {
  return bitcast<i32>(memory1[run.start_ids + i]);
}

fn read_weights(i: i32) -> f32 {
  return bitcast<f32>(memory1[run.start_weights + i]);
}

fn write_y(i: i32, x: f32) {
  memory1[run.start_y + i] = bitcast<u32>(x);
}
//! end

//! functions
fn is_nan(x: f32) -> bool {
  return x != x;
}
//! end

/// Trees whose sum is taken on its own.
const block = 32;

fn holds(mode: i32, value: f32, threshold: f32) -> bool {
  if (is_nan(value)) {
    return (mode & 8) != 0 || (mode & 7) == 5;
  }
  switch mode & 7 {
    case 0: {
      return value <= threshold;
    }
    case 1: {
      return value < threshold;
    }
    case 2: {
      return value >= threshold;
    }
    case 3: {
      return value > threshold;
    }
    case 4: {
      return value == threshold;
    }
    default: {
      return value != threshold;
    }
  }
}

/// The leaf that a row falls into.
fn leaf_of(root: i32, row: i32) -> i32 {
  var at = root;
  while (at >= 0) {
    let value = read_x(row * run.features + read_nodes(4 * at));
    let way = select(3, 2, holds(read_nodes(4 * at + 1), value, read_thresholds(at)));
    at = read_nodes(4 * at + way);
  }
  return -1 - at;
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
  let row = at / run.targets;
  let own = at % run.targets;
  var total = 0.0;
  var some = false;
  for (var first = 0; first < run.trees; first += block) {
    var sum = 0.0;
    for (var tree = first; tree < min(first + block, run.trees); tree++) {
      let leaf = leaf_of(read_roots(tree), row);
      for (var entry = read_leaves(leaf); entry < read_leaves(leaf + 1); entry++) {
        if (read_ids(entry) != own) {
          continue;
        }
        let weight = read_weights(entry);
        sum += weight;
        let extreme = select(max(total, weight), min(total, weight), run.aggregate == 2);
        total = select(total, select(weight, extreme, some), run.aggregate >= 2);
        some = true;
      }
    }
    total = select(total, total + sum, run.aggregate < 2);
  }
  write_y(at, select(total, total / f32(run.trees), run.aggregate == 1));
}
