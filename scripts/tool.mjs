// Runs the tools of packages.

import { spawn } from "node:child_process";
import { at, root } from "./files.mjs";

/** Runs a script of a package; throws what it printed when it fails. */
export async function tool(name, script, args) {
  const child = spawn(process.execPath, [at("node_modules", script), ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  const status = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (status !== 0) throw new Error(`${name} failed:\n${output}`);
}
