// The declarations of the package: ts/ → dist/types/.

import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tables } from "./entries.mjs";
import { at, files } from "./files.mjs";
import { tool } from "./tool.mjs";

export const types = {
  inputs: () =>
    [
      ...files("ts"),
      ...tables,
      "tsconfig.json",
      "tsconfig.build.json",
      "package-lock.json",
      "scripts/types.mjs",
    ].filter((path) => existsSync(at(path))),
  outputs: ["dist/types/ts/index.d.ts"],
  async make() {
    const fresh = at("build", `${process.pid}-types`);
    await tool("tsc", "typescript/bin/tsc", ["-p", "tsconfig.build.json", "--noEmitOnError", "--outDir", fresh]);
    // Declarations without a source are not emitted.
    copyFileSync(at("ts/kernels.d.ts"), join(fresh, "ts/kernels.d.ts"));
    rmSync(at("dist/types"), { recursive: true, force: true });
    mkdirSync(at("dist"), { recursive: true });
    renameSync(fresh, at("dist/types"));
  },
};
