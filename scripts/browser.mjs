// Finds a Chromium for the tests: CHROME_PATH, then the system's, then one that this script installs (Debian's package
// when root on Debian, else puppeteer's own download).

import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge"];
const places = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/snap/bin/chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];

function runs(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Path of a browser on this system, or null. */
export async function findBrowser() {
  const given = process.env.CHROME_PATH ?? process.env.PUPPETEER_EXECUTABLE_PATH;
  if (given !== undefined && given !== "") {
    if (!runs(given)) throw new Error(`browser: cannot run ${given}: CHROME_PATH names no program`);
    return given;
  }
  const folders = (process.env.PATH ?? "").split(delimiter);
  const candidates = [...folders.flatMap((folder) => names.map((name) => join(folder, name))), ...places];
  const found = candidates.find(runs);
  if (found !== undefined) return found;
  try {
    const { default: puppeteer } = await import("puppeteer");
    const own = await puppeteer.executablePath();
    return existsSync(own) ? own : null;
  } catch {
    return null; // puppeteer throws when it has downloaded nothing yet.
  }
}

function debian() {
  if (process.getuid?.() !== 0 || !existsSync("/etc/os-release")) return false;
  return /^ID(_LIKE)?=.*debian/m.test(readFileSync("/etc/os-release", "utf8"));
}

function call(command, args, env = {}) {
  const result = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, ...env } });
  return result.status === 0;
}

/** Path of a browser, installed first if there is none. */
export async function ensureBrowser() {
  const found = await findBrowser();
  if (found !== null) return found;
  console.log("installing a browser");
  if (debian()) {
    const quiet = { DEBIAN_FRONTEND: "noninteractive" };
    call("apt-get", ["update", "-q"], quiet);
    call("apt-get", ["install", "-y", "-q", "--no-install-recommends", "chromium"], quiet);
  }
  if ((await findBrowser()) === null) {
    call(process.execPath, ["node_modules/puppeteer/install.mjs"]);
  }
  const installed = await findBrowser();
  if (installed === null) throw new Error("browser: cannot install a Chromium: wanted one at CHROME_PATH");
  return installed;
}
