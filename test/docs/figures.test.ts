/** The figures in README.md are those of docs/benchmarks/. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../scripts/build.mjs";
import { figures, readPage } from "../../scripts/figures.mjs";
import { withRegion } from "../../scripts/region.mjs";

test("README.md shows what was measured; node scripts/figures.mjs writes it", () => {
  const text = readFileSync(join(root, "README.md"), "utf8");
  expect(text).toBe(withRegion(text, "figures", figures(readPage)));
});

test("a figure that is not there is missed", () => {
  const without = (page: string): string => readPage(page).replaceAll("| matmul 512³", "| another");
  expect(() => figures(without)).toThrow("cannot find matmul 512³");
});
