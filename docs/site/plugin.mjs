// What typedoc does otherwise than by default: entries and pages have the names and places that pages.mjs and
// scripts/entries.mjs give them, and the links at the head of a page lead there from every folder.

import { join } from "node:path";
import { Comment, CommentTag, Converter, PageEvent, ReflectionKind, StructureRouter } from "typedoc";
import { entries } from "../../scripts/entries.mjs";
import { headLinks, pages } from "./pages.mjs";

/** Stands for the way up to the root of the site. */
const top = "site:";

export const navigationLinks = Object.fromEntries(
  Object.entries(headLinks).map(([label, place]) => [label, `${top}${place}`]),
);

const nameOf = (entry) => (entry === "index" ? "hebb" : `hebb/${entry}`);

export function extend(app, root) {
  const pageAt = new Map(pages.map((page) => [join(root, page.path), page]));
  const entryAt = new Map(Object.entries(entries).map(([entry, path]) => [join(root, path), nameOf(entry)]));
  const places = new Map();

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
      module.comment ??= new Comment();
      module.comment.blockTags.push(new CommentTag("@category", [{ kind: "text", text: "API" }]));
    }
  });

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
    page.contents = page.contents.replaceAll(`href="${top}`, `href="${up}`);
  });
}
