// The kernels: assembly/ → WebAssembly. Every build is made for a memory of its own, and once more for one that threads share.

import { readFileSync, rmSync } from "node:fs";
import { at, files, replace } from "./files.mjs";
import { withSharedMemory } from "./shared-memory.mjs";
import { tool } from "./tool.mjs";

/** The kernels for a memory of one thread, and the same for one that threads share. */
export function kernels(target, name, sharedName) {
  const single = wasm(target, "assembly/index.ts", name);
  return {
    inputs: () => [...single.inputs(), "scripts/shared-memory.mjs"],
    outputs: [`dist/${name}`, `dist/${sharedName}`],
    async make() {
      await single.make();
      replace(at("dist", sharedName), withSharedMemory(readFileSync(at("dist", name))));
    },
  };
}

/** `finish` makes the file of what the compiler made. */
function wasm(target, entry, name, finish = (bytes) => bytes) {
  return {
    inputs: () => [
      ...files("assembly"),
      "asconfig.json",
      "node_modules/assemblyscript/package.json",
      "scripts/kernels.mjs",
    ],
    outputs: [`dist/${name}`],
    async make() {
      const fresh = at(`build/${process.pid}-${name}`);
      await tool("asc", "assemblyscript/bin/asc.js", [entry, "--target", target, "-o", fresh]);
      replace(at("dist", name), finish(readFileSync(fresh)));
      rmSync(fresh);
    },
  };
}

/** Vite puts smaller files into others as data URLs, from which a strict page starts no worker and reads no module. */
export const least = 4200;

/** Appends a section that nobody reads to a module: id 0, its length in two bytes, and a name of no letters. */
const lengthened = (module) =>
  Buffer.concat([module, Buffer.from([0, (least & 0x7f) | 0x80, least >> 7]), Buffer.alloc(least)]);

/** How threads share commands. */
export const team = wasm("team", "assembly/team.ts", "hebb-team.wasm", lengthened);
