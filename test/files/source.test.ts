/** Files arrive whole whatever happens on the way, or not at all. */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { FormatError } from "../../ts/core/errors.ts";
import { type Progress, readSource, type SourceOptions } from "../../ts/files/source.ts";
import { type Behaviour, type FlakyServer, serveFlaky } from "../runtime/flaky-server.ts";

const folder = mkdtempSync(join(tmpdir(), "hebb-source-"));
afterAll(() => rmSync(folder, { recursive: true }));

const file = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 5);
const sha256 = createHash("sha256").update(file).digest("hex");
const tagged = (): Record<string, string> => ({ etag: '"one"' });

/** Vitest takes seconds to compare what takes a millisecond. */
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

let server: FlakyServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});
async function serve(behaviour: Partial<Behaviour>): Promise<FlakyServer> {
  server = await serveFlaky({ bytes: () => file, ...behaviour });
  return server;
}

describe("every kind of source", () => {
  const path = join(folder, "file");
  writeFileSync(path, file);
  test.each([
    ["bytes", () => file],
    ["an ArrayBuffer", () => file.slice().buffer],
    ["a Blob", () => new Blob([file])],
    ["a stream", () => new Blob([file]).stream()],
    ["a Response", () => new Response(file)],
    ["a path", () => path],
    ["a file URL", () => pathToFileURL(path)],
    ["a file URL's text", () => pathToFileURL(path).href],
  ])("%s", async (_, source) => {
    expect(same(await readSource(source(), { sha256 }), file)).toBe(true);
    await expect(readSource(source(), { sha256: "0".repeat(64) })).rejects.toThrow(
      new RegExp(`SHA-256 is ${sha256}, wanted 0{64}`),
    );
    await expect(readSource(source(), { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });

  test("bytes are not copied", async () => {
    expect(await readSource(file)).toBe(file);
  });

  test("progress grows to the whole", async () => {
    for (const source of [path, new Blob([file]), new Response(file), (await serve({})).url]) {
      const seen: Progress[] = [];
      await readSource(source, { onProgress: (progress) => seen.push(progress) });
      expect(seen.length).toBeGreaterThan(0);
      expect(seen.map(({ loaded }) => loaded)).toEqual(seen.map(({ loaded }) => loaded).sort((a, b) => a - b));
      expect(seen.at(-1)?.loaded).toBe(file.length);
      expect([null, file.length]).toContain(seen.at(-1)?.total);
    }
  });

  test("a hash that is none is refused", async () => {
    await expect(readSource(file, { sha256: "abc" })).rejects.toThrow(FormatError);
  });
});

describe("an interrupted download", () => {
  test.each([
    ["with an entity tag", { version: tagged }],
    ["with a date", { version: () => ({ "last-modified": "Mon, 01 Jan 2024 00:00:00 GMT" }) }],
    [
      "with a weak tag and a date",
      { version: () => ({ etag: 'W/"1"', "last-modified": "Mon, 01 Jan 2024 00:00:00 GMT" }) },
    ],
    ["with nothing but its length", {}],
  ])("goes on where it stopped, %s", async (_, behaviour) => {
    const { url, ranges } = await serve({ ...behaviour, cuts: [100_000, 50_000] });
    expect(same(await readSource(url, { sha256 }), file)).toBe(true);
    expect(ranges[0]).toBe("");
    expect(ranges.slice(1).map((range) => /^bytes=[1-9]\d*-$/.test(range))).toEqual([true, true]);
  });

  test("starts over where the server knows no ranges", async () => {
    const { url, ranges } = await serve({ version: tagged, ranges: false, cuts: [100_000] });
    expect(same(await readSource(url), file)).toBe(true);
    expect(ranges).toHaveLength(2);
  });

  test("starts over where the file has changed", async () => {
    const other = file.map((byte) => byte ^ 255);
    const { url } = await serve({
      bytes: (nth) => (nth === 0 ? file : other),
      version: (nth) => ({ etag: nth === 0 ? '"one"' : '"two"' }),
      cuts: [100_000],
    });
    expect(same(await readSource(url), other)).toBe(true);
  });

  test("without a length is noticed", async () => {
    const { url } = await serve({ version: tagged, length: false, cuts: [100_000] });
    expect(same(await readSource(url), file)).toBe(true);
  });

  test("is tried again after a status that passes", async () => {
    const { url } = await serve({ statuses: [503, 429] });
    expect(same(await readSource(url), file)).toBe(true);
  });

  test("fails with the reason once it broke too often", async () => {
    const { url, ranges } = await serve({ version: tagged, cuts: new Array(20).fill(10) });
    await expect(readSource(url)).rejects.toThrow(FormatError);
    expect(ranges).toHaveLength(6);
    await expect(readSource(url)).rejects.toThrow(
      /readBytes: cannot read .*model\.bin: .+ after 6 attempts, .* of 300000/,
    );
  });
});

describe("a download", () => {
  test("without a length is whole", async () => {
    expect(same(await readSource((await serve({ length: false })).url, { sha256 }), file)).toBe(true);
  });

  test("of an empty file is empty", async () => {
    expect(await readSource((await serve({ bytes: () => new Uint8Array(0) })).url)).toHaveLength(0);
  });

  test("of what is not there fails at once", async () => {
    const { url, ranges } = await serve({ statuses: [404] });
    await expect(readSource(url)).rejects.toThrow(/cannot read .*: the server answered 404 Not Found/);
    expect(ranges).toHaveLength(1);
  });

  test("stops when aborted, and leaves no connection", async () => {
    const { url, waiting } = await serve({ stall: true });
    const reason = new Error("enough");
    const controller = new AbortController();
    const work = readSource(url, { signal: controller.signal, onProgress: () => controller.abort(reason) });
    await expect(work).rejects.toBe(reason);
    await expect.poll(waiting).toBe(0);
  });

  test("stops while it waits for the next attempt", async () => {
    const { url } = await serve({ statuses: new Array(9).fill(503) });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 120);
    const start = performance.now();
    await expect(readSource(url, { signal: controller.signal })).rejects.toMatchObject({ name: "AbortError" });
    expect(performance.now() - start).toBeLessThan(1000);
  });

  test("hands on what onProgress throws", async () => {
    const { url, ranges } = await serve({});
    const mistake = new Error("mine");
    const onProgress = (): void => {
      throw mistake;
    };
    await expect(readSource(url, { onProgress })).rejects.toBe(mistake);
    expect(ranges).toHaveLength(1);
  });
});

describe("a cache in a folder", () => {
  const cached = (cache: string, more: SourceOptions = {}): SourceOptions => ({ cache: join(folder, cache), ...more });
  const names = (cache: string): string[] => readdirSync(join(folder, cache));

  test("asks the server once", async () => {
    const { url, ranges } = await serve({ version: tagged });
    for (let i = 0; i < 2; i++) expect(same(await readSource(url, cached("once")), file)).toBe(true);
    expect(ranges).toHaveLength(1);
    expect(names("once")).toHaveLength(1);
    expect(same(readFileSync(join(folder, "once", names("once")[0] as string)), file)).toBe(true);
  });

  test("keeps what arrived, and goes on from there the next time", async () => {
    const { url, ranges } = await serve({ version: tagged });
    const controller = new AbortController();
    const onProgress = ({ loaded }: Progress): void => {
      if (loaded > 50_000) controller.abort();
    };
    await expect(readSource(url, cached("resume", { signal: controller.signal, onProgress }))).rejects.toThrow();
    expect(names("resume").filter((name) => name.endsWith(".part"))).toHaveLength(1);
    expect(same(await readSource(url, cached("resume", { sha256: undefined })), file)).toBe(true);
    expect(ranges[1]).toMatch(/^bytes=[1-9]\d+-$/);
    expect(names("resume")).toHaveLength(1);
    expect(same(await readSource(url, cached("resume")), file)).toBe(true);
    expect(ranges).toHaveLength(2);
  });

  test("forgets the part of another version", async () => {
    const other = file.map((byte) => byte ^ 255);
    const { url } = await serve({
      bytes: (nth) => (nth < 6 ? file : other),
      version: (nth) => ({ etag: nth < 6 ? '"one"' : '"two"' }),
      cuts: new Array(6).fill(10_000),
    });
    await expect(readSource(url, cached("changed"))).rejects.toThrow(FormatError);
    expect(same(await readSource(url, cached("changed")), other)).toBe(true);
  });

  test("keeps nothing of a version without a name", async () => {
    const { url } = await serve({ cuts: new Array(6).fill(10) });
    await expect(readSource(url, cached("nameless"))).rejects.toThrow(FormatError);
    expect(names("nameless")).toEqual([]);
  });

  test("keeps nothing with a wrong hash, and mends a file that became wrong", async () => {
    const { url, ranges } = await serve({ version: tagged });
    await expect(readSource(url, cached("hash", { sha256: "0".repeat(64) }))).rejects.toThrow(FormatError);
    expect(names("hash")).toEqual([]);
    await readSource(url, cached("hash", { sha256 }));
    writeFileSync(join(folder, "hash", sha256), "spoilt");
    expect(same(await readSource(url, cached("hash", { sha256 })), file)).toBe(true);
    expect(ranges).toHaveLength(3);
  });

  test("serves two readers at once", async () => {
    const { url } = await serve({ version: tagged, cuts: [100_000, 200_000] });
    const both = await Promise.all([readSource(url, cached("two")), readSource(url, cached("two"))]);
    expect(both.map((bytes) => same(bytes, file))).toEqual([true, true]);
    expect(names("two")).toHaveLength(1);
    expect(existsSync(join(folder, "two", names("two")[0] as string))).toBe(true);
  });
});
