// What typedoc does otherwise than by default: entries and pages have the names and places that pages.mjs and
// scripts/entries.mjs give them, and the links at the head of a page lead there from every folder.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Comment, CommentTag, Converter, PageEvent, ReflectionKind, StructureRouter } from "typedoc";
import { entries, namespaces } from "../../scripts/entries.mjs";
import { headLinks, pages } from "./pages.mjs";

/** Stands for the way up to the root of the site. */
const top = "site:";

export const navigationLinks = Object.fromEntries(
  Object.entries(headLinks).map(([label, place]) => [label, `${top}${place}`]),
);

const nameOf = (entry) => (entry === "index" ? "hebb" : `hebb/${entry}`);

/** What a file says of itself at its head: one paragraph a blank line. */
function headOf(path) {
  const [, text = ""] = /^\/\*\*([\s\S]*?)\*\//.exec(readFileSync(path, "utf8")) ?? [];
  return text.replace(/^\s*\* ?/gm, "").trim();
}

export function extend(app, root) {
  const pageAt = new Map(pages.map((page) => [join(root, page.path), page]));
  const entryAt = new Map(Object.entries(entries).map(([entry, path]) => [join(root, path), nameOf(entry)]));
  const places = new Map();

  const describe = (reflection, path) => {
    reflection.comment ??= new Comment();
    if (!reflection.comment.hasVisibleComponent()) reflection.comment.summary = [{ kind: "text", text: headOf(path) }];
  };
  const describeNamespace = (space) => {
    const source = namespaces[space.name];
    if (source !== undefined) describe(space, join(root, source));
    for (const inner of space.getChildrenByKind(ReflectionKind.Namespace)) describeNamespace(inner);
  };

  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const document of project.documents ?? []) {
      const page = pageAt.get(project.files.getReflectionPath(document) ?? "");
      if (page === undefined) continue;
      document.name = page.title;
      document.frontmatter.category = page.category;
      places.set(document, page.place);
    }
    for (const module of project.children ?? []) {
      if (!module.kindOf(ReflectionKind.Module)) continue;
      const name = entryAt.get(project.files.getReflectionPath(module) ?? "");
      if (name === undefined) continue;
      module.name = name;
      describe(module, project.files.getReflectionPath(module));
      for (const space of module.getChildrenByKind(ReflectionKind.Namespace)) describeNamespace(space);
      module.comment.blockTags.push(new CommentTag("@category", [{ kind: "text", text: "API" }]));
    }
  });

  // After the groups and categories are made and sorted.
  const order = [nameOf("index"), ...Object.keys(entries).map(nameOf)];
  app.converter.on(
    Converter.EVENT_RESOLVE_END,
    ({ project }) => {
      const api = project.categories?.find(({ title }) => title === "API");
      api?.children.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
    },
    -1e6,
  );

  app.renderer.defineRouter(
    "site",
    class extends StructureRouter {
      getIdealBaseName(reflection) {
        return places.get(reflection) ?? super.getIdealBaseName(reflection);
      }
    },
  );

  app.renderer.on(PageEvent.END, (page) => {
    const up = "../".repeat(page.url.split("/").length - 1);
    page.contents = page.contents
      .replaceAll(`href="${top}`, `href="${up}`)
      // What the theme leaves without a name to those who do not see it.
      .replace('<div class="col-content"', '<div role="main" class="col-content"')
      .replace('<nav id="tsd-sidebar-links"', '<nav aria-label="Links" id="tsd-sidebar-links"')
      .replace('<div class="page-menu">', '<div role="complementary" aria-label="This page" class="page-menu">')
      // Tables scroll sideways, by keyboard too; a head without words is no head.
      .replaceAll("<table>", '<table tabindex="0">')
      .replaceAll(/<th(?: style="[^"]*")?><\/th>/g, "<td></td>");
  });
}
