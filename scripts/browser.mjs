// Finds browsers for the tests. A Chromium has to be there: CHROME_PATH, then the system's, then one that this script
// installs (Debian's package when root on Debian, else puppeteer's own download). Firefox and WebKit are taken where the
// system has them; in CI they are installed where that is Debian's.

import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync, readFileSync } from "node:fs";
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

const firefoxes = ["firefox-esr", "firefox"];
/** The driver of WebKitGTK, and a display without a screen for its browser. */
const webkitTools = { driver: "WebKitWebDriver", display: "Xvfb" };
const webkitFolders = ["/usr/lib", "/usr/libexec", "/usr/lib64"];

function inPath(candidates) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.flatMap((folder) => candidates.map((name) => join(folder, name))).find(runs) ?? null;
}

/** Path of a Firefox on this system, or null. */
export function findFirefox() {
  return inPath(firefoxes);
}

/** Paths of WebKit's driver, its small browser and a display for it; null where one of them is missing. */
export function findWebkit() {
  const [driver, display] = [inPath([webkitTools.driver]), inPath([webkitTools.display])];
  const folders = webkitFolders.flatMap((folder) => [folder, ...subfolders(folder)]);
  const browser = folders.flatMap((folder) => webkitBrowsers.map((path) => join(folder, path))).find(runs);
  return driver === null || display === null || browser === undefined ? null : { driver, browser, display };
}

const webkitBrowsers = ["webkitgtk-6.0/MiniBrowser", "webkit2gtk-4.1/MiniBrowser", "webkit2gtk-4.0/MiniBrowser"];

/** Folders of libraries are named by the machine's kind: /usr/lib/x86_64-linux-gnu. */
function subfolders(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith("-linux-gnu"))
    .map((name) => join(folder, name));
}

/** Path of a browser on this system, or null. */
export async function findBrowser() {
  const given = process.env.CHROME_PATH ?? process.env.PUPPETEER_EXECUTABLE_PATH;
  if (given !== undefined && given !== "") {
    if (!runs(given)) throw new Error(`browser: cannot run ${given}: CHROME_PATH names no program`);
    return given;
  }
  const found = inPath(names) ?? places.find(runs);
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

function installPackages(packages) {
  const quiet = { DEBIAN_FRONTEND: "noninteractive" };
  call("apt-get", ["update", "-q"], quiet);
  call("apt-get", ["install", "-y", "-q", "--no-install-recommends", ...packages], quiet);
}

/** Installs Firefox and WebKit in CI where that can be done; tests skip visibly what is not there. */
export function ensureFurtherBrowsers() {
  if (!process.env.CI || !debian()) return;
  const wanted = [
    ...(findFirefox() === null ? ["firefox-esr"] : []),
    ...(findWebkit() === null ? ["webkit2gtk-driver", "xvfb"] : []),
  ];
  if (wanted.length === 0) return;
  console.log("installing further browsers");
  installPackages(wanted);
}

/** Path of a browser, installed first if there is none. */
export async function ensureBrowser() {
  const found = await findBrowser();
  if (found !== null) return found;
  console.log("installing a browser");
  if (debian()) installPackages(["chromium"]);
  if ((await findBrowser()) === null) {
    call(process.execPath, ["node_modules/puppeteer/install.mjs"]);
  }
  const installed = await findBrowser();
  if (installed === null) throw new Error("browser: cannot install a Chromium: wanted one at CHROME_PATH");
  return installed;
}
