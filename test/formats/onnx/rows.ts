/** Rows of operators with what they give, written out by hand, and the test of each. */
import { describe, expect, test } from "vitest";
import { callOperator, type Given, type Setting } from "./operator.ts";

export type Row = readonly [
  op: string,
  what: string,
  inputs: readonly (Given | null)[],
  setting: Setting,
  ...outputs: (readonly [shape: readonly number[], data: readonly number[]])[],
];

/** A row whose parts are named, for outputs that may be strings. */
export interface Named {
  readonly op: string;
  readonly what: string;
  readonly inputs: readonly (Given | null)[];
  readonly setting: Setting;
  /** Shape and values of every output. */
  readonly outputs: readonly (readonly [shape: readonly number[], data: readonly (number | string)[]])[];
}

export const of = (shape: readonly number[], data: readonly number[], dtype: Given["dtype"] = "float32"): Given => ({
  shape,
  data,
  dtype,
});
export const floats = (...data: number[]): Given => of([data.length], data);

/** A group of tests for every list of rows: shapes exactly, values to 2e-6. */
export function testRows(groups: Readonly<Record<string, readonly Row[]>>): void {
  for (const [name, rows] of Object.entries(groups)) {
    describe(name, () => {
      for (const [op, what, inputs, setting, ...outputs] of rows) {
        test(`${op} ${what}`, async () => {
          const found = await callOperator(op, inputs, setting);
          expect(found.slice(0, outputs.length).map(({ shape }) => shape)).toEqual(outputs.map(([shape]) => shape));
          for (const [i, [, data]] of outputs.entries())
            for (const [k, wanted] of data.entries()) {
              const got = found[i]?.data[k] as number;
              if (Object.is(got, wanted) || got === wanted) continue;
              expect(Math.abs(got - wanted), `${i}, ${k}: ${got} for ${wanted}`).toBeLessThan(
                1e-6 + 2e-6 * Math.abs(wanted),
              );
            }
        });
      }
    });
  }
}
