/** Outcomes of the smoke cases are held to those of a runtime that stands for all. */
import { expect } from "vitest";
import type { Outcome } from "./smoke.ts";

/** Every case passed, and with the very bits of the reference. */
export function expectSame(outcomes: readonly Outcome[], reference: readonly Outcome[]): void {
  expect(outcomes.filter(({ ok }) => !ok)).toEqual([]);
  expect(outcomes.map(({ name, bits }) => ({ name, bits }))).toEqual(
    reference.map(({ name, bits }) => ({ name, bits })),
  );
}
