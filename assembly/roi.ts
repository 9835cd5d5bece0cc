// Pooling over boxes of an image: y [r, c, h, w] from x [n, c, height, width], boxes [r, 4] (x y x y) and the image of each
// box, image [r]. Outputs (r, c) are shared. An image number outside 0 … n - 1 fails the run.
//
// align    the box is cut into h × w bins without rounding; a bin is the mean (or the maximum) of points spread evenly in
//          it, each interpolated between its four neighbours. The maximum is over the weighted neighbours themselves.
//          Points more than 1 outside the image count as 0. He et al. 2017.
// pool     the box is rounded to whole pixels and a bin is the maximum of those it touches, 0 if none. Girshick 2015.
//
// Arguments: 0-1 y, 2-3 x, 4-5 boxes, 6-7 image (int32), 8 n, 9 c, 10 height, 11 width, 12 r, 13 h, 14 w, 15 scale of the
//   boxes (float), then for align: 16 shift of the boxes (float), 17 points a side of a bin (0: as many as pixels), 18
//   maximum, 19 least size of a box (float).

import { Command, Run } from "./command";
import { ROI_ALIGN } from "./kernels";

export function roi(command: usize, thread: i32, threads: i32): void {
  const c = Command.int(command, 9);
  const height = Command.int(command, 10);
  const width = Command.int(command, 11);
  const h = Command.int(command, 13);
  const w = Command.int(command, 14);
  const y = Command.pointer(command, 0);
  const x = Command.pointer(command, 2);
  const boxes = Command.pointer(command, 4);
  const images = Command.pointer(command, 6);
  const align = <i32>load<u16>(command) == ROI_ALIGN;
  const all = Command.int(command, 12) * c;
  const end = Run.share(all, 1, thread + 1, threads);
  for (let item = Run.share(all, 1, thread, threads); item < end; item++) {
    const r = <usize>(item / c);
    const image = load<i32>(images + (r << 2));
    const out = y + ((<usize>item * <usize>(h * w)) << 2);
    if (<u32>image >= <u32>Command.int(command, 8)) {
      Run.fail(load<u16>(command), image);
      continue;
    }
    const plane = x + ((<usize>(image * c + (item - <i32>r * c)) * <usize>(height * width)) << 2);
    if (align) alignBox(command, out, plane, boxes + (r << 4), height, width, h, w);
    else poolBox(out, plane, boxes + (r << 4), Command.float(command, 15), height, width, h, w);
  }
}

function alignBox(command: usize, y: usize, x: usize, box: usize, height: i32, width: i32, h: i32, w: i32): void {
  const scale = Command.float(command, 15);
  const shift = Command.float(command, 16);
  const points = Command.int(command, 17);
  const maximum = Command.int(command, 18) == 1;
  const least = Command.float(command, 19);
  const left = load<f32>(box) * scale - shift;
  const top = load<f32>(box, 4) * scale - shift;
  const binWidth = max(load<f32>(box, 8) * scale - shift - left, least) / <f32>w;
  const binHeight = max(load<f32>(box, 12) * scale - shift - top, least) / <f32>h;
  const rows = points > 0 ? points : <i32>ceil(binHeight);
  const columns = points > 0 ? points : <i32>ceil(binWidth);
  const count = <f32>max(rows * columns, 1);
  for (let i = 0; i < h; i++) {
    for (let j = 0; j < w; j++, y += 4) {
      let total: f32 = maximum && rows > 0 && columns > 0 ? -Infinity : 0;
      for (let a = 0; a < rows; a++) {
        const py = top + <f32>i * binHeight + ((<f32>a + 0.5) * binHeight) / <f32>rows;
        for (let b = 0; b < columns; b++) {
          const px = left + <f32>j * binWidth + ((<f32>b + 0.5) * binWidth) / <f32>columns;
          const value = Point.read(x, py, px, height, width, maximum);
          total = maximum ? max(total, value) : total + value;
        }
      }
      store<f32>(y, maximum ? total : total / count);
    }
  }
}

class Point {
  /** The value at a point: the sum of its weighted neighbours, or the greatest. */
  static read(x: usize, py: f32, px: f32, height: i32, width: i32, maximum: bool): f32 {
    if (py < -1 || py > <f32>height || px < -1 || px > <f32>width) return 0;
    py = min(max(py, 0), <f32>(height - 1));
    px = min(max(px, 0), <f32>(width - 1));
    const top = <i32>py;
    const left = <i32>px;
    const down = py - <f32>top;
    const right = px - <f32>left;
    const row = x + ((<usize>top * <usize>width + <usize>left) << 2);
    const below = top + 1 < height ? (<usize>width) << 2 : 0;
    const beside: usize = left + 1 < width ? 4 : 0;
    const up: f32 = <f32>1 - down;
    const p = up * (<f32>1 - right) * load<f32>(row);
    const q = up * right * load<f32>(row + beside);
    const r = down * (<f32>1 - right) * load<f32>(row + below);
    const s = down * right * load<f32>(row + below + beside);
    return maximum ? max(max(p, q), max(r, s)) : p + q + r + s;
  }
}

function poolBox(y: usize, x: usize, box: usize, scale: f32, height: i32, width: i32, h: i32, w: i32): void {
  const left = Pixel.of(load<f32>(box) * scale);
  const top = Pixel.of(load<f32>(box, 4) * scale);
  const binWidth = <f32>max(Pixel.of(load<f32>(box, 8) * scale) - left + 1, 1) / <f32>w;
  const binHeight = <f32>max(Pixel.of(load<f32>(box, 12) * scale) - top + 1, 1) / <f32>h;
  for (let i = 0; i < h; i++) {
    const first = Pixel.clamp(top + <i32>floor(<f32>i * binHeight), height);
    const last = Pixel.clamp(top + <i32>ceil(<f32>(i + 1) * binHeight), height);
    for (let j = 0; j < w; j++, y += 4) {
      const from = Pixel.clamp(left + <i32>floor(<f32>j * binWidth), width);
      const to = Pixel.clamp(left + <i32>ceil(<f32>(j + 1) * binWidth), width);
      let most: f32 = first < last && from < to ? -Infinity : 0;
      for (let a = first; a < last; a++) {
        for (let b = from; b < to; b++) most = max(most, load<f32>(x + ((<usize>a * <usize>width + <usize>b) << 2)));
      }
      store<f32>(y, most);
    }
  }
}

class Pixel {
  /** The nearest whole number, halves away from 0. */
  @inline
  static of(at: f32): i32 {
    return <i32>(at < 0 ? ceil(at - 0.5) : floor(at + 0.5));
  }

  @inline
  static clamp(at: i32, size: i32): i32 {
    return min(max(at, 0), size);
  }
}
