// examples/edge, from nothing: packages and build, then one of its programs.
//
//   node scripts/edge.mjs train [--digits <folder>] [--reviews <folder>] [--only <model>]
//                                makes the files in examples/edge/weights
//   node scripts/edge.mjs node   the server in Node; build/edge is all that it needs

import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { install } from "./install.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const example = join(root, "examples/edge");
const folder = join(root, "build/edge");
const [name, ...args] = process.argv.slice(2);

try {
  if (name !== "train" && name !== "node") throw new Error(`edge: cannot run ${name}: wanted train or node`);
  install(root);
  const { build, kernelParts } = await import("./build.mjs");
  const { bundleProgram } = await import("./program.mjs");
  await build([...kernelParts, "bundles"], console.log);
  const program = await bundleProgram(join(example, `${name}.ts`), name, folder);
  cpSync(join(example, "weights"), join(folder, "weights"), { recursive: true });
  // A terminal interrupts both; the program says how it ends, and is waited for.
  process.on("SIGINT", () => {});
  const given = name === "train" ? [join(example, "weights"), ...args] : args;
  const [status] = await once(spawn(process.execPath, [program, ...given], { stdio: "inherit" }), "close");
  process.exitCode = status ?? 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
