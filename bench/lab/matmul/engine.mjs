// Compiles AssemblyScript and runs a measuring function here or in a page.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const asc = fileURLToPath(import.meta.resolve("assemblyscript/bin/asc.js"));

/** Bytes of the module compiled from the file `entry`. */
export function compile(entry, relaxed) {
  const folder = mkdtempSync(join(tmpdir(), "lab-"));
  const wasm = join(folder, "lab.wasm");
  const flags = ["-O3", "--converge", "--noAssert", "--runtime", "stub", "--importMemory", "--use", "abort="];
  const features = ["--disableWarning", "201", "--enable", relaxed ? "simd,relaxed-simd" : "simd"];
  try {
    execFileSync("node", [asc, entry, ...flags, ...features, "-o", wasm], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
    return readFileSync(wasm);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** An engine: `run(measure, bytes, ...args)` calls the self-contained function there. */
export async function engine(chromium) {
  if (!chromium) {
    return { name: `Node ${process.versions.node}`, run: (measure, ...args) => measure(...args), validate: (bytes) => WebAssembly.validate(bytes), close() {} };
  }
  const puppeteer = (await import("puppeteer")).default;
  const args = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];
  const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args });
  const page = await browser.newPage();
  await page.goto("about:blank");
  return {
    name: await browser.version(),
    validate: () => true,
    run: (measure, bytes, ...rest) =>
      page.evaluate(
        (text, base64, rest) => new Function(`return ${text}`)()(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)), ...rest),
        measure.toString(), bytes.toString("base64"), rest),
    close: () => browser.close(),
  };
}

/** Takes `--name value` out of the arguments. */
export function option(args, name, fallback) {
  const at = args.indexOf(name);
  return at < 0 ? fallback : Number(args.splice(at, 2)[1]);
}

/** Takes `--name` out of the arguments. */
export function flag(args, name) {
  const at = args.indexOf(name);
  if (at >= 0) args.splice(at, 1);
  return at >= 0;
}
