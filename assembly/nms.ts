// Non-maximum suppression: boxes by descending score, without those that overlap a better one too much.
//
//   boxes [b, n, 4]   scores [b, c, n]   y [b, c, k]: numbers of the boxes taken, the best first, then -1
//
// A box is taken if its score is above the least and its intersection over union with every box that was taken before is
// at most the greatest allowed; of equal scores the lower number comes first. A box is two opposite corners (y x y x) or
// centre and size (x y w h). Every (b, c) is a problem of its own; they are shared.
//
// Arguments: 0-1 y (int32), 2-3 boxes, 4-5 scores, 6 b, 7 c, 8 n, 9 k, 10 centred, 11 least score, 12 greatest overlap.
// Scratch: n + 2 elements of order (8 bytes), k taken boxes (5 floats: low and high ends of y and x, area).

import { Command, Run } from "./command";
import { F32 } from "./lanes";
import { build, Key, Narrow, unwind } from "./topk";

/** Bytes of a taken box. */
const BOX: usize = 20;

export function nms(command: usize, thread: i32, threads: i32): void {
  const c = Command.int(command, 7);
  const n = Command.int(command, 8);
  const k = Command.int(command, 9);
  const y = Command.pointer(command, 0);
  const boxes = Command.pointer(command, 2);
  const scores = Command.pointer(command, 4);
  const end = Run.share(Command.int(command, 6) * c, 1, thread + 1, threads);
  for (let problem = Run.share(Command.int(command, 6) * c, 1, thread, threads); problem < end; problem++) {
    const out = y + ((<usize>(problem * k)) << 2);
    const from = boxes + ((<usize>(problem / c) * <usize>n) << 4);
    const count = candidates(scores + ((<usize>problem * <usize>n) << 2), n, Command.float(command, 11));
    let taken = take(out, from, count, n, k, Command.int(command, 10) == 1, Command.float(command, 12));
    for (; taken < k; taken++) store<i32>(out + ((<usize>taken) << 2), -1);
  }
}

/** Sorts the boxes that score above `least` to the scratch; returns how many. */
function candidates(scores: usize, n: i32, least: f32): i32 {
  const order = Run.kernelScratch + 8;
  const f = changetype<Narrow>(0);
  let count = 0;
  for (let i = 0; i < n; i++) {
    const score = scores + ((<usize>i) << 2);
    if (!(load<f32>(score) > least)) continue;
    f.put(order + ((<usize>count) << 3), ~Key.of(score, F32), i);
    count++;
  }
  build<Narrow>(order, count);
  unwind<Narrow>(order, count);
  return count;
}

function take(out: usize, boxes: usize, count: i32, n: i32, k: i32, centred: bool, most: f32): i32 {
  const order = Run.kernelScratch + 8;
  const kept = order + ((<usize>(n + 1)) << 3);
  let taken = 0;
  for (let i = 0; i < count && taken < k; i++) {
    const number = load<i32>(order + ((<usize>i) << 3));
    const box = kept + <usize>taken * BOX;
    Box.read(box, boxes + ((<usize>number) << 4), centred);
    let clear = true;
    for (let other = kept; clear && other < box; other += BOX) clear = !(Box.overlap(box, other) > most);
    if (!clear) continue;
    store<i32>(out + ((<usize>taken) << 2), number);
    taken++;
  }
  return taken;
}

class Box {
  /** Puts the ends of a box in order and its area behind them. */
  @inline
  static read(to: usize, box: usize, centred: bool): void {
    let top = load<f32>(box);
    let left = load<f32>(box, 4);
    let bottom = load<f32>(box, 8);
    let right = load<f32>(box, 12);
    if (centred) {
      const x = top;
      const w = bottom * 0.5;
      const h = right * 0.5;
      top = left - h;
      bottom = left + h;
      left = x - w;
      right = x + w;
    }
    store<f32>(to, min(top, bottom));
    store<f32>(to, max(top, bottom), 4);
    store<f32>(to, min(left, right), 8);
    store<f32>(to, max(left, right), 12);
    store<f32>(to, (load<f32>(to, 4) - load<f32>(to)) * (load<f32>(to, 12) - load<f32>(to, 8)), 16);
  }

  /** Intersection over union; 0 where nothing intersects. */
  @inline
  static overlap(a: usize, b: usize): f32 {
    const height = min(load<f32>(a, 4), load<f32>(b, 4)) - max(load<f32>(a), load<f32>(b));
    const width = min(load<f32>(a, 12), load<f32>(b, 12)) - max(load<f32>(a, 8), load<f32>(b, 8));
    if (!(height > 0) || !(width > 0)) return 0;
    const both = height * width;
    return both / (load<f32>(a, 16) + load<f32>(b, 16) - both);
  }
}
