/** Detectors' outputs, made by hand, and the boxes that they mean. */
import { describe, expect, test } from "vitest";
import type { Detector, Outputs } from "../../ts/cli/detectors/detector.ts";
import { fastestdet } from "../../ts/cli/detectors/fastestdet.ts";
import { tinyyolo } from "../../ts/cli/detectors/tinyyolo.ts";
import { ultraface } from "../../ts/cli/detectors/ultraface.ts";
import { yunet } from "../../ts/cli/detectors/yunet.ts";
import type { Session } from "../../ts/formats/onnx/index.ts";

/** A session as far as `fits` looks at it. */
function session(input: number[], outputs: Record<string, number[]>): Session {
  const describe = ([name, shape]: [string, number[]]) => ({ name, kind: "tensor", dtype: "float32", shape });
  return { inputs: [describe(["x", input])], outputs: Object.entries(outputs).map(describe) } as unknown as Session;
}

function only(detector: Detector, outputs: Outputs, width: number, height: number): [number[], number, number] {
  const found = detector.decode(outputs, width, height, detector.threshold);
  expect(found).toHaveLength(1);
  return [[...found[0]!.box], found[0]!.score, found[0]!.index];
}

function near(box: readonly number[], wanted: readonly number[]): void {
  for (const [i, side] of wanted.entries()) expect(box[i]).toBeCloseTo(side, 5);
}

describe("Ultra-Light-Fast", () => {
  test("corners are taken as they are", () => {
    const scores = Float32Array.of(0.9, 0.1, 0.05, 0.95);
    const [box, score] = only(ultraface, { scores, boxes: Float32Array.of(0, 0, 1, 1, 0.1, 0.2, 0.3, 0.4) }, 320, 240);
    near(box, [0.1, 0.2, 0.3, 0.4]);
    expect(score).toBeCloseTo(0.95);
  });

  test("offsets start from prior boxes", () => {
    const n = 4420;
    const [scores, boxes] = [new Float32Array(2 * n), new Float32Array(4 * n)];
    // The first cell of stride 8 has boxes of 10, 16 and 24 pixels; the second of them here.
    scores[3] = 0.9;
    boxes.set([1, -1, 5, -5], 4);
    const [w, h] = [(16 / 320) * Math.E, 16 / 240 / Math.E];
    const [cx, cy] = [0.5 / 40 + 0.1 * (16 / 320), 0.5 / 30 - 0.1 * (16 / 240)];
    const [box] = only(ultraface, { scores, boxes }, 320, 240);
    near(box, [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2]);
  });

  test("is known by its outputs", () => {
    expect(ultraface.fits(session([1, 3, 240, 320], { scores: [1, 9, 2], boxes: [1, 9, 4] }))).toBe(true);
    expect(ultraface.fits(session([1, 3, 240, 320], { scores: [1, 9, 21], boxes: [1, 9, 4] }))).toBe(false);
  });
});

test("YuNet: from the corner of the cell, sizes by strides", () => {
  const outputs: Record<string, Float32Array> = {};
  for (const stride of [8, 16, 32]) {
    const cells = (64 / stride) * (32 / stride);
    for (const kind of ["cls", "obj"]) outputs[`${kind}_${stride}`] = new Float32Array(cells);
    outputs[`bbox_${stride}`] = new Float32Array(4 * cells);
  }
  // Column 1, row 1 of four columns at stride 16.
  outputs["cls_16"]!.set([0.81], 5);
  outputs["obj_16"]!.set([1.2], 5);
  outputs["bbox_16"]!.set([0.5, 0.25, Math.log(2), 0], 20);
  const [box, score] = only(yunet, outputs, 64, 32);
  near(box, [(24 - 16) / 64, (20 - 8) / 32, (24 + 16) / 64, (20 + 8) / 32]);
  expect(score).toBeCloseTo(0.9);
  const shapes = Object.fromEntries(Object.keys(outputs).map((name) => [name, [1, 1, 1]]));
  expect(yunet.fits(session([1, 3, 32, 64], shapes))).toBe(true);
  expect(yunet.fits(session([1, 3, 32, 64], { cls_8: [1, 1, 1] }))).toBe(false);
});

test("FastestDet: from the cell by tanh, sizes by sigmoid, the best class", () => {
  const cells = 22 * 22;
  const map = new Float32Array(85 * cells);
  const at = 3 * 22 + 7;
  const put = (k: number, value: number): void => void map.set([value], k * cells + at);
  put(0, 0.8);
  put(1, 0.5);
  put(2, -0.5);
  put(5 + 16, 0.9);
  put(5 + 17, 0.1);
  const [box, score, index] = only(fastestdet, { out: map }, 352, 352);
  const [cx, cy] = [(7 + Math.tanh(0.5)) / 22, (3 - Math.tanh(0.5)) / 22];
  near(box, [cx - 0.25, cy - 0.25, cx + 0.25, cy + 0.25]);
  expect(score).toBeCloseTo(0.8 ** 0.6 * 0.9 ** 0.4);
  expect(index).toBe(16);
  expect(fastestdet.fits(session([1, 3, 352, 352], { out: [1, 85, 22, 22] }))).toBe(true);
  expect(fastestdet.fits(session([1, 3, 352, 352], { out: [1, 85, 11, 11] }))).toBe(false);
});

test("Tiny YOLO v2: anchors of cells, sigmoid and softmax", () => {
  const cells = 169;
  const map = new Float32Array(125 * cells).fill(-9);
  const at = 6 * 13 + 6;
  // The second anchor, of 2.79 × 4.59 cells: its object, the 15th of its classes, its box.
  map[1 * cells + at] = 9;
  map[(5 + 20 + 14) * cells + at] = 9;
  for (let k = 0; k < 4; k++) map[(105 + 4 + k) * cells + at] = 0;
  const [box, score, index] = only(tinyyolo, { out: map }, 52, 52);
  const [cx, cy] = [6.5 / 13, 6.5 / 13];
  near(box, [cx - 2.79 / 26, cy - 4.59 / 26, cx + 2.79 / 26, cy + 4.59 / 26]);
  expect(score).toBeGreaterThan(0.99);
  expect(tinyyolo.labels[index]).toBe("person");
  expect(tinyyolo.fits(session([1, 3, 52, 52], { out: [1, 21125] }))).toBe(true);
  expect(tinyyolo.fits(session([1, 3, 52, 52], { out: [1, 1000] }))).toBe(false);
});
