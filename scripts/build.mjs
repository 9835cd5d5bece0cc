// Builds what is stale: `node scripts/build.mjs [part…]`, every part when none is named.
//
//   plain, relaxed   assembly/ → dist/hebb.wasm, dist/hebb-relaxed.wasm: what most networks need
//   full, full-relaxed          → dist/hebb-full.wasm, dist/hebb-full-relaxed.wasm: every kernel
//                    each of the four for a memory that threads share as well: dist/hebb-shared.wasm, …
//   team             assembly/team.ts → dist/hebb-team.wasm: how threads share commands
//   threads          the script of a thread → dist/thread.js for pages, dist/node/thread.js
//   bundles          ts/ → dist/*.js for pages, dist/module/*.js for bundlers, dist/node/*.js and so on for other runtimes
//   inline           ts/inline.ts → dist/inline.js, dist/inline.global.js, dist/node/inline.js: one file with the kernels inside
//   types            ts/ → dist/types/
//
// A part is stale when an output is missing or the content of its inputs differs from that of its last build
// (build/stamps/). Outputs are written beside their place and renamed, so nobody reads half a file.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundles, inline, threads } from "./bundles.mjs";
import { at, digest, root } from "./files.mjs";
import { kernels, team } from "./kernels.mjs";
import { locked } from "./lock.mjs";
import { types } from "./types.mjs";

export { root };

const parts = {
  plain: kernels("plain", "hebb.wasm", "hebb-shared.wasm"),
  relaxed: kernels("relaxed", "hebb-relaxed.wasm", "hebb-shared-relaxed.wasm"),
  full: kernels("full", "hebb-full.wasm", "hebb-full-shared.wasm"),
  "full-relaxed": kernels("full-relaxed", "hebb-full-relaxed.wasm", "hebb-full-shared-relaxed.wasm"),
  team,
  threads,
  bundles,
  inline,
  types,
};

/** The parts that the sources need to run as they are. */
export const kernelParts = Object.keys(parts).filter((name) => !["bundles", "inline", "types"].includes(name));

/** Brings the named parts up to date; true if anything had to be made. HEBB_BUILD=0 takes everything as it is. */
export async function build(names = Object.keys(parts), log = () => {}) {
  if (process.env.HEBB_BUILD === "0") return false;
  mkdirSync(at("build/stamps"), { recursive: true });
  return locked(at("build/lock"), async () => {
    const refreshing = new Map();
    const once = (name) => {
      if (!refreshing.has(name)) refreshing.set(name, refresh(name, once, log));
      return refreshing.get(name);
    };
    const results = await Promise.allSettled(names.map(once));
    const reasons = new Set(results.filter(({ status }) => status === "rejected").map(({ reason }) => reason));
    if (reasons.size > 0) {
      const [cause] = reasons;
      throw new Error([...reasons].map(({ message }) => message).join("\n"), { cause });
    }
    return results.some(({ value }) => value);
  });
}

/** Makes a part again if it is stale, after the one that it holds. */
async function refresh(name, once, log) {
  const part = parts[name];
  if (part === undefined) throw new Error(`build: cannot build ${name}: wanted ${Object.keys(parts).join(", ")}`);
  if (part.after !== undefined) await once(part.after);
  const stamp = at("build/stamps", name);
  const now = digest(part.inputs());
  const before = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
  if (now === before && part.outputs.every((path) => existsSync(at(path)))) return false;
  const start = performance.now();
  rmSync(stamp, { force: true });
  await part.make();
  writeFileSync(stamp, now);
  log(`built ${name} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const names = process.argv.slice(2);
    const made = await build(names.length > 0 ? names : undefined, console.log);
    if (!made) console.log("everything is built");
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
