/** hebb in one file: loaded alone, by a classic script, as a module and in Node, it asks for nothing else. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { build, root } from "../../scripts/build.mjs";
import { withPage } from "./chromium.ts";
import { processes, runModule } from "./processes.ts";

/** Kernels of the full build, and a network through an ONNX file. */
const work = `
  async function work({ cumsum, nn, onnx, tensor }) {
    const sums = await cumsum(tensor([3, -1, 2]), 0).array();
    const model = new nn.Linear(2, 1);
    model.loadStateDict({ weight: tensor([[3, 4]]), bias: tensor([5]) });
    const session = await onnx.load(await onnx.save(model, { inputs: { x: [1, 2] } }));
    const [output] = Object.values(await session.run({ x: tensor([[1, 2]]) }));
    return [...sums, ...(await output.data())];
  }`;
const values = [3, 2, 4, 16];

/** A page of one script, and the kinds of script. */
const pages = [
  ["a classic script", "inline.global.js", '<script src="/hebb.js"></script><script src="/main.js"></script>', ""],
  ["a module", "inline.js", '<script type="module" src="/main.js"></script>', 'import * as hebb from "/hebb.js";'],
] as const;

beforeAll(async () => {
  await build();
});

describe("the single file", () => {
  test.each(pages)("works in a page as %s, under a strict policy", async (_, file, scripts, head) => {
    const routes = {
      "/index.html": { text: `<!doctype html><title>one file</title>${scripts}` },
      "/hebb.js": { text: readFileSync(join(root, "dist", file), "utf8") },
      "/main.js": { text: `${head}${work} globalThis.run = () => work(hebb);` },
    };
    await withPage({ routes }, async (page, { url, requests }) => {
      await page.goto(`${url}/index.html`);
      expect(await page.evaluate("run()")).toEqual(values);
      const asked = requests.filter((path) => path !== "/" && path !== "/favicon.ico");
      expect(asked.sort()).toEqual(["/hebb.js", "/index.html", "/main.js"]);
    });
  });

  for (const name of ["node", "deno", "bun"] as const) {
    const command = processes[name];
    test.skipIf(command === null)(`works alone in a folder in ${name}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "hebb-inline-"));
      cpSync(join(root, "dist/node/inline.js"), join(folder, "hebb.mjs"));
      writeFileSync(
        join(folder, "run.mjs"),
        `import * as hebb from "./hebb.mjs";${work} console.log(JSON.stringify(await work(hebb)));`,
      );
      expect(await runModule(command as string[], folder, "run.mjs")).toEqual(values);
      rmSync(folder, { recursive: true });
    });
  }

  test.each([
    ["inline.js", 275],
    ["inline.global.js", 275],
    ["node/inline.js", 290],
  ] as const)("%s weighs at most %i KB", (file, most) => {
    const text = readFileSync(join(root, "dist", file), "utf8");
    const kilobytes = gzipSync(text, { level: 9 }).length / 1000;
    console.log(`${file}: ${(text.length / 1000).toFixed(0)} KB, ${kilobytes.toFixed(1)} KB by gzip -9`);
    expect(kilobytes).toBeLessThanOrEqual(most);
  });
});
