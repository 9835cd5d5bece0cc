/** A project that has the packed archive installed, so every export condition is the real one. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build as bundle } from "esbuild";
import { build, root } from "../../scripts/build.mjs";
import { pack, unpack } from "../packed.ts";

export interface Consumer {
  readonly folder: string;
  remove(): void;
}

/** Builds what is stale and lays the project out under build/, with the smoke cases bundled beside it. */
export async function makeConsumer(): Promise<Consumer> {
  await build();
  mkdirSync(join(root, "build"), { recursive: true });
  const folder = mkdtempSync(join(root, "build/consumer-"));
  unpack(pack(folder), folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "consumer", type: "module", private: true }));
  writeFileSync(join(folder, "tsconfig.json"), "{}"); // Bun would take the paths of this repository's.
  await addModule(folder, "smoke");
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

/** Lays test/runtime/<name>.ts beside the project's programs, as <name>.js. */
export async function addModule(folder: string, name: string): Promise<void> {
  await bundle({
    entryPoints: [join(root, `test/runtime/${name}.ts`)],
    outfile: join(folder, `${name}.js`),
    bundle: true,
    format: "esm",
    target: "es2022",
    tsconfigRaw: "{}",
  });
}
