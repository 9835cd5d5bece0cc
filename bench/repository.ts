/** The repository's own scripts, loaded from where they lie: bundled into this program they would not know its root. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";

function given(): string {
  const root = process.env["HEBB_ROOT"];
  if (root === undefined) throw new Error("bench: cannot find the repository: wanted `npm run bench`, which names it");
  return root;
}

export const root: string = given();

/** Real models, which live beside the checkout and not in it; see test/shared-data.ts. */
export const sharedData: string = join(root, "../shared/data/");

const scripts = (name: string): Promise<unknown> => import(pathToFileURL(join(root, "scripts", name)).href);

/** Bundles a program of this folder for Node; it comes to lie beside the peers' packages. */
export async function bundleHere(entry: string, name: string): Promise<string> {
  const { bundleProgram } = (await scripts("program.mjs")) as typeof import("../scripts/program.mjs");
  return bundleProgram(join(root, "bench", entry), name, join(root, "bench/build"));
}

export async function findBrowser(): Promise<string | null> {
  return ((await scripts("browser.mjs")) as typeof import("../scripts/browser.mjs")).findBrowser();
}
