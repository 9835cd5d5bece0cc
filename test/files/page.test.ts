/** Reading in Chromium: the Cache API as a cache, images by the browser's decoders. */
import { createHash } from "node:crypto";
import type { Page } from "puppeteer";
import { beforeAll, describe, expect, test } from "vitest";
import { decodeImage } from "../../ts/platform/node.ts";
import { bundleForPage } from "../runtime/bundle.ts";
import { callInPage, withPage } from "../runtime/chromium.ts";
import { type Behaviour, serveFlaky } from "../runtime/flaky-server.ts";
import { sharedData } from "../shared-data.ts";

const file = Uint8Array.from({ length: 10_000_000 }, (_, i) => (i * 7919) >> 5);
const sha256 = createHash("sha256").update(file).digest("hex");
const whole = { length: file.length, sha256, error: "" };

let text = "";
beforeAll(async () => {
  text = await bundleForPage("test/files/page.ts");
});

function inPage<T>(work: (page: Page, url: string) => Promise<T>): Promise<T> {
  const media = sharedData("media");
  return withPage(
    { routes: { "/main.js": { text }, "/media/": { folder: media.path } }, policy: "connect-src *" },
    (page, { url }) => work(page, url),
  );
}

async function withFile<T>(
  behaviour: Partial<Behaviour>,
  work: (url: string, ranges: readonly string[]) => Promise<T>,
): Promise<T> {
  const server = await serveFlaky({ bytes: () => file, version: () => ({ etag: '"one"' }), ...behaviour });
  try {
    return await work(server.url, server.ranges);
  } finally {
    await server.close();
  }
}

describe("a cache in a page", () => {
  test("keeps what arrived, goes on from there, and asks once", async () => {
    await inPage((page) =>
      withFile({}, async (url, ranges) => {
        const read = (stopAt: number): Promise<unknown> =>
          callInPage(page, "/main.js", "read", url, { cache: "kept" }, stopAt);
        expect(await read(6_000_000)).toMatchObject({ error: "Error: enough" });
        expect(await read(0)).toEqual(whole);
        expect(ranges).toHaveLength(2);
        expect(ranges[1]).toMatch(/^bytes=[4-9]\d{6}-$/);
        await page.reload();
        expect(await read(0)).toEqual(whole);
        expect(ranges).toHaveLength(2);
        expect(await callInPage(page, "/main.js", "entriesOf", "kept")).toBe(4);
      }),
    );
  });

  test("keeps nothing with a wrong hash, and resumes what broke off", async () => {
    await inPage((page) =>
      withFile({ cuts: [3_000_000, 100] }, async (url, ranges) => {
        const wrong = { cache: true, sha256: "0".repeat(64) };
        const { error } = await callInPage<{ error: string }>(page, "/main.js", "read", url, wrong, 0);
        expect(error).toMatch(new RegExp(`FormatError: .* is ${sha256}, wanted 0{64}`));
        expect(ranges).toHaveLength(3);
        expect(await callInPage(page, "/main.js", "entriesOf", "hebb")).toBe(0);
        expect(await callInPage(page, "/main.js", "read", url, { cache: true, sha256 }, 0)).toEqual(whole);
      }),
    );
  });
});

describe("media in a page", () => {
  const photo = sharedData("media/mnist_28.png");
  test.skipIf(photo.missing)(`decodes images as Node does${photo.reason}`, async () => {
    await inPage(async (page, url) => {
      const there = await callInPage(page, "/main.js", "pixels", `${url}/media/mnist_28.png`, 1);
      const { readFileSync } = await import("node:fs");
      expect(there).toEqual([...(await decodeImage(readFileSync(photo.path))).data]);
      const data = Array.from({ length: 24 }, (_, i) => i * 10);
      expect(await callInPage(page, "/main.js", "throughPng", 4, 2, 3, data)).toEqual(data);
      expect(await callInPage(page, "/main.js", "soundError")).toContain("FormatError: decodeAudio");
    });
  });
});
