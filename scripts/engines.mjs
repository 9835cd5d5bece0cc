// Every suite in every engine (test/runtime/matrix.ts), from nothing: packages, kernels, browsers. Arguments are handed on.

import { spawnSync } from "node:child_process";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { install } from "./install.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Scripts know the repository's root by their place, so they stay where they are. */
const scriptsInPlace = {
  name: "scripts-in-place",
  setup(build) {
    build.onResolve({ filter: /\/scripts\/\w+\.mjs$/ }, ({ path, importer }) => {
      const place = join(dirname(importer), dirname(path), basename(path));
      return { path: pathToFileURL(place).href, external: true };
    });
  },
};

try {
  install(root);
  const { build, kernelParts } = await import("./build.mjs");
  await build(kernelParts, console.log);
  const { ensureBrowser, ensureFurtherBrowsers } = await import("./browser.mjs");
  const browser = await ensureBrowser();
  ensureFurtherBrowsers();
  const esbuild = await import("esbuild");
  const outfile = join(root, "build/programs/engines.mjs");
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ["test/runtime/matrix.ts"],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    alias: { "#platform": "./ts/platform/node.ts" },
    loader: { ".wgsl": "text" },
    plugins: [scriptsInPlace],
    tsconfigRaw: { compilerOptions: { target: "es2022", verbatimModuleSyntax: true } },
    logLevel: "warning",
  });
  const { status } = spawnSync(process.execPath, [outfile, ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { ...process.env, CHROME_PATH: browser },
  });
  process.exitCode = status ?? 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
