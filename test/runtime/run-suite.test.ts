/** Engines that end or hang while a suite runs: the case to blame has a name, and the others run. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Engine } from "./engine.ts";
import { rows } from "./engines.ts";
import type { Call, Outcome } from "./inside/suites.ts";
import { document, readDocument } from "./matrix-report.ts";
import { Keeper, runSuite } from "./run-suite.ts";
import { ask, judge, type Suite, suites } from "./suites.ts";

const names = ["a", "b", "c", "d", "e"];

const suite: Suite = {
  name: "letters",
  title: "letters",
  missing: null,
  skipped: 0,
  crossing: 0,
  items: () => names.map((name) => ({ name, value: name })),
  each: 3,
  anyDevice: true,
  run: (engine, values) => ask<Outcome[]>(engine, "ops", values),
};

/** An engine that passes every case but one, which `meets` what becomes of it. */
function engineWith(bad: string, meets: () => Promise<never>): { open: () => Promise<Engine>; starts: () => number } {
  let starts = 0;
  const open = async (): Promise<Engine> => {
    starts++;
    let closed = false;
    return {
      version: "1",
      call: async ({ name, args }: Call) => {
        if (closed) throw new Error("called after its end");
        if (name === "start") return { value: null };
        const [values] = args as [string[]];
        if (values.includes(bad)) return meets();
        return { value: values.map((value) => ({ name: value, error: null, crossed: false, ms: 1 })) };
      },
      close: async () => {
        closed = true;
      },
    };
  };
  return { open, starts: () => starts };
}

test.each([
  ["ends", () => Promise.reject(new Error("the process ended with SIGILL")), /SIGILL/],
  ["hangs", () => new Promise<never>(() => {}), /no answer within 0.05 s/],
])("an engine that %s", async (_, meets, reason) => {
  const { open, starts } = engineWith("b", meets);
  const outcomes = await runSuite(new Keeper(open), suite, "", { init: {}, limit: 50 });
  expect(outcomes.map(({ name }) => name)).toEqual(names);
  expect(outcomes.filter(({ error }) => error !== null).map(({ name }) => name)).toEqual(["b"]);
  expect(outcomes[1]?.error).toMatch(reason);
  // Once for all, once for the cases of the call that failed, once behind the bad one.
  expect(starts()).toBe(3);
});

test("a part of the cases", async () => {
  const keeper = new Keeper(engineWith("", () => Promise.reject(new Error("no"))).open);
  const run = (part: object): Promise<Outcome[]> => runSuite(keeper, suite, "", { init: {}, limit: 1000, ...part });
  const namesOf = async (part: object): Promise<string> => (await run(part)).map(({ name }) => name).join("");
  expect(await namesOf({ every: 2, first: 1 })).toBe("bd");
  expect(await namesOf({ only: (name: string) => name > "c" })).toBe("de");
});

test("known refusals count as such, and as faults where they do not come", () => {
  const outcome = (name: string, error: string | null): Outcome => ({ name, error, crossed: false, ms: 0 });
  const lacks = { b: "no decoder", c: "no decoder", d: "no decoder" };
  const verdict = judge(
    suite,
    [
      outcome("a", null),
      outcome("b", "UnsupportedError: no decoder"),
      outcome("c", null),
      outcome("d", "TypeError: x"),
      outcome("e", "UnsupportedError: no decoder"),
    ],
    lacks,
  );
  expect(verdict).toMatchObject({ passed: 1, refused: 1 });
  expect(verdict.faults).toEqual([
    "c: it passes, although it is listed as refused: no decoder",
    "d: TypeError: x, although it is listed as refused: no decoder",
    "e: UnsupportedError: no decoder",
  ]);
});

test("one crossing too many is a fault", () => {
  const many = Array.from({ length: 200 }, (_, i) => ({ name: `${i}`, error: null, crossed: i < 21, ms: 0 }));
  const fault = expect.stringMatching(/^21 of 200 cross to wasm, wanted 20 at most: 0, 1, 2, /);
  expect(judge({ ...suite, crossing: 21 }, many).faults).toEqual([]);
  expect(judge({ ...suite, crossing: 20 }, many).faults).toEqual([fault]);
  expect(judge({ ...suite, crossing: 40 }, many, {}, 20).faults).toEqual([fault]);
  expect(judge({ ...suite, crossing: /^(1?\d|20)$/ }, many).faults).toEqual([]);
  expect(judge({ ...suite, crossing: /^1?\d$/ }, many).faults).toEqual([
    "1 of 200 cross to wasm, wanted 0 at most: 20",
  ]);
});

test("the page of the matrix is read as it was written", () => {
  const page = readFileSync(new URL("../../docs/engines.md", import.meta.url), "utf8");
  const results = readDocument(page, suites);
  expect(document(results, rows, suites)).toBe(page);
  expect(results["node"]?.suites["onnx"]).toMatchObject({ passed: 1293, failed: 0, refused: 0, skipped: 4 });
  const why = "there is no Firefox";
  const other = { ...results, firefox: { version: "", why, suites: {} } };
  expect(readDocument(document(other, rows, suites), suites)).toEqual(other);
});
