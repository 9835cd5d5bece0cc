/** WebKit: its small browser on a display without a screen, driven by the W3C's WebDriver protocol. */
import { type ChildProcess, spawn } from "node:child_process";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { findWebkit } from "../../scripts/browser.mjs";
import { callLimit, type Engine, type EngineKind } from "./engine.ts";
import type { Answer, Call } from "./inside/suites.ts";
import { postJson } from "./post.ts";

export const webkit: EngineKind = {
  missing: async () =>
    findWebkit() === null ? "there is no WebKitWebDriver with its MiniBrowser, or no Xvfb to show it on" : null,
  open: async ({ url }) => {
    const { driver, browser, display } = findWebkit() as { driver: string; browser: string; display: string };
    const started: ChildProcess[] = [];
    const close = async (): Promise<void> => {
      for (const child of started.reverse()) await end(child);
    };
    try {
      const screen = await startDisplay(display, started);
      const port = await freePort();
      started.push(
        // Its own process group: the driver's browser ends with it.
        spawn(driver, [`--port=${port}`], {
          detached: true,
          stdio: "ignore",
          env: {
            ...process.env,
            DISPLAY: screen,
            GDK_BACKEND: "x11",
            // Safari's isolated pages share memory, those of this build only when told to.
            JSC_useSharedArrayBuffer: "1",
            // Not every container lets a process make namespaces, and the pages are the tests' own.
            WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
          },
        }),
      );
      return await openSession(`http://127.0.0.1:${port}`, browser, url, close);
    } catch (error) {
      await close();
      throw error;
    }
  },
};

/** The display's name; it is the first that is free. */
async function startDisplay(program: string, started: ChildProcess[]): Promise<string> {
  const args = ["-displayfd", "3", "-screen", "0", "1024x768x24", "-nolisten", "tcp"];
  const child = spawn(program, args, { detached: true, stdio: ["ignore", "ignore", "ignore", "pipe"] });
  started.push(child);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => reject(new Error(`Xvfb ended with ${status}`)));
    child.stdio[3]?.on("data", (number: Buffer) => resolve(`:${number.toString().trim()}`));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.on("close", resolve));
  process.kill(-child.pid, "SIGKILL");
  await ended;
}

async function openSession(driver: string, binary: string, url: string, close: () => Promise<void>): Promise<Engine> {
  const send = async <T>(path: string, body: unknown): Promise<T> => {
    const { value } = await postJson<{ value: T & { error?: string; message?: string } }>(`${driver}${path}`, body);
    if (value?.error !== undefined) throw new Error(`webkit: ${value.error}: ${value.message}`);
    return value;
  };
  await untilReady(driver);
  const { sessionId, capabilities } = await send<{
    sessionId: string;
    capabilities: { browserName: string; browserVersion: string };
  }>("/session", {
    capabilities: { alwaysMatch: { "webkitgtk:browserOptions": { binary, args: ["--automation"] } } },
  });
  const session = `/session/${sessionId}`;
  await send(`${session}/timeouts`, { script: callLimit });
  await send(`${session}/url`, { url: `${url}/` });
  const script = `const done = arguments[arguments.length - 1];
    import("/page.js").then((module) => module.call(arguments[0])).then(done, (e) => done({ error: String(e) }));`;
  return {
    version: `WebKitGTK ${capabilities.browserVersion}`,
    call: (given: Call) => send<Answer>(`${session}/execute/async`, { script, args: [given] }),
    close,
  };
}

/** Waits until the driver listens. */
async function untilReady(driver: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await postJson(`${driver}/status`, undefined, "GET");
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
