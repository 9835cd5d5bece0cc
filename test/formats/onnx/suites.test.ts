/** The suites of the shared data, a test a case: `-t test_resize` runs those of one operator. */
import { describe, expect, test } from "vitest";
import { sharedData } from "../../shared-data.ts";
import { expectedFailures } from "./expected.ts";
import { casesOf, runCase } from "./folder.ts";

const suites = [
  "onnx/node",
  "onnx/node-v1.16.0",
  "onnx/node-v1.8.1",
  "onnx/node-v1.5.0",
  "onnx/simple",
  "onnx/pytorch-converted",
  "onnx/pytorch-operator",
];

for (const suite of suites) {
  const { path, missing, reason } = sharedData(suite);
  describe(`${suite}${reason}`, () => {
    const cases = casesOf(path);
    test.skipIf(missing)(`has cases${reason}`, () => {
      expect(cases.length).toBeGreaterThan(0);
    });
    for (const name of cases) {
      const failure = expectedFailures[`${suite}/${name}`];
      if (failure === undefined) test(name, () => runCase(`${path}/${name}`));
      else test(`${name} (expected to fail: ${failure})`, () => expect(runCase(`${path}/${name}`)).rejects.toThrow());
    }
  });
}
