/** The harness for pages: isolation, policy, modules, WebGPU on the software adapter. */
import { describe, expect, test } from "vitest";
import { callInPage, withPage } from "./chromium.ts";

const text = `
  export const isolated = () => crossOriginIsolated && new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer instanceof SharedArrayBuffer;
  export const evaluates = () => { try { return new Function("return true")(); } catch { return false; } };
  export const compiles = async () => (await WebAssembly.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))) instanceof WebAssembly.Module;
  export const gpu = async () => { const adapter = await navigator.gpu?.requestAdapter(); return adapter ? adapter.info.architecture || adapter.info.vendor : null; };
  export const fails = async () => { setTimeout(() => { throw new Error("loose end"); }, 0); await new Promise((r) => setTimeout(r, 50)); };
`;
const routes = { "/main.js": { text } };

describe("a page", () => {
  test("is isolated, compiles WebAssembly and evaluates nothing", async () => {
    await withPage({ routes }, async (page, server) => {
      expect(await callInPage(page, "/main.js", "isolated")).toBe(true);
      expect(await callInPage(page, "/main.js", "compiles")).toBe(true);
      expect(await callInPage(page, "/main.js", "evaluates")).toBe(false);
      expect(server.requests).toContain("/main.js");
    });
  });

  test("fails the test when it throws", async () => {
    await expect(withPage({ routes }, (page) => callInPage(page, "/main.js", "fails"))).rejects.toThrow("loose end");
    await expect(withPage({ routes }, (page) => callInPage(page, "/main.js", "none"))).rejects.toThrow("exports no");
  });

  test("has a GPU adapter when asked for one", async () => {
    expect(await withPage({ routes, webgpu: true }, (page) => callInPage(page, "/main.js", "gpu"))).toMatch(
      /swiftshader|google/,
    );
  });
});
