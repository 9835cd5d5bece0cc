/**
 * The documentation site, as `npm run docs` makes it: typedoc warns of nothing (every public name, option and field has a
 * docstring, every reference leads somewhere), every page of the repository is there, and every link of every page.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pages } from "../../docs/site/pages.mjs";
import { buildSite } from "../../scripts/docs.mjs";
import { entries } from "../../scripts/entries.mjs";
import { serve } from "../../scripts/serve.mjs";
import { violations } from "../axe.ts";
import { withPage } from "../runtime/chromium.ts";
import { pages as written } from "./blocks.ts";

const site = mkdtempSync(join(tmpdir(), "hebb-site-"));
const texts = new Map<string, string>();

beforeAll(async () => {
  await buildSite(site);
  for (const name of readdirSync(site, { recursive: true, encoding: "utf8" })) {
    if (name.endsWith(".html")) texts.set(name.replaceAll("\\", "/"), readFileSync(join(site, name), "utf8"));
  }
}, 600_000);
afterAll(() => rmSync(site, { recursive: true, force: true }));

/** Rules that menus of typedoc's theme break: links within what folds, and headings of their own levels. */
const themes = ["nested-interactive", "heading-order"];

const idsOf = (html: string): Set<string> =>
  new Set(Array.from(html.matchAll(/\sid="([^"]+)"/g), ([, id]) => id as string));

/** What is wrong with the links of a page; places outside of the site are not asked. */
function broken(page: string, html: string): string[] {
  const found: string[] = [];
  for (const [, kind, link = ""] of html.matchAll(/\s(href|src)="([^"]*)"/g)) {
    if (/^(https?|mailto|data):/.test(link) || link === "#") continue;
    const [path = "", anchor] = link.replaceAll("&amp;", "&").split("#");
    const place = path === "" ? page : join(dirname(page), decodeURIComponent(path));
    const target = place.endsWith("/") || place === "." ? join(place, "index.html") : place;
    if (!existsSync(join(site, target))) found.push(`${page}: ${kind} ${link}: there is no such file`);
    else if (anchor && target.endsWith(".html") && !idsOf(texts.get(target) ?? "").has(decodeURIComponent(anchor)))
      found.push(`${page}: ${link}: there is no such place`);
  }
  return found;
}

describe("the site", () => {
  test("holds every page of the repository and every entry", () => {
    expect(pages.map(({ path }) => path)).toEqual(
      expect.arrayContaining(written.filter((path) => path !== "README.md")),
    );
    for (const { place } of pages) expect([...texts.keys()]).toContain(`${place}.html`);
    for (const entry of Object.keys(entries))
      expect([...texts.keys()]).toContain(entry === "index" ? "hebb.html" : `hebb/${entry}.html`);
  });

  test("has links that lead somewhere", () => {
    expect(texts.size).toBeGreaterThan(150);
    expect([...texts].flatMap(([page, html]) => broken(page, html))).toEqual([]);
    expect([...texts].filter(([, html]) => html.includes('href="site:')).map(([page]) => page)).toEqual([]);
    // What is not a page of the site would be copied into this folder.
    expect(existsSync(join(site, "media")) ? readdirSync(join(site, "media")) : []).toEqual([]);
  });

  test("finds a link that leads nowhere", () => {
    expect(
      broken("guide/x.html", '<a href="../hebb.html">, <a href="nowhere.html">, <a href="../hebb.html#nowhere">'),
    ).toEqual([
      "guide/x.html: href nowhere.html: there is no such file",
      "guide/x.html: ../hebb.html#nowhere: there is no such place",
    ]);
  });

  test("fits phones, leaves nobody out, and finds words", { timeout: 240_000 }, async () => {
    const { server, url } = await serve(site);
    await withPage({ routes: {} }, async (page) => {
      await page.setViewport({ width: 360, height: 780 });
      for (const place of [
        "index",
        "guide/tensors",
        "support",
        "benchmarks/ops",
        "hebb",
        "hebb/Tensor",
        "hebb/nn/Conv2d",
      ]) {
        await page.goto(`${url}${place}.html`);
        expect(await page.evaluate("document.documentElement.scrollWidth"), place).toBeLessThanOrEqual(360);
        expect(await violations(page, themes), place).toEqual([]);
      }
      await page.click("#tsd-search-trigger");
      await page.waitForFunction('document.querySelector("#tsd-search-input") !== null');
      await page.type("#tsd-search-input", "crossEntropy");
      await page.waitForFunction(
        'Array.from(document.querySelectorAll("#tsd-search-results a"), (a) => a.href).some((href) => href.includes("crossEntropy"))',
        { timeout: 60_000 },
      );
    });
    server.close();
  });
});
