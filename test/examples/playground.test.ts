/** The playground in Chromium, as it is put on a static host: trained, drawn on, looked into; by keyboard and on a phone. */
import { join } from "node:path";
import type { Page } from "puppeteer";
import { beforeAll, describe, expect, test } from "vitest";
import { build, root } from "../../scripts/build.mjs";
import { buildPlayground } from "../../scripts/playground.mjs";
import { withPage } from "../runtime/chromium.ts";

const folder = join(root, "build/playground-test");

beforeAll(async () => {
  await build(["bundles"]);
  await buildPlayground(folder);
});

interface Options {
  readonly part?: "train" | "inspect";
  readonly width?: number;
  readonly theme?: "light" | "dark";
  readonly webgpu?: boolean;
}

/** Opens the page and waits until it has digits. */
function inPlayground(options: Options, work: (page: Page) => Promise<void>): Promise<void> {
  const { part = "train", width = 1280, theme = "light", webgpu = false } = options;
  return withPage({ routes: { "/playground/": { folder } }, webgpu }, async (page, { url }) => {
    await page.setViewport({ width, height: 800 });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
    await page.goto(`${url}/playground/index.html#${part}`);
    await page.waitForSelector("html[data-ready]", { timeout: 60_000 });
    await work(page);
  });
}

const text = (page: Page, selector: string): Promise<string> =>
  page.$eval(selector, (element) => (element as HTMLElement).innerText);

/** Clicks where the element is, wherever the page is scrolled to. */
const press = (page: Page, selector: string): Promise<void> =>
  page.$eval(selector, (element) => (element as HTMLElement).click());

/** The training loss as the page shows it; NaN before there is one. */
const lossOf = async (page: Page): Promise<number> => Number.parseFloat(await text(page, "#loss-train"));

/** Waits until text that an element shows matches. */
function waitForText(page: Page, selector: string, pattern: RegExp): Promise<unknown> {
  const wanted = [selector, pattern.source] as const;
  const shows = ([selector, source]: readonly [string, string]): boolean =>
    new RegExp(source).test(document.querySelector<HTMLElement>(selector)?.innerText ?? "");
  return page.waitForFunction(shows, { timeout: 90_000, polling: 100 }, wanted);
}

/** Draws a seven with the mouse. */
async function drawSeven(page: Page): Promise<void> {
  await page.$eval("#pad", (pad) => pad.scrollIntoView({ block: "center" }));
  const box = await (await page.$("#pad"))?.boundingBox();
  if (!box) throw new Error("the pad is not to be seen");
  const go = (x: number, y: number, steps = 8): Promise<void> =>
    page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps });
  await go(0.25, 0.2);
  await page.mouse.down();
  await go(0.75, 0.2);
  await go(0.42, 0.88);
  await page.mouse.up();
}

async function openSample(page: Page): Promise<void> {
  await press(page, "#sample");
  await waitForText(page, "#run-note", /ms|s/);
  await page.waitForFunction(() => document.getElementById("work")?.hidden === true);
}

describe("training", () => {
  test("the loss falls, a drawing is read, and Stop stops", async () => {
    await inPlayground({}, async (page) => {
      await drawSeven(page);
      await press(page, "#start");
      await waitForText(page, "#loss-train", /\d/);
      const first = await lossOf(page);
      await waitForText(page, "#accuracy-test", /\d/);
      expect(await lossOf(page)).toBeLessThan(first - 0.5);
      expect(await text(page, "#answer")).toMatch(/^Reads as \d, [\d.]+ %\.$/);
      expect(
        await page.$$eval("#confusion td", (cells) =>
          cells.reduce((sum, cell) => sum + (Number(cell.textContent) || 0), 0),
        ),
      ).toBe(1000);
      await press(page, "#start");
      await waitForText(page, "#start", /Go on/);
      const steps = await text(page, "#figures");
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect((await text(page, "#figures")).split("\n")[1]).toBe(steps.split("\n")[1]);
    });
  });
});

describe("inspecting", () => {
  test("the page's own network, saved and loaded as an ONNX file", async () => {
    await inPlayground({ part: "inspect" }, async (page) => {
      await openSample(page);
      expect(await text(page, "#model-facts")).toMatch(/lenet5\.onnx[\s\S]*hebb/);
      expect(await page.$$eval("#graph .fused", (boxes) => boxes.length)).toBeGreaterThan(4);
      expect(await page.$$eval("#outputs li", (rows) => rows.length)).toBe(5);
      await press(page, "#measure");
      await page.waitForSelector("#profile:not([hidden])");
      expect(await text(page, "#profile tbody")).toMatch(/conv2d/);
    });
  });
});
