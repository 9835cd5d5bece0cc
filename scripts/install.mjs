// Brings the npm packages in line with package-lock.json. Needs nothing but Node and npm.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Runs npm, whatever the system calls it. */
export function npm(args, options) {
  const result = spawnSync("npm", args, {
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
    ...options,
  });
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0) throw new Error(`npm ${args.join(" ")} failed with status ${result.status}`);
}

/** Installs a folder's packages if its lockfile has changed since the last time, or they are missing. */
export function install(folder) {
  const lock = createHash("sha256")
    .update(readFileSync(join(folder, "package-lock.json")))
    .digest("hex");
  const modules = join(folder, "node_modules");
  const stamp = join(modules, ".hebb-lock");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  if (!complete(folder)) {
    console.log("installing packages");
    npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder });
  }
  mkdirSync(modules, { recursive: true });
  writeFileSync(stamp, lock);
}

/** True if npm's own record of what it installed names every package of the lockfile that is not optional. */
function complete(folder) {
  const record = join(folder, "node_modules/.package-lock.json");
  if (!existsSync(record)) return false;
  const have = JSON.parse(readFileSync(record, "utf8")).packages;
  const want = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")).packages;
  return Object.entries(want).every(
    ([path, { version, optional }]) => path === "" || optional === true || have[path]?.version === version,
  );
}
