// The documentation site, from nothing: `npm run docs` writes it to build/site/, `-- --serve` also serves it and prints
// its address, `-- --serve --port 8080` at a port of choice. The API comes from the docstrings of the entries
// (scripts/entries.mjs), the pages from README.md and docs/; typedoc reads both. Warnings are errors: nothing is
// undocumented, no link leads nowhere.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { categories, pages } from "../docs/site/pages.mjs";
import { entries } from "./entries.mjs";
import { install } from "./install.mjs";
import { buildPlayground } from "./playground.mjs";
import { serve } from "./serve.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const site = join(root, "build/site");

/** Options of typedoc. */
function options(navigationLinks) {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return {
    name: `hebb ${version}`,
    entryPoints: [entries.index, ...Object.values(entries).filter((path) => path !== entries.index)].map((path) =>
      join(root, path),
    ),
    tsconfig: join(root, "tsconfig.build.json"),
    readme: join(root, "README.md"),
    projectDocuments: pages.map(({ path }) => join(root, path)),
    customCss: join(root, "docs/site/site.css"),
    // The gate checks types; here they are read.
    skipErrorChecking: true,
    disableSources: true,
    excludeInternal: true,
    excludeExternals: true,
    router: "site",
    categoryOrder: [...categories, "*"],
    navigationLinks,
    headings: { readme: false, document: false },
    sort: ["kind", "source-order"],
    kindSortOrder: ["Document", "Module", "Namespace", "Class", "Function", "Variable", "Interface", "TypeAlias"],
    groupOrder: ["Namespaces", "Classes", "Functions", "Variables", "Interfaces", "Type Aliases", "*"],
    useFirstParagraphOfCommentAsSummary: true,
    sortEntryPoints: false,
    navigation: { includeCategories: true, includeGroups: false, excludeReferences: true, includeFolders: false },
    categorizeByGroup: false,
    searchInDocuments: true,
    includeHierarchySummary: false,
    hideGenerator: true,
    githubPages: true,
    lightHighlightTheme: "github-light-high-contrast",
    darkHighlightTheme: "github-dark-high-contrast",
    highlightLanguages: ["typescript", "javascript", "json", "html", "bash", "python", "toml"],
    validation: {
      notExported: true,
      invalidLink: true,
      rewrittenLink: true,
      notDocumented: true,
      unusedMergeModuleWith: true,
    },
    treatWarningsAsErrors: true,
    treatValidationWarningsAsErrors: true,
  };
}

/** Reads the sources and writes the site, the playground within it; throws when typedoc warns of anything. dist/ has to be built. */
export async function buildSite(out = site) {
  const [{ Application }, { extend, navigationLinks }] = await Promise.all([
    import("typedoc"),
    import("../docs/site/plugin.mjs"),
  ]);
  // The router has to be known before an option names it.
  const { router, ...rest } = options(navigationLinks);
  const app = await Application.bootstrap(rest);
  extend(app, root);
  app.options.setValue("router", router);
  const project = await app.convert();
  if (project === undefined) throw new Error("docs: cannot read the sources: typedoc says why above");
  app.validate(project);
  await app.generateDocs(project, out);
  await buildPlayground(join(out, "playground"));
  if (app.logger.hasErrors() || app.logger.hasWarnings())
    throw new Error("docs: the sources have the faults listed above");
  return project;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const { values } = parseArgs({ options: { serve: { type: "boolean" }, port: { type: "string", default: "0" } } });
    install(root);
    const { build, kernelParts } = await import("./build.mjs");
    await build([...kernelParts, "bundles"], console.log);
    await buildSite();
    console.log("built build/site");
    if (values.serve) console.log((await serve(site, Number(values.port))).url);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
