/** The playground in Chromium, as it is put on a static host: trained, drawn on, looked into; by keyboard and on a phone. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ElementHandle, Page } from "puppeteer";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { build, root } from "../../scripts/build.mjs";
import { buildPlayground } from "../../scripts/playground.mjs";
import { violations } from "../axe.ts";
import { model } from "../formats/onnx/writer.ts";
import { withPage } from "../runtime/chromium.ts";
import { sharedData } from "../shared-data.ts";
import { longestTask } from "./tasks.ts";

const folder = join(root, "build/playground-test");

/** Pages share the machine with a software adapter and with other tests. */
vi.setConfig({ testTimeout: 240_000 });

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
    await page.waitForSelector("html[data-ready]", { timeout: 90_000 });
    await work(page);
  });
}

const text = (page: Page, selector: string): Promise<string> =>
  page.$eval(selector, (element) => (element as HTMLElement).innerText);

/** Clicks where the element is, wherever the page is scrolled to. */
const press = (page: Page, selector: string): Promise<void> =>
  page.$eval(selector, (element) => (element as HTMLElement).click());

/** Waits until text that an element shows matches. */
function waitForText(page: Page, selector: string, pattern: RegExp): Promise<unknown> {
  const shows = (selector: string, source: string): boolean =>
    new RegExp(source).test(document.querySelector<HTMLElement>(selector)?.innerText ?? "");
  return page.waitForFunction(shows, { timeout: 120_000, polling: 100 }, selector, pattern.source);
}

/** The training loss as the page shows it. */
const lossOf = async (page: Page): Promise<number> => Number.parseFloat(await text(page, "#loss-train"));

const stepsOf = (page: Page): Promise<string> => text(page, "#figures dd");

/** Draws a seven with the mouse. */
async function drawSeven(page: Page): Promise<void> {
  await page.$eval("#pad", (pad) => pad.scrollIntoView({ block: "center" }));
  const box = await (await page.$("#pad"))?.boundingBox();
  if (!box) throw new Error("the pad is not to be seen");
  const go = (x: number, y: number): Promise<void> =>
    page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps: 8 });
  await go(0.25, 0.2);
  await page.mouse.down();
  await go(0.75, 0.2);
  await go(0.42, 0.88);
  await page.mouse.up();
}

async function choose(page: Page, selector: string, ...paths: string[]): Promise<void> {
  const input = (await page.$(selector)) as ElementHandle<HTMLInputElement> | null;
  if (input === null) throw new Error(`there is no ${selector}`);
  await input.uploadFile(...paths);
}

/** Waits until no bar of progress is shown and the model has run. */
async function waitForRun(page: Page): Promise<void> {
  await waitForText(page, "#run-note", /\d m?s/);
  await page.waitForFunction(() => document.getElementById("work")?.hidden === true);
}

async function openSample(page: Page): Promise<void> {
  await press(page, "#sample");
  await waitForRun(page);
}

/** Pixels by which the page is wider than its window. */
const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

describe("training", () => {
  test("the loss falls, a drawing is read, and Stop stops", async () => {
    await inPlayground({}, async (page) => {
      await drawSeven(page);
      await press(page, "#start");
      await waitForText(page, "#loss-train", /\d/);
      const first = await lossOf(page);
      await waitForText(page, "#accuracy-test", /\d/);
      expect(await lossOf(page)).toBeLessThan(first - 0.5);
      await waitForText(page, "#answer", /^Reads as 7, [\d.]+ %\.$/);
      const counted = await page.$$eval("#confusion td", (cells) => cells.map((cell) => Number(cell.textContent) || 0));
      expect(counted.reduce((a, b) => a + b, 0)).toBe(1000);
      await press(page, "#start");
      await waitForText(page, "#start", /Go on/);
      // Figures follow a moment behind.
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const steps = await stepsOf(page);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      expect(await stepsOf(page)).toBe(steps);
      await press(page, "#reset");
      await waitForText(page, "#figures dd", /^0$/);
    });
  });

  test("no task keeps the page's thread for more than 50 ms", async () => {
    await inPlayground({}, async (page) => {
      await drawSeven(page);
      const longest = await longestTask(page, async () => {
        await press(page, "#start");
        await waitForText(page, "#accuracy-test", /\d/);
      });
      expect(longest).toBeLessThanOrEqual(50);
    });
  });

  test("MNIST's files, and words for files that are none", async () => {
    const mnist = sharedData("datasets/mnist");
    const image = join(folder, "no-digits.idx");
    writeFileSync(image, Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 1, 2));
    await inPlayground({}, async (page) => {
      await choose(page, "#idx-files", image);
      await waitForText(page, ".failure", /no file holds pictures/);
      expect(await text(page, "#data-name")).toMatch(/8,000 digits drawn here/);
      if (mnist.missing) return;
      const names = ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"];
      await choose(page, "#idx-files", ...names.map((name) => join(mnist.path, name)));
      await waitForText(page, "#data-name", /8,571 t10k-images/);
    });
  });

  test("weights are saved, loaded and refused", async () => {
    const path = join(folder, "weights.safetensors");
    await inPlayground({}, async (page) => {
      writeFileSync(path, "no tensors");
      await choose(page, "#weights-file", path);
      await waitForText(page, ".failure", /weights\.safetensors cannot be loaded/);
      const saved = await page.evaluate(
        () =>
          new Promise<number[]>((resolve) => {
            URL.createObjectURL = (blob) => {
              void (blob as Blob).arrayBuffer().then((bytes) => resolve([...new Uint8Array(bytes)]));
              return "#";
            };
            document.getElementById("save-weights")?.click();
          }),
      );
      writeFileSync(path, Uint8Array.from(saved));
      await choose(page, "#weights-file", path);
      await waitForText(page, "#confusion-note", /of 1,000 test digits read right/);
      expect(await page.$(".failure")).toBeNull();
    });
  });

  test("WebGPU trains the same network", async () => {
    await inPlayground({ webgpu: true }, async (page) => {
      await page.select("#batch", "16");
      await page.$eval("#device", (select) => {
        const list = select as HTMLSelectElement;
        list.selectedIndex = [...list.options].findIndex(({ text }) => text === "WebGPU");
        list.dispatchEvent(new Event("change"));
      });
      await waitForText(page, "#status", /WebGPU/);
      await press(page, "#start");
      await waitForText(page, "#figures dd", /^[3-9]$|\d\d/);
      expect(await page.$(".failure")).toBeNull();
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

  test("a file that is dropped anywhere on the part", async () => {
    const bytes = model({
      nodes: [{ op: "Relu", inputs: ["x"], outputs: ["y"] }],
      inputs: [["x", 1, [2]]],
      outputs: [["y", 1, [2]]],
    });
    await inPlayground({ part: "inspect" }, async (page) => {
      await page.$eval(
        "#inspect",
        (part, bytes) => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([Uint8Array.from(bytes)], "dropped.onnx"));
          part.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
        },
        [...bytes],
      );
      await waitForRun(page);
      expect(await text(page, "#model-facts")).toMatch(/dropped\.onnx/);
    });
  });

  const squeezeNet = sharedData("models/squeezenet1.1-fp32/model.onnx");
  test.skipIf(squeezeNet.missing)(`SqueezeNet names the dog of a photo${squeezeNet.reason}`, async () => {
    await inPlayground({ part: "inspect" }, async (page) => {
      await choose(page, "#model-file", squeezeNet.path);
      await waitForRun(page);
      await choose(page, "#labels-file", sharedData("media/imagenet_classes.txt").path);
      await choose(page, "#picture-file", sharedData("media/dog.jpg").path);
      await waitForText(page, "#outputs .best", /hound|beagle/i);
      expect(await page.$$eval("#graph .box", (boxes) => boxes.length)).toBe(68);
    });
  });

  const inception = sharedData("onnx/light/light_inception_v2.onnx");
  test.skipIf(inception.missing)(`916 nodes do not hold up the page${inception.reason}`, async () => {
    await inPlayground({ part: "inspect" }, async (page) => {
      const longest = await longestTask(page, async () => {
        await choose(page, "#model-file", inception.path);
        await waitForRun(page);
      });
      expect(longest).toBeLessThanOrEqual(50);
      expect(await page.$$eval("#graph .fused", (boxes) => boxes.length)).toBeGreaterThan(100);
    });
  });

  test("every operator that is missing is listed, and bytes that are no model are refused", async () => {
    const strange = join(folder, "strange.onnx");
    const nodes = [
      { op: "Relu", inputs: ["x"], outputs: ["a"] },
      { op: "Strange", inputs: ["a"], outputs: ["b"] },
      { op: "Peculiar", inputs: ["b"], outputs: ["y"] },
    ];
    writeFileSync(strange, model({ nodes, inputs: [["x", 1, [2]]], outputs: [["y", 1, [2]]] }));
    const broken = join(folder, "broken.onnx");
    writeFileSync(broken, "text");
    await inPlayground({ part: "inspect" }, async (page) => {
      await choose(page, "#model-file", strange);
      await waitForText(page, ".failure", /Strange[\s\S]*Peculiar/);
      expect(await page.$$eval("#graph .missing", (boxes) => boxes.length)).toBe(2);
      expect(await page.$eval("#run", (button) => (button as HTMLButtonElement).disabled)).toBe(true);
      await choose(page, "#model-file", broken);
      await waitForText(page, ".failure", /broken\.onnx cannot be opened/);
    });
  });
});

describe("for everybody", () => {
  test.each([
    ["light", 1280],
    ["dark", 360],
  ] as const)("axe-core finds nothing in %s at %i pixels, and nothing is cut off", async (theme, width) => {
    await inPlayground({ theme, width }, async (page) => {
      await press(page, "#start");
      await waitForText(page, "#accuracy-test", /\d/);
      await press(page, "#start");
      expect(await violations(page)).toEqual([]);
      expect(await overflow(page)).toBe(0);
      await press(page, "#tab-inspect");
      await openSample(page);
      await press(page, "#measure");
      await page.waitForSelector("#profile:not([hidden])");
      expect(await violations(page)).toEqual([]);
      expect(await overflow(page)).toBe(0);
      await choose(page, "#model-file", join(folder, "style.css"));
      await page.waitForSelector(".failure");
      expect(await violations(page)).toEqual([]);
    });
  });

  test("everything by keyboard", async () => {
    await inPlayground({}, async (page) => {
      const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.id ?? "");
      const tabTo = async (id: string): Promise<void> => {
        for (let i = 0; i < 40 && (await focused()) !== id; i++) await page.keyboard.press("Tab");
        expect(await focused()).toBe(id);
      };
      await tabTo("tab-train");
      await tabTo("start");
      await tabTo("pad");
      await page.keyboard.press("Space");
      for (let i = 0; i < 24; i++) await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Space");
      await waitForText(page, "#answer", /^Reads as \d/);
      expect(await text(page, "#status")).toBe("Pen up");
      await page.keyboard.press("Delete");
      await waitForText(page, "#answer", /^Draw above/);
      await page.focus("#tab-train");
      await page.keyboard.press("ArrowRight");
      expect(await focused()).toBe("tab-inspect");
      await tabTo("sample");
      await page.keyboard.press("Enter");
      await waitForRun(page);
      await tabTo("graph");
      await page.keyboard.press("ArrowDown");
      expect(await text(page, "#node h3")).toBe("Conv");
      await page.keyboard.press("ArrowUp");
      expect(await text(page, "#node h3")).toBe("digit");
    });
  });

  test("the theme that is chosen stays", async () => {
    await inPlayground({}, async (page) => {
      const background = (): Promise<string> => page.$eval("body", (body) => getComputedStyle(body).backgroundColor);
      const before = await background();
      await press(page, "#theme");
      const after = await background();
      expect(after).not.toBe(before);
      await page.reload();
      await page.waitForSelector("html[data-ready]", { timeout: 90_000 });
      expect(await background()).toBe(after);
    });
  });
});
