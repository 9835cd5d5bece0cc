/** Small models with their inputs and outputs, from the tests of another runtime: quantised, recurrent, trees, Keras. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { load, type Session } from "../../../ts/formats/onnx/index.ts";
import { adopt, type Tensor } from "../../../ts/tensor/tensor.ts";
import { type NpyArray, readNpz } from "../../npz.ts";
import { sharedData } from "../../shared-data.ts";
import { expectedFailures } from "./expected.ts";
import { expectClose } from "./suite.ts";

const { path, missing, reason } = sharedData("tract-cases");

const modelIn = (folder: string): Promise<Session> => {
  const file = readdirSync(folder).find((name) => name.endsWith(".onnx")) as string;
  return load(new Uint8Array(readFileSync(join(folder, file))));
};

describe(`tract-cases${reason}`, () => {
  const names = missing ? [] : readdirSync(path).filter((name) => existsSync(join(path, name, "io.npz")));
  test.skipIf(missing)(`has cases${reason}`, () => {
    expect(names.length).toBeGreaterThan(0);
  });
  for (const name of names) {
    const failure = expectedFailures[`tract-cases/${name}`];
    if (failure === undefined) test(name, () => runCase(name));
    else test(`${name} (expected to fail: ${failure})`, () => expect(runCase(name)).rejects.toThrow());
  }
});

/** Arrays go by the model's names; the one array of a Keras model is called input or output. */
async function runCase(name: string): Promise<void> {
  const arrays = readNpz(join(path, name, "io.npz"));
  const session = await modelIn(join(path, name));
  const feeds = session.inputs.map((input) => {
    const { data, shape } = (arrays.get(input.name) ?? arrays.get("input")) as NpyArray;
    return [input.name, adopt(data, shape, "float32")] as const;
  });
  const results = await session.run(Object.fromEntries(feeds));
  let compared = 0;
  for (const output of session.outputs) {
    const wanted = arrays.get(output.name) ?? (session.outputs.length === 1 ? arrays.get("output") : undefined);
    if (wanted === undefined) continue;
    const data = (await (results[output.name] as Tensor).data()) as Float32Array;
    expect(data.length).toBe(wanted.data.length);
    expectClose(output.name, data, wanted.data, { relative: 1e-3, absolute: 1e-5 });
    compared++;
  }
  expect(compared).toBeGreaterThan(0);
}
