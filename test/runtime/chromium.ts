/** A page in a real Chromium, over a local server. */
import puppeteer, { type Browser, type Page } from "puppeteer";
import { findBrowser } from "../../scripts/browser.mjs";
import { type Routes, type Server, type ServerOptions, serve } from "./server.ts";

const quiet = ["--no-sandbox", "--disable-background-networking", "--no-first-run", "--disable-dev-shm-usage"];

export interface ChromiumOptions {
  /** True starts WebGPU on Chromium's software adapter. */
  readonly webgpu?: boolean;
  /** Further flags, e.g. `--js-flags=…`. */
  readonly flags?: readonly string[];
  /** Milliseconds that a call into a page may take. */
  readonly timeLimit?: number;
}

export interface PageOptions extends ChromiumOptions, ServerOptions {
  /** What the server offers beside the empty page at "/". */
  readonly routes: Routes;
}

export async function launchChromium({ webgpu, flags = [], timeLimit = 240_000 }: ChromiumOptions): Promise<Browser> {
  const executablePath = await findBrowser();
  if (executablePath === null) {
    throw new Error("chromium: cannot start: there is none on this system, wanted `npm test`, which installs one");
  }
  const gpu = webgpu
    ? ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"]
    : ["--disable-gpu"];
  return puppeteer.launch({
    executablePath,
    headless: true,
    args: [...quiet, ...gpu, ...flags],
    protocolTimeout: timeLimit,
  });
}

/**
 * Opens an empty page and hands it to `work`; everything is closed afterwards. An error that the page does not catch
 * fails the call.
 */
export async function withPage<T>(options: PageOptions, work: (page: Page, server: Server) => Promise<T>): Promise<T> {
  const server = await serve(options.routes, options);
  try {
    const browser = await launchChromium(options);
    try {
      const page = await browser.newPage();
      const errors: Error[] = [];
      page.on("pageerror", (error) => errors.push(error as Error));
      await page.goto(`${server.url}/`);
      const result = await work(page, server);
      if (errors[0] !== undefined) throw errors[0];
      return result;
    } finally {
      await browser.close();
    }
  } finally {
    await server.close();
  }
}

/**
 * Imports a module of the server in the page and calls one of its exports with `args`; everything passed and returned is
 * JSON. The call travels as text, since the test runner rewrites `import` in functions.
 */
export async function callInPage<T>(page: Page, path: string, name: string, ...args: unknown[]): Promise<T> {
  const call = `import(${JSON.stringify(path)}).then((module) => {
    if (!(${JSON.stringify(name)} in module)) throw new Error(${JSON.stringify(`${path} exports no ${name}`)});
    return module[${JSON.stringify(name)}](...${JSON.stringify(args)});
  })`;
  return (await page.evaluate(call)) as T;
}
