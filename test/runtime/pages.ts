/** Engines of browsers that puppeteer drives: a page, or a worker of a page. */
import puppeteer, { type Browser } from "puppeteer";
import { findBrowser, findFirefox } from "../../scripts/browser.mjs";
import { callInPage, launchChromium } from "./chromium.ts";
import { callLimit, type Engine, type EngineKind, type Source } from "./engine.ts";
import type { Place } from "./inside/page.ts";
import type { Call } from "./inside/suites.ts";

export function chromium(place: Place = "page", webgpu = false): EngineKind {
  return {
    missing: async () => ((await findBrowser()) === null ? "there is no Chromium" : null),
    open: async (source) => openIn(await launchChromium({ webgpu, timeLimit: callLimit }), source, place),
  };
}

export const firefox: EngineKind = {
  missing: async () => (findFirefox() === null ? "there is no Firefox" : null),
  open: async (source) => {
    const executablePath = findFirefox() as string;
    const browser = await puppeteer.launch({
      browser: "firefox",
      executablePath,
      headless: true,
      protocolTimeout: callLimit,
    });
    return openIn(browser, source, "page");
  },
};

async function openIn(browser: Browser, { url }: Source, place: Place): Promise<Engine> {
  try {
    const page = await browser.newPage();
    await page.goto(`${url}/`);
    const version = (await browser.version()).replace("/", " ");
    const module = "/page.js";
    await callInPage(page, module, "open", place, "/worker.js");
    return {
      version,
      call: (given: Call) => callInPage(page, module, "call", given),
      close: async () => {
        const ended = browser.close();
        // A page that does not answer does not close either.
        const kill = setTimeout(() => browser.process()?.kill("SIGKILL"), 5000);
        await ended.catch(() => {});
        clearTimeout(kill);
      },
    };
  } catch (error) {
    await browser.close();
    throw error;
  }
}
