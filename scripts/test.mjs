// The gate, from nothing: packages, build, browser; format, lint and types; then every test. The last line counts them.
// Arguments are handed to vitest (`npm test -- matmul` runs the files whose names hold "matmul").

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { install } from "./install.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);

let failed = [];
try {
  install(root);
  const { build } = await import("./build.mjs");
  await build(undefined, console.log);
  const { ensureBrowser, ensureFurtherBrowsers } = await import("./browser.mjs");
  process.env.CHROME_PATH = await ensureBrowser();
  ensureFurtherBrowsers();
  const { check } = await import("./check.mjs");
  failed = check();
} catch (error) {
  console.error(error.message);
  failed = ["preparation"];
}
for (const name of failed) console.error(`FAILED: ${name}`);

// A step that failed counts as a failed test, so the last line can be trusted alone.
const counts = { passed: 0, failed: failed.length, skipped: 0 };
if (!failed.includes("preparation")) {
  const report = join(root, "build/tests.json");
  mkdirSync(join(root, "build"), { recursive: true });
  rmSync(report, { force: true });
  const args = [
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ];
  const command = [join(root, "node_modules/vitest/vitest.mjs"), ...args];
  const { status } = spawnSync(process.execPath, command, { stdio: ["ignore", "inherit", "inherit"] });
  try {
    const result = JSON.parse(readFileSync(report, "utf8"));
    counts.passed += result.numPassedTests;
    counts.failed += result.numFailedTests;
    counts.skipped += result.numPendingTests + result.numTodoTests;
  } catch (error) {
    console.error(`FAILED: the tests left no report: ${error.message}`);
  }
  // A file that does not load, or an error outside any test, fails the run without failing a test.
  if (status !== 0 && counts.failed === failed.length) counts.failed++;
}
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed === 0 ? 0 : 1);
