/**
 * Contestants in Chromium, a page each. Pages are cross-origin isolated only where threads are measured; elsewhere nobody has
 * any: what is compared is one core. (jax-js and TensorFlow.js cannot be told a number of threads otherwise.)
 */
import { join } from "node:path";
import { build } from "esbuild";
import puppeteer, { type Page } from "puppeteer";

import type { Places } from "../contestants/contestant.ts";
import type { Name } from "../contestants/index.ts";
import type { Answer, Request } from "../hosts/protocol.ts";
import { findBrowser, root, sharedData } from "../repository.ts";
import { type Engine, type Lane, patience, within } from "./lane.ts";
import { serve } from "./server.ts";

const flags = [
  "--no-sandbox",
  "--disable-background-networking",
  "--no-first-run",
  "--disable-dev-shm-usage",
  // Every lane's page is in the background while another one works.
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
];

/** Without a GPU; on the adapter that this machine has; on Chromium's own software. */
const adapters = {
  none: ["--disable-gpu"],
  own: ["--enable-unsafe-webgpu", "--enable-features=Vulkan", "--ignore-gpu-blocklist"],
  software: ["--enable-unsafe-webgpu", "--enable-features=Vulkan", "--use-webgpu-adapter=swiftshader"],
} as const;

class PageLane implements Lane {
  readonly name: Name;
  closed = false;
  readonly #page: Page;
  readonly #places: Places;

  constructor(name: Name, page: Page, places: Places) {
    this.name = name;
    this.#page = page;
    this.#places = places;
  }

  async ask(request: Request): Promise<Answer> {
    const given = [this.name, this.#places, request].map((value) => JSON.stringify(value)).join(", ");
    const call = `import("/page/page.js").then(({ answer }) => answer(${given}))`;
    return (await within(patience, this.name, this.#page.evaluate(call))) as Answer;
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    const context = this.#page.browserContext();
    await this.#page.close();
    await context.close();
  }
}

/** Bundles as a page's author would: minified, what is imported when asked for in files of its own. Returns the folder. */
async function bundle(entryPoints: Record<string, string>, folder: string): Promise<string> {
  const outdir = join(root, "bench/build", folder);
  await build({
    absWorkingDir: join(root, "bench"),
    entryPoints,
    outdir,
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    platform: "browser",
    external: ["node:*"],
    tsconfigRaw: "{}",
    logLevel: "silent",
  });
  return outdir;
}

/** hebb bundled as its peers are, one folder below the kernels. */
const bundleHebb = (): Promise<string> =>
  bundle({ "hebb/index": "../dist/module/index.js", "hebb/onnx": "../dist/module/onnx.js" }, "library");

interface Pages {
  readonly adapter?: keyof typeof adapters;
  readonly isolated?: boolean;
}

export async function chromiumEngine({ adapter = "none", isolated = false }: Pages = {}): Promise<Engine> {
  const executablePath = await findBrowser();
  if (executablePath === null)
    throw new Error("bench: cannot start Chromium: there is none, wanted one at CHROME_PATH");
  const modules = join(root, "bench/node_modules");
  const routes = {
    "/page/": await bundle({ page: "hosts/page.ts" }, "page"),
    "/bundled/": [await bundleHebb(), join(root, "dist")],
    "/dist/": join(root, "dist"),
    "/data/": sharedData,
    "/peers/": [join(modules, "onnxruntime-web/dist"), join(modules, "@tensorflow/tfjs-backend-wasm/dist")],
  };
  const server = await serve(routes, isolated);
  const browser = await puppeteer.launch({
    executablePath,
    headless: true,
    args: [...flags, ...adapters[adapter]],
    protocolTimeout: patience,
  });
  const places: Places = {
    hebb: `${server.url}/bundled/hebb/index.js`,
    plain: `${server.url}/dist/index.js`,
    peers: `${server.url}/peers/`,
    data: `${server.url}/data/`,
  };
  const version = /[\d.]+/.exec(await browser.version())?.[0] ?? "";
  return {
    title: `Chromium ${version}`,
    relaxed: true,
    async open(name) {
      // A context of its own: nothing is cached from page to page.
      const context = await browser.createBrowserContext();
      const page = await context.newPage();
      await page.goto(`${server.url}/`);
      return new PageLane(name, page, places);
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}
