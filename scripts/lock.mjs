// One build at a time: a file that names the process holding it. A holder that is gone is passed over.

import { readFileSync, rmSync, writeFileSync } from "node:fs";

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function take(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  let holder = 0;
  try {
    holder = Number(readFileSync(path, "utf8"));
  } catch (error) {
    if (error.code !== "ENOENT") throw error; // Released just now.
    return false;
  }
  if (holder > 0 && !alive(holder)) rmSync(path, { force: true });
  return false;
}

/** Runs `work` while holding the lock. */
export async function locked(path, work) {
  while (!take(path)) await new Promise((resolve) => setTimeout(resolve, 100));
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}
