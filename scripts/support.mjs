// Writes docs/support.md and the summary in README.md from the table of ops (test/support.ts): `node scripts/support.mjs`.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./files.mjs";
import { bundleTool } from "./program.mjs";
import { withRegion } from "./region.mjs";

const outfile = await bundleTool(join(root, "test/support.ts"), "support");
const { report, summary, supportOf } = await import(pathToFileURL(outfile));
const support = supportOf();
const readme = join(root, "README.md");
writeFileSync(join(root, "docs/support.md"), report(support));
writeFileSync(readme, withRegion(readFileSync(readme, "utf8"), "support", summary(support)));
