// Every suite in every engine (test/runtime/matrix.ts), from nothing: packages, kernels, browsers. Arguments are handed on.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { install } from "./install.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

try {
  install(root);
  const { build, kernelParts } = await import("./build.mjs");
  await build(kernelParts, console.log);
  const { ensureBrowser, ensureFurtherBrowsers } = await import("./browser.mjs");
  const browser = await ensureBrowser();
  ensureFurtherBrowsers();
  const { bundleTool } = await import("./program.mjs");
  const outfile = await bundleTool(join(root, "test/runtime/matrix.ts"), "engines");
  const { status } = spawnSync(process.execPath, [outfile, ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { ...process.env, CHROME_PATH: browser },
  });
  process.exitCode = status ?? 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
