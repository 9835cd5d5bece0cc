// The pages of the site beside the README and the API, in the order of its navigation. Links between pages are as in the
// repository; every page below docs/ is one of them (test/docs/site.test.ts).

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path) => readFileSync(join(root, path), "utf8");

const guide = [
  ["start", "Get started"],
  ["tensors", "Tensors"],
  ["autograd", "Autograd"],
  ["train", "Train"],
  ["checkpoints", "Save and load weights"],
  ["onnx", "ONNX models"],
  ["inputs", "Pictures and sounds"],
  ["command-line", "The command line"],
  ["playground", "Playground"],
  ["devices", "Devices"],
  ["pages", "Pages and bundlers"],
  ["servers", "Node, Deno and Bun"],
  ["edge", "Edge functions"],
  ["errors", "Errors"],
  ["performance", "Performance"],
  ["coming-from", "Coming from elsewhere"],
];

/** The pages of measurements that docs/benchmarks.md links to, by its words and in its order. */
const suites = Array.from(read("docs/benchmarks.md").matchAll(/\[([^\]]+)\]\(benchmarks\/([\w-]+)\.md\)/g));

/** Pages of docs/ that have no place of their own below. */
const named = ["support.md", "benchmarks.md", "architecture.md", "adding-an-op.md"];
const others = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md") && !named.includes(name));

/** Examples that say what they are. */
const examples = readdirSync(join(root, "examples")).filter((name) =>
  existsSync(join(root, "examples", name, "README.md")),
);

const headingOf = (path) => /^# (.+)$/m.exec(read(path))?.[1] ?? path;

export const categories = ["Guide", "Examples", "Facts", "API", "Inside"];

/** Where a page lies in the repository and in the site, what the navigation calls it, and under which heading. */
export const pages = [
  ...guide.map(([name, title]) => ({
    path: `docs/guide/${name}.md`,
    place: `guide/${name}`,
    title,
    category: "Guide",
  })),
  ...examples.map((name) => {
    const path = `examples/${name}/README.md`;
    return { path, place: `examples/${name}`, title: headingOf(path), category: "Examples" };
  }),
  { path: "docs/support.md", place: "support", title: "What works", category: "Facts" },
  { path: "docs/benchmarks.md", place: "benchmarks", title: "Measured comparisons", category: "Facts" },
  ...suites.map(([, title, name]) => {
    return { path: `docs/benchmarks/${name}.md`, place: `benchmarks/${name}`, title, category: "Facts" };
  }),
  ...others.map((name) => {
    const path = `docs/${name}`;
    return { path, place: name.slice(0, -3), title: headingOf(path), category: "Facts" };
  }),
  { path: "bench/README.md", place: "benchmarks/reading", title: "How to measure", category: "Facts" },
  { path: "CHANGELOG.md", place: "changelog", title: "Changelog", category: "Facts" },
  { path: "docs/architecture.md", place: "inside/architecture", title: "Architecture", category: "Inside" },
  { path: "docs/adding-an-op.md", place: "inside/adding-an-op", title: "Adding an op", category: "Inside" },
  { path: "CONTRIBUTING.md", place: "inside/contributing", title: "Contributing", category: "Inside" },
];

/** Links at the head of every page. */
export const headLinks = {
  Guide: "guide/start.html",
  API: "hebb.html",
  "What works": "support.html",
  Measured: "benchmarks.html",
  Playground: "playground/index.html",
};
