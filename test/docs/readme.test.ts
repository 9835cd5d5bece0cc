/**
 * The examples of README.md, copied as they stand into a project outside of the repository's sources that has the packed archive
 * installed: programs run in Node as JavaScript, which they are, and the edge worker in workerd.
 */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { transform } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Consumer, makeConsumer } from "../runtime/consumer.ts";
import { withWorker } from "../runtime/workerd.ts";
import { programs } from "./blocks.ts";

let project: Consumer;
beforeAll(async () => {
  project = await makeConsumer();
});
afterAll(() => project?.remove());

const all = programs("ts").filter(({ name }) => name.startsWith("README.md"));
const isWorker = (source: string): boolean => source.includes("export default");
const scripts = all.filter(({ source }) => !isWorker(source));
const workers = all.filter(({ source }) => isWorker(source));

describe("README.md", () => {
  test.each(scripts.map(({ name, source }) => [name, source] as const))("%s runs in Node", async (name, source) => {
    const file = `${name.replace(/\W/g, "-")}.mjs`;
    writeFileSync(join(project.folder, file), source);
    const promised = Array.from(source.matchAll(/console\.log\(.*\); \/\/ (.*)/g), ([, text]) => `${text}\n`);
    const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: project.folder });
    expect(stdout).toBe(promised.join(""));
  });

  test.each(workers.map(({ name, source }) => [name, source] as const))("%s runs in workerd", async (_, source) => {
    const { code } = await transform(source, { loader: "ts", tsconfigRaw: "{}" });
    await withWorker(project.folder, code, async (url) => {
      const good = await fetch(`${url}/?x=1,2`);
      expect([good.status, (await good.json()).length]).toEqual([200, 1]);
      expect((await fetch(`${url}/?x=cat`)).status).toBe(400);
    });
  });

  test("has examples of both", () => {
    expect(scripts.length).toBe(2);
    expect(workers.length).toBe(1);
  });
});
