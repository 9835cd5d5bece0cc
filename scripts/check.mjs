// Format, lint and types: everything that is judged without running it.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./build.mjs";

const steps = [
  ["format and lint", "@biomejs/biome/bin/biome", ["check", "--error-on-warnings"]],
  ["types", "typescript/bin/tsc", ["-p", "tsconfig.json"]],
];

/** Runs every step and returns the names of those that failed. Types of assembly/ are checked by building it. */
export function check() {
  return steps
    .filter(([name, script, args]) => {
      console.log(`\n${name}`);
      const command = [join(root, "node_modules", script), ...args];
      return spawnSync(process.execPath, command, { cwd: root, stdio: ["ignore", "inherit", "inherit"] }).status !== 0;
    })
    .map(([name]) => name);
}

if (process.argv[1]?.endsWith("check.mjs")) process.exit(check().length === 0 ? 0 : 1);
