// The main job, from nothing: packages, build, then examples/digits with the arguments given.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { install } from "./install.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const entry = "examples/digits/main.ts";

try {
  install(root);
  const { build, kernelParts } = await import("./build.mjs");
  const { bundleProgram } = await import("./program.mjs");
  await build([...kernelParts, "bundles"], console.log);
  const program = await bundleProgram(join(root, entry), "digits");
  // A terminal interrupts both; the program says how it ends, and is waited for.
  process.on("SIGINT", () => {});
  const args = ["--enable-source-maps", program, ...process.argv.slice(2)];
  const [status] = await once(spawn(process.execPath, args, { stdio: "inherit" }), "close");
  process.exitCode = status ?? 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
