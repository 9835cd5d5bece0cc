// The pages of the site beside the README and the API, in the order of its navigation. Links between pages are as in the
// repository; every page below docs/ is one of them (test/docs/site.test.ts).

const guide = [
  ["start", "Get started"],
  ["tensors", "Tensors"],
  ["autograd", "Autograd"],
  ["train", "Train"],
  ["checkpoints", "Save and load weights"],
  ["onnx", "ONNX models"],
  ["inputs", "Pictures and sounds"],
  ["command-line", "The command line"],
  ["devices", "Devices"],
  ["pages", "Pages and bundlers"],
  ["servers", "Node, Deno and Bun"],
  ["edge", "Edge functions"],
  ["errors", "Errors"],
  ["performance", "Performance"],
  ["coming-from", "Coming from elsewhere"],
];

export const categories = ["Guide", "Facts", "API", "Inside"];

/** Where a page lies in the repository and in the site, what the navigation calls it, and under which heading. */
export const pages = [
  ...guide.map(([name, title]) => ({
    path: `docs/guide/${name}.md`,
    place: `guide/${name}`,
    title,
    category: "Guide",
  })),
  { path: "docs/support.md", place: "support", title: "What works", category: "Facts" },
  { path: "docs/benchmarks.md", place: "benchmarks", title: "Measured comparisons", category: "Facts" },
  { path: "docs/architecture.md", place: "inside/architecture", title: "Architecture", category: "Inside" },
  { path: "docs/adding-an-op.md", place: "inside/adding-an-op", title: "Adding an op", category: "Inside" },
];

/** Links at the head of every page. */
export const headLinks = {
  Guide: "guide/start.html",
  API: "hebb.html",
  "What works": "support.html",
  Measured: "benchmarks.html",
};
