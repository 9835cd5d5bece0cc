/** Image files in every runtime that has files: the decoders that Node loads, and the same pixels. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { build, root } from "../../scripts/build.mjs";
import { processes, runModule } from "../runtime/processes.ts";
import { sharedData } from "../shared-data.ts";

const media = sharedData("media");
const photos = ["dog.jpg", "cat.jpg", "fish_112.png", "mnist_28.png"].map((name) => join(media.path, name));

/** Prints size and sum of the pixels of each file that it is given, then of what a PNG of the last becomes. */
const program = (runtime: string): string => `
  import { decodeImage, encodePng } from "../../dist/${runtime}/vision.js";
  const sum = ({ width, height, data }) => [width, height, data.reduce((sum, byte) => (sum * 31 + byte) | 0, 0)];
  const found = [];
  let picture;
  for (const path of process.argv.slice(2)) found.push(sum((picture = await decodeImage(path))));
  found.push(sum(await decodeImage(await encodePng(picture))));
  console.log(JSON.stringify(found));
`;

let folder = "";
beforeAll(async () => {
  await build(["bundles"]);
  mkdirSync(join(root, "build"), { recursive: true });
  folder = mkdtempSync(join(root, "build/media-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function pixelsIn(runtime: "node" | "deno" | "bun"): Promise<number[][]> {
  const module = `${runtime}.mjs`;
  writeFileSync(join(folder, module), program(runtime));
  return runModule(processes[runtime] as string[], folder, module, photos);
}

test.skipIf(media.missing)(`Node${media.reason}`, async () => {
  const found = await pixelsIn("node");
  expect(found.map(([width, height]) => [width, height])).toEqual([
    [500, 454],
    [940, 624],
    [112, 112],
    [28, 28],
    [28, 28],
  ]);
  expect(found[4]).toEqual(found[3]);
});

for (const name of ["deno", "bun"] as const) {
  test.skipIf(media.missing || processes[name] === null)(`${name} has Node's pixels${media.reason}`, async () => {
    expect(await pixelsIn(name)).toEqual(await pixelsIn("node"));
  });
}
