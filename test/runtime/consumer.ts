/** A project that has hebb installed: the package's own files under node_modules, so every export condition is the real one. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build as bundle } from "esbuild";
import { build, root } from "../../scripts/build.mjs";

export interface Consumer {
  readonly folder: string;
  remove(): void;
}

/** Builds what is stale and lays the project out under build/, with the smoke cases bundled beside it. */
export async function makeConsumer(): Promise<Consumer> {
  await build(["plain", "relaxed", "full", "bundles"]);
  mkdirSync(join(root, "build"), { recursive: true });
  const folder = mkdtempSync(join(root, "build/consumer-"));
  const installed = join(folder, "node_modules/hebb");
  const { files } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { files: string[] };
  for (const name of ["package.json", ...files]) {
    if (existsSync(join(root, name))) cpSync(join(root, name), join(installed, name), { recursive: true });
  }
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "consumer", type: "module", private: true }));
  writeFileSync(join(folder, "tsconfig.json"), "{}"); // Bun would take the paths of this repository's.
  await bundle({
    entryPoints: [join(root, "test/runtime/smoke.ts")],
    outfile: join(folder, "smoke.js"),
    bundle: true,
    format: "esm",
    target: "es2022",
    tsconfigRaw: "{}",
  });
  writeFileSync(
    join(folder, "run.js"),
    `import * as hebb from "hebb";
import * as safetensors from "hebb/safetensors";
import { smoke } from "./smoke.js";
console.log(JSON.stringify(await smoke({ hebb, safetensors })));
`,
  );
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
