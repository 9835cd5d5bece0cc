/** A part of the matrix as tests: one a row, skipped with the reason where the engine is not there. */
import { dirname } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sharedData } from "../shared-data.ts";
import type { Source } from "./engine.ts";
import { openSource, rows, whyNot } from "./engines.ts";
import { Keeper, type Run, runSuite } from "./run-suite.ts";
import { judge, type Suite, suites } from "./suites.ts";

const models = sharedData("models");

interface PartRun extends Partial<Run> {
  /** Which of the part's cases cross to wasm, or how many; by default those that may of the whole. */
  readonly crossing?: Suite["crossing"];
}

/** What of each suite is run, in order. */
export type Part = readonly (readonly [suite: string, PartRun])[];

/** A test of each row in `parts`, by name; `limit` is that of a call in milliseconds. */
export function testRows(parts: Readonly<Record<string, Part>>, limit: number): void {
  let source: Source;
  let close = async (): Promise<void> => {};
  beforeAll(async () => {
    [source, close] = await openSource(dirname(models.path));
  });
  afterAll(() => close());

  for (const [name, part] of Object.entries(parts)) {
    const row = rows.find((each) => each.name === name);
    if (row === undefined) throw new Error(`engines: cannot test ${name}: there is no such row`);
    test(`${name}${models.reason}`, { timeout: 2 * limit }, async ({ skip }) => {
      const why = await whyNot(row, source);
      skip(why !== null, why ?? "");
      const keeper = new Keeper(() => row.kind.open(source));
      try {
        for (const [suiteName, { crossing, ...run }] of part) {
          const suite = suites.find((each) => each.name === suiteName) as Suite;
          if (suite.missing !== null) continue;
          const outcomes = await runSuite(keeper, suite, source.url, {
            init: row.init,
            ops: row.ops ?? {},
            limit,
            ...run,
          });
          const { faults, passed } = judge(suite, outcomes, row.lacks, crossing);
          expect(faults, suiteName).toEqual([]);
          expect(passed, suiteName).toBeGreaterThan(0);
        }
      } finally {
        await keeper.drop();
      }
    });
  }
}
