/** What is published and how: no script runs at anybody's, and releases say which commit they were made of. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../scripts/build.mjs";

const workflows = readdirSync(join(root, ".github/workflows"));
const textOf = (name: string): string => readFileSync(join(root, ".github/workflows", name), "utf8");

describe("the package", () => {
  test("runs no script where it is installed", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    expect(
      Object.keys(scripts).filter((name) => /^(pre|post)?(install|prepare|publish)|^dependencies$/.test(name)),
    ).toEqual([]);
  });
});

describe.each(workflows)("%s", (name) => {
  test("takes actions by the commit and asks for no more than to read", () => {
    const text = textOf(name);
    const actions = Array.from(text.matchAll(/uses: (\S+)/g), (match) => match[1] as string);
    expect(actions.length).toBeGreaterThan(0);
    expect(actions.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(action))).toEqual([]);
    expect(text).toMatch(/^permissions:\n {2}contents: read$/m);
  });
});

test.each(["ci.yml", "publish.yml"])("%s runs the gate", (name) => {
  expect(textOf(name)).toMatch(/run: npm test$/m);
});

test("every suite runs in every engine each week, and what came out is kept", () => {
  const text = textOf("engines.yml");
  expect(text).toMatch(/^ {2}schedule:\n {4}- cron: "\d+ \d+ \* \* [0-6]"$/m);
  expect(text).toMatch(/run: npm run test:engines -- --write$/m);
  const [, upload = ""] = text.split("actions/upload-artifact@");
  expect(upload).toMatch(/if: always\(\)/);
  expect(upload).toMatch(/^ +docs\/engines\.md$/m);
});

test("a release is published with its provenance", () => {
  expect(textOf("publish.yml")).toContain("npm publish --provenance");
  expect(textOf("publish.yml")).toContain("id-token: write");
  expect(textOf("publish.yml")).not.toMatch(/secrets\./);
});
