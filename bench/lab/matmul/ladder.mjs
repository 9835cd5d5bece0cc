// node [--experimental-wasm-relaxed-simd] bench/lab/matmul/ladder.mjs [--chromium] [--size N] [--rounds N] variant…
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { measure } from "./measure.mjs";
import { source } from "./tiles.mjs";

const args = process.argv.slice(2);
const option = (name, fallback) => (args.includes(name) ? Number(args.splice(args.indexOf(name), 2)[1]) : fallback);
const size = option("--size", 480);
const rounds = option("--rounds", 12);
const chromium = args.includes("--chromium");
if (chromium) args.splice(args.indexOf("--chromium"), 1);
const names = args.length > 0 ? args : ["4x8", "5x8", "6x8", "3x12", "4x12", "3x16", "2x16", "8x4"];

const asc = fileURLToPath(import.meta.resolve("assemblyscript/bin/asc.js"));
const folder = mkdtempSync(join(tmpdir(), "ladder-"));
let page = null;
let browser = null;
try {
  if (chromium) {
    const puppeteer = (await import("puppeteer")).default;
    const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
    browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"] });
    page = await browser.newPage();
    await page.goto("about:blank");
    await page.addScriptTag({ content: `window.measure = ${measure.toString()}` });
  }
  for (const relaxed of [false, true]) {
    const text = join(folder, "ladder.ts");
    const wasm = join(folder, "ladder.wasm");
    writeFileSync(text, source(names, relaxed));
    const flags = ["-O3", "--converge", "--noAssert", "--runtime", "stub", "--importMemory", "--disableWarning", "201"];
    const features = relaxed ? "simd,relaxed-simd" : "simd";
    execFileSync(process.execPath, [asc, text, ...flags, "--enable", features, "-o", wasm], { stdio: "inherit", cwd: folder });
    const bytes = readFileSync(wasm);
    if (!chromium && !WebAssembly.validate(bytes)) {
      console.log("relaxed: not in this engine (Node 20 wants --experimental-wasm-relaxed-simd)");
      continue;
    }
    const result = page
      ? await page.evaluate(
          async (base64, names, size, rounds) =>
            window.measure(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)), names, size, rounds),
          bytes.toString("base64"), names, size, rounds)
      : await measure(bytes, names, size, rounds);
    console.log(relaxed ? "relaxed madd" : "mul + add", chromium ? "Chromium" : `Node ${process.versions.node}`, `${size}³, GFLOP/s`);
    for (const [name, { loop, gemm }] of Object.entries(result)) console.log(`  ${name.padEnd(12)} tile ${loop.toFixed(1).padStart(6)}   gemm ${gemm.toFixed(1).padStart(6)}`);
  }
} finally {
  await browser?.close();
  rmSync(folder, { recursive: true });
}
