// The ladder in a page of Chromium: node bench/lab/conv2d/chromium.mjs [filter] [milliseconds a kernel] [models]
import { existsSync, readFileSync } from "node:fs";
import { build } from "esbuild";
import puppeteer from "puppeteer";

const root = new URL("../../../", import.meta.url);
const dist = process.env.HEBB_DIST ? new URL(`file://${process.env.HEBB_DIST}/`) : new URL("dist/", root);
const wasm = ["hebb.wasm", "hebb-relaxed.wasm"].map((name) => [name, readFileSync(new URL(name, dist)).toString("base64")]);
const [filter = "", budget = "60", set = ""] = process.argv.slice(2);

const files = {
  name: "files",
  setup(esbuild) {
    esbuild.onResolve({ filter: /^node:fs$/ }, () => ({ path: "fs", namespace: "files" }));
    esbuild.onLoad({ filter: /.*/, namespace: "files" }, () => ({
      contents: `const files = ${JSON.stringify(Object.fromEntries(wasm))};
        const name = (url) => String(url).split("/").pop();
        export const existsSync = (url) => name(url) in files;
        export const readFileSync = (url) => Uint8Array.from(atob(files[name(url)]), (c) => c.charCodeAt(0));`,
    }));
  },
};
const { outputFiles } = await build({
  entryPoints: [new URL("ladder.ts", import.meta.url).pathname],
  bundle: true,
  format: "esm",
  write: false,
  plugins: [files],
  banner: { js: `const process = { env: { HEBB_DIST: "dist" }, argv: ["", "", ${JSON.stringify(filter)}, ${JSON.stringify(budget)}, ${JSON.stringify(set)}] };` },
});

const executablePath = ["/usr/bin/chromium"].find((path) => existsSync(path));
const browser = await puppeteer.launch({
  ...(executablePath ? { executablePath } : {}),
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
  protocolTimeout: 600_000,
});
try {
  const page = await browser.newPage();
  page.on("console", (message) => console.log(message.text()));
  page.on("pageerror", (error) => console.error(error));
  await page.goto("about:blank");
  await page.addScriptTag({ type: "module", content: `${outputFiles[0].text};globalThis.finished = true;` });
  await page.waitForFunction("globalThis.finished", { timeout: 600_000 });
} finally {
  await browser.close();
}
