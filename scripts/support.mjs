// Writes docs/support.md and the summary in README.md from the table of ops (test/support.ts): `node scripts/support.mjs`.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root } from "./build.mjs";
import { withRegion } from "./region.mjs";

const outfile = join(root, "build/programs/support.mjs");
await build({
  absWorkingDir: root,
  entryPoints: ["test/support.ts"],
  outfile,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
  alias: { "#platform": "./ts/platform/node.ts" },
  loader: { ".wgsl": "text" },
  tsconfigRaw: { compilerOptions: { target: "es2022", verbatimModuleSyntax: true } },
  logLevel: "warning",
});
const { report, summary, supportOf } = await import(pathToFileURL(outfile));
const support = supportOf();
const readme = join(root, "README.md");
writeFileSync(join(root, "docs/support.md"), report(support));
writeFileSync(readme, withRegion(readFileSync(readme, "utf8"), "support", summary(support)));
