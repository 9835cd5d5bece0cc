/** Sizes that depend on data change from run to run; recordings of other answers stand beside each other. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { load } from "../../../ts/formats/onnx/index.ts";
import { type Tensor, tensor } from "../../../ts/index.ts";
import { sharedData } from "../../shared-data.ts";

const { path, missing, reason } = sharedData("onnx/node");

test.skipIf(missing)(`Compress keeps what each run's condition names${reason}`, async () => {
  const session = await load(new Uint8Array(readFileSync(`${path}/test_compress_0/model.onnx`)));
  const [a, b] = [
    [1, 2, 3, 4, 5, 6],
    [7, 8, 9, 10, 11, 12],
  ] as const;
  const runs: readonly (readonly [values: readonly number[], condition: readonly number[], wanted: number[][]])[] = [
    [a, [1, 0, 1], [a.slice(0, 2), a.slice(4)]],
    [b, [0, 1, 1], [b.slice(2, 4), b.slice(4)]],
    [b, [0, 0, 1], [b.slice(4)]],
    [a, [0, 0, 0], []],
    [a, [1, 1, 1], [a.slice(0, 2), a.slice(2, 4), a.slice(4)]],
    [b, [0, 1, 0], [b.slice(2, 4)]],
  ];
  for (const [values, condition, wanted] of runs) {
    const { output } = await session.run({
      input: tensor(values, { shape: [3, 2] }),
      condition: tensor(condition, { dtype: "bool" }),
    });
    expect((output as Tensor).shape).toEqual([wanted.length, 2]);
    expect(await (output as Tensor).array()).toEqual(wanted);
  }
});
