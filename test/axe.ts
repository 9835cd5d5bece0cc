/** What axe-core says of a page of the browser: how far people can use it who do not see it, or have no mouse. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "puppeteer";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** What is wrong, in words, but for rules that are named. */
export async function violations(page: Page, without: readonly string[] = []): Promise<string[]> {
  await page.evaluate(axe);
  const found = (await page.evaluate("axe.run(document).then(({ violations }) => violations)")) as Violation[];
  return found.filter(({ id }) => !without.includes(id)).map(({ help, nodes }) => `${help}: ${nodes[0]?.html}`);
}
