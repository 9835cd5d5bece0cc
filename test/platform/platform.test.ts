/** The adapters: the same names everywhere, and files that are whole or as they were. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FormatError, UnsupportedError } from "../../ts/core/errors.ts";
import * as browser from "../../ts/platform/browser.ts";
import * as bun from "../../ts/platform/bun.ts";
import * as deno from "../../ts/platform/deno.ts";
import * as node from "../../ts/platform/node.ts";
import type { Platform } from "../../ts/platform/platform.ts";
import * as workerd from "../../ts/platform/workerd.ts";

const platforms = { browser, bun, deno, node, workerd } satisfies Record<string, Platform>;

/** The smallest module: magic and version. */
const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

describe.each(Object.entries(platforms))("%s", (name, platform) => {
  test("exports the names of every other adapter", () => {
    expect(Object.keys(platform).sort()).toEqual(Object.keys(node).sort());
    expect(platform.runtime).toBe(name);
  });

  test("passes a module through", async () => {
    const module = new WebAssembly.Module(empty);
    expect(await platform.compileWasm(module)).toBe(module);
  });
});

describe("an edge worker", () => {
  test("refuses to compile and says what to hand in", async () => {
    await expect(workerd.compileWasm(empty)).rejects.toThrow(UnsupportedError);
    await expect(workerd.compileWasm(empty)).rejects.toThrow(/init\(\{ wasm \}\)/);
    expect(workerd.wasmUrl("hebb")).toBeNull();
  });

  test("has no files", async () => {
    await expect(workerd.writeFileAtomic("x", empty)).rejects.toThrow(UnsupportedError);
    await expect(browser.writeFileAtomic("x", empty)).rejects.toThrow(UnsupportedError);
  });
});

describe("files", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "hebb-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("are read by path, by URL and by the text of a URL", async () => {
    const path = join(folder, "read");
    writeFileSync(path, empty);
    for (const source of [path, pathToFileURL(path), pathToFileURL(path).href]) {
      expect(await node.readBytes(source)).toEqual(empty);
    }
    expect(await node.compileWasm(pathToFileURL(path))).toBeInstanceOf(WebAssembly.Module);
  });

  test("reading stops at once when aborted", async () => {
    const path = join(folder, "abort");
    writeFileSync(path, empty);
    await expect(node.readBytes(path, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
    await expect(node.compileWasm(empty, AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" });
  });

  test("are replaced whole", async () => {
    const path = join(folder, "whole");
    await node.writeFileAtomic(path, Uint8Array.of(1, 2, 3));
    await node.writeFileAtomic(pathToFileURL(path), Uint8Array.of(4));
    expect([...readFileSync(path)]).toEqual([4]);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("stay as they were when a write fails, and nothing is left behind", async () => {
    const place = mkdtempSync(join(folder, "fail-"));
    const path = join(place, "kept");
    writeFileSync(path, "old");
    const wrong = { length: 1 } as unknown as Uint8Array; // Refused only once the fresh file is open.
    await expect(node.writeFileAtomic(path, wrong)).rejects.toThrow(TypeError);
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(place)).toEqual(["kept"]);
    await expect(node.writeFileAtomic(place, empty)).rejects.toThrow(); // A folder cannot be renamed over.
    await expect(node.writeFileAtomic(join(place, "none", "x"), empty)).rejects.toThrow(/ENOENT/);
    expect(readdirSync(place)).toEqual(["kept"]);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});

describe("the network", () => {
  const server = createServer((request, response) => {
    if (request.url === "/typed.wasm") response.setHeader("content-type", "application/wasm");
    response.statusCode = request.url?.endsWith(".wasm") ? 200 : 404;
    response.end(response.statusCode === 200 ? empty : "no");
  });
  let base = "";
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  test.each(["browser", "node"] as const)("%s reads bytes and compiles, typed or not", async (name) => {
    const platform = platforms[name];
    expect(await platform.readBytes(`${base}/typed.wasm`)).toEqual(empty);
    expect(await platform.compileWasm(new URL(`${base}/typed.wasm`))).toBeInstanceOf(WebAssembly.Module);
    expect(await platform.compileWasm(new URL(`${base}/plain.wasm`))).toBeInstanceOf(WebAssembly.Module);
  });

  test("what is not there is named with the server's answer", async () => {
    await expect(node.readBytes(`${base}/missing`)).rejects.toThrow(FormatError);
    await expect(node.readBytes(`${base}/missing`)).rejects.toThrow(/readBytes: cannot read .*\/missing: .* 404/);
  });
});
