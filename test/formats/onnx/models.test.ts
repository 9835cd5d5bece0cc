/** Trained models against references that another runtime computed. */
import { describe, expect, test } from "vitest";
import { sharedData } from "../../shared-data.ts";
import { expectedFailures } from "./expected.ts";
import { casesOf, runCase } from "./folder.ts";
import { modelTolerance } from "./suite.ts";

const { path, missing, reason } = sharedData("models");

describe(`models${reason}`, () => {
  const models = casesOf(path);
  test.skipIf(missing)(`there are models${reason}`, () => {
    expect(models.length).toBeGreaterThan(0);
  });
  for (const name of models) {
    const failure = expectedFailures[`models/${name}`];
    const run = () => runCase(`${path}/${name}`, modelTolerance);
    if (failure === undefined) test(name, run);
    else test(`${name} (expected to fail: ${failure})`, () => expect(run()).rejects.toThrow());
  }
});
