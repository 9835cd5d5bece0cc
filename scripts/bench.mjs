// The benchmarks, from nothing: packages, build, browser, the peers (bench/package.json), then bench/run.ts with the
// arguments given.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { install } from "./install.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

try {
  install(root);
  install(join(root, "bench"));
  const { build, kernelParts } = await import("./build.mjs");
  const { bundleProgram } = await import("./program.mjs");
  await build([...kernelParts, "bundles"], console.log);
  const { ensureBrowser } = await import("./browser.mjs");
  const browser = await ensureBrowser();
  // Beside bench/node_modules, so that the peers are found.
  const program = await bundleProgram(join(root, "bench/run.ts"), "bench", join(root, "bench/build"));
  const { status } = spawnSync(process.execPath, ["--enable-source-maps", program, ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { ...process.env, CHROME_PATH: browser, HEBB_ROOT: root },
  });
  process.exitCode = status ?? 1;
  if (status === 0 && process.argv.includes("--write")) (await import("./figures.mjs")).writeFigures();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
