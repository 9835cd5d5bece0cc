/** Trained models against references that another runtime computed. */
import { describe, expect, test } from "vitest";
import { type DType, dtypes } from "../../../ts/core/dtype.ts";
import { sharedData } from "../../shared-data.ts";
import { expectedFailures } from "./expected.ts";
import { casesOf, runCase, type ToleranceOf } from "./suite.ts";

/**
 * Errors are small beside an output's largest value, however small single elements are; in models of float16, whose every
 * step is rounded to 11 bits, as small as that. Integers are exact.
 */
const ofLargest: ToleranceOf = (dtype, wanted) => {
  if (!dtypes[dtype as DType].float) return { relative: 0, absolute: 0 };
  let largest = 0;
  for (let i = 0; i < wanted.length; i++) largest = Math.max(largest, Math.abs(wanted[i] as number));
  return { relative: 0, absolute: (dtype === "float16" ? 1e-2 : 1e-3) * largest };
};

const { path, missing, reason } = sharedData("models");

describe(`models${reason}`, () => {
  const models = casesOf(path);
  test.skipIf(missing)(`there are models${reason}`, () => {
    expect(models.length).toBeGreaterThan(0);
  });
  for (const name of models) {
    const failure = expectedFailures[`models/${name}`];
    const run = () => runCase(`${path}/${name}`, ofLargest);
    if (failure === undefined) test(name, run);
    else test(`${name} (expected to fail: ${failure})`, () => expect(run()).rejects.toThrow());
  }
});
