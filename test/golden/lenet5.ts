/** LeNet-5 with ReLU and maxima, and pictures to train it on that need no file. */
import * as hebb from "../../ts/index.ts";
import { floats, integers } from "./generator.ts";

export const CLASSES = 10;

export function lenet5(): hebb.nn.Sequential {
  const { Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential } = hebb.nn;
  return new Sequential(
    new Conv2d(1, 6, 5, { padding: 2 }),
    new ReLU(),
    new MaxPool2d(2),
    new Conv2d(6, 16, 5),
    new ReLU(),
    new MaxPool2d(2),
    new Flatten(),
    new Linear(400, 120),
    new ReLU(),
    new Linear(120, 84),
    new ReLU(),
    new Linear(84, CLASSES),
  );
}

/** Pictures of 7 × 7 blocks that depend on the class, under noise; one label in eight is random. */
export function batchOf(step: number, size: number): { x: Float32Array; y: Int32Array } {
  const patterns = floats(1, CLASSES * 49);
  const labels = integers(1000 + step, CLASSES, size);
  const x = floats(3000 + step, size * 784);
  for (let at = 0; at < x.length; at++) {
    const [row, column] = [Math.floor((at % 784) / 28) >> 2, (at % 28) >> 2];
    x[at] =
      (patterns[(labels[Math.floor(at / 784)] as number) * 49 + row * 7 + column] as number) / 2 + (x[at] as number);
  }
  const lies = integers(5000 + step, 8, size);
  const lie = integers(7000 + step, CLASSES, size);
  return { x, y: labels.map((label, i) => (lies[i] === 0 ? (lie[i] as number) : label)) };
}
