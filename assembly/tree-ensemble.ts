// Ensembles of decision trees: each row walks every tree from its root to a leaf, whose entries add to targets.
//
//   node   16 bytes   feature, mode, child where the comparison holds, child where not (a child below 0 is leaf -1 - child)
//   mode              bits 0-2: <= < >= > == !=; bit 3: NaN goes the way of a comparison that holds
//
// Sums are float64, in the order of the trees. Rows are shared over threads. Values and thresholds are float32 or float64.
//
// Arguments: 0-1 y [n, targets], 2-3 x [n, features], 4-5 thresholds, 6-7 nodes, 8-9 roots, 10-11 leaves, 12-13 target of
// every entry, 14-15 weight of every entry, 16 bytes a value, 17 aggregate (0 sum, 1 average, 2 least, 3 greatest), 18 n,
// 19 features, 20 trees, 21 targets. Scratch: 8 bytes a target.

import { Command, Run } from "./command";

export function treeEnsemble(command: usize, thread: i32, threads: i32): void {
  if (Command.int(command, 16) == 8) rows<f64>(command, thread, threads);
  else rows<f32>(command, thread, threads);
}

function rows<T>(command: usize, thread: i32, threads: i32): void {
  const shift: usize = sizeof<T>() == 8 ? 3 : 2;
  const aggregate = Command.int(command, 17);
  const n = Command.int(command, 18);
  const features = <usize>Command.int(command, 19);
  const trees = Command.int(command, 20);
  const targets = Command.int(command, 21);
  const roots = Command.pointer(command, 8);
  const start = Run.share(n, 1, thread, threads);
  const end = Run.share(n, 1, thread + 1, threads);
  let x = Command.pointer(command, 2, shift) + ((<usize>start * features) << shift);
  let y = Command.pointer(command, 0, shift) + ((<usize>start * <usize>targets) << shift);
  const sums = Run.kernelScratch;
  const first: f64 = aggregate == 2 ? Infinity : aggregate == 3 ? -Infinity : 0;
  for (let row = start; row < end; row++, x += features << shift) {
    for (let t = 0; t < targets; t++) store<f64>(sums + ((<usize>t) << 3), first);
    for (let tree = 0; tree < trees; tree++) {
      collect<T>(command, leafOf<T>(command, load<i32>(roots + ((<usize>tree) << 2)), x), sums, aggregate);
    }
    for (let t = 0; t < targets; t++, y += sizeof<T>()) {
      let sum = load<f64>(sums + ((<usize>t) << 3));
      if (aggregate == 1) sum /= <f64>trees;
      else if (aggregate >= 2 && sum == first) sum = 0;
      store<T>(y, <T>sum);
    }
  }
}

/** The leaf that a row falls into. */
function leafOf<T>(command: usize, root: i32, x: usize): i32 {
  const shift: usize = sizeof<T>() == 8 ? 3 : 2;
  const thresholds = Command.pointer(command, 4, shift);
  const nodes = Command.pointer(command, 6);
  let at = root;
  while (at >= 0) {
    const node = nodes + ((<usize>at) << 4);
    const mode = load<i32>(node, 4);
    const value = load<T>(x + ((<usize>load<i32>(node)) << shift));
    const threshold = load<T>(thresholds + ((<usize>at) << shift));
    let holds = value != value && (mode & 8) != 0;
    switch (mode & 7) {
      case 0:
        holds = holds || value <= threshold;
        break;
      case 1:
        holds = holds || value < threshold;
        break;
      case 2:
        holds = holds || value >= threshold;
        break;
      case 3:
        holds = holds || value > threshold;
        break;
      case 4:
        holds = holds || value == threshold;
        break;
      default:
        holds = holds || value != threshold;
    }
    at = holds ? load<i32>(node, 8) : load<i32>(node, 12);
  }
  return -1 - at;
}

/** Adds a leaf's entries to their targets. */
function collect<T>(command: usize, leaf: i32, sums: usize, aggregate: i32): void {
  const shift: usize = sizeof<T>() == 8 ? 3 : 2;
  const leaves = Command.pointer(command, 10) + ((<usize>leaf) << 2);
  const targets = Command.pointer(command, 12);
  const weights = Command.pointer(command, 14, shift);
  const end = <usize>load<i32>(leaves, 4);
  for (let entry = <usize>load<i32>(leaves); entry < end; entry++) {
    const sum = sums + ((<usize>load<i32>(targets + (entry << 2))) << 3);
    const weight = <f64>load<T>(weights + (entry << shift));
    const before = load<f64>(sum);
    if (aggregate == 2) store<f64>(sum, min(before, weight));
    else if (aggregate == 3) store<f64>(sum, max(before, weight));
    else store<f64>(sum, before + weight);
  }
}
