/** A reader's first hour: install the archive somewhere, copy the programs of README and the guide, and run them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { build } from "../scripts/build.mjs";
import { programs } from "./docs/blocks.ts";
import { compile, type FreshProject, makeFreshProject, runExample } from "./fresh-project.ts";
import { unpack } from "./packed.ts";
import { processes, runModule } from "./runtime/processes.ts";
import { withWorker } from "./runtime/workerd.ts";

const examples = programs("ts").filter(({ name }) => /^(README\.md|docs\/guide\/)/.test(name));
/** Edge workers, which Node does not run. */
const isWorker = (source: string): boolean => source.includes('"hebb/hebb');

/** What `console.log(…); // value` says that it prints. */
const promisedBy = (source: string): string[] =>
  Array.from(source.matchAll(/^\s*console\.log\(.*\); \/\/ (.*)$/gm), (match) => match[1] as string);

let project: FreshProject;
let complaints: string[] = [];
beforeAll(async () => {
  await build();
  project = makeFreshProject();
  complaints = compile(project.folder, [...examples.map(({ source }) => source), "const wrong: string = 1;"]);
});
afterAll(() => project?.remove());

describe("in a fresh directory", () => {
  test("every example has the right types, the package's own included", () => {
    expect(complaints).toEqual([`example-${examples.length}.ts:1: Type 'number' is not assignable to type 'string'.`]);
  });

  test.each(examples.map(({ name }, i) => [name, i] as const))("%s runs", async (_, i) => {
    const { source } = examples[i] as (typeof examples)[number];
    if (!isWorker(source)) {
      expect(await runExample(project.folder, i)).toEqual(promisedBy(source));
      return;
    }
    const bundled = readFileSync(join(project.folder, `example-${i}.js`), "utf8");
    await withWorker(project.folder, bundled, async (url) => {
      const answer = await fetch(`${url}/?x=1,2`);
      expect(answer.status, await answer.clone().text()).toBe(200);
      expect((await answer.json()) as unknown[]).toHaveLength(1);
      expect((await fetch(`${url}/?x=cat`)).status).toBe(400);
    });
  });

  test("no package that came along runs a script when it is installed", () => {
    const lock = JSON.parse(readFileSync(join(project.folder, "package-lock.json"), "utf8")) as {
      packages: Record<string, { hasInstallScript?: boolean }>;
    };
    const came = Object.entries(lock.packages);
    expect(came.length).toBeGreaterThan(1);
    expect(came.filter(([, { hasInstallScript }]) => hasInstallScript).map(([name]) => name)).toEqual([]);
  });

  test("without the optional packages everything runs but their formats, which say so", async () => {
    const bare = mkdtempSync(join(tmpdir(), "hebb-bare-"));
    unpack(project.packed, bare);
    writeFileSync(join(bare, "package.json"), JSON.stringify({ name: "bare", private: true }));
    writeFileSync(
      join(bare, "run.mjs"),
      `import { tensor } from "hebb";
      import { decodeImage } from "hebb/vision";
      const reason = await decodeImage(Uint8Array.from("II*\\0rest", (c) => c.charCodeAt(0))).catch((error) => error);
      console.log(JSON.stringify([await tensor([1, 2]).mul(2).array(), reason.name, reason.message]));`,
    );
    expect(await runModule(processes.node as string[], bare, "run.mjs")).toEqual([
      [2, 4],
      "UnsupportedError",
      "decodeImage: cannot read a tiff: its decoder is not installed, wanted the optional packages of hebb, or another format",
    ]);
    rmSync(bare, { recursive: true });
  });

  test("what was installed is said and bounded", () => {
    const size = (folder: string): number =>
      readdirSync(folder, { withFileTypes: true, recursive: true })
        .filter((entry) => entry.isFile())
        .reduce((sum, entry) => sum + readFileSync(join(entry.parentPath, entry.name)).length, 0);
    const all = size(join(project.folder, "node_modules")) / 1e6;
    const own = size(join(project.folder, "node_modules/hebb")) / 1e6;
    console.log(
      `npm install hebb: ${all.toFixed(1)} MB, hebb itself ${own.toFixed(1)} MB, ${(project.packed.size / 1e6).toFixed(2)} MB packed`,
    );
    expect(own).toBeLessThan(12);
    expect(all).toBeLessThan(24);
  });
});
