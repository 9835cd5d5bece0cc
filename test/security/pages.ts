/** Pages under policies and servers of every kind, as data: what each sends, and what hebb makes of it. */

/** What a page's server sends with it. */
export interface Setting {
  readonly name: string;
  readonly policy: string;
  /** False leaves out COOP and COEP. */
  readonly isolated?: boolean;
  /** True gives the page a GPU. */
  readonly webgpu?: boolean;
  /** The content type of kernels, or what lies in their place: nothing, or a page that says that there is nothing. */
  readonly kernels?: { readonly type: string } | "missing" | "page";
  /** What `init` is called with, if it is. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** True if the product comes out; else the error in full but for addresses, written <url>, or what a browser's words are in. */
  readonly outcome: true | string | RegExp;
  /** Threads that shall share what is large. */
  readonly threads?: number;
  /** Files of kernels that the page asks for. */
  readonly fetched: readonly string[];
  /** What is written to the console as a warning. */
  readonly warning?: string;
  /** Directives that were violated. */
  readonly violated?: readonly string[];
}

const self = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
const noWasm = "default-src 'self'; script-src 'self'";
const trusted = `${self}; require-trusted-types-for 'script'`;

/** The least under which threads start. */
const ownWorkers = "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";

const forbidden =
  "init: cannot run WebAssembly: a Content-Security-Policy forbids it, wanted 'wasm-unsafe-eval' in its script-src";

/** What a page fetches: the build that its engine runs fastest; where it is not isolated, one for a single thread. */
const fastest = ["hebb-shared-relaxed.wasm"];
const fastestAlone = ["hebb-relaxed.wasm"];
const withThreads = [...fastest, "hebb-team.wasm"];

export const settings: readonly Setting[] = [
  { name: "'self' and 'wasm-unsafe-eval' alone", policy: self, outcome: true, fetched: fastest },
  { name: "the same, not isolated", policy: self, isolated: false, outcome: true, fetched: fastestAlone },
  {
    name: "workers of its own, sharing work among threads",
    policy: ownWorkers,
    options: { threads: 2 },
    outcome: true,
    threads: 2,
    fetched: withThreads,
  },
  {
    name: "Trusted Types, the policy hebb allowed, sharing work among threads",
    policy: `${ownWorkers}; require-trusted-types-for 'script'; trusted-types hebb`,
    options: { threads: 3 },
    outcome: true,
    threads: 3,
    fetched: withThreads,
  },
  {
    name: "workers of its own, computing in one that shares work among threads",
    policy: ownWorkers,
    options: { worker: true, threads: 2 },
    outcome: true,
    threads: 2,
    fetched: withThreads,
  },
  {
    name: "workers of its own, not isolated",
    policy: ownWorkers,
    isolated: false,
    options: { threads: 2 },
    outcome: true,
    threads: 1,
    fetched: fastestAlone,
  },
  {
    name: "every directive at its least",
    policy:
      "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    outcome: true,
    fetched: fastest,
  },
  {
    name: "a nonce and 'strict-dynamic'",
    policy: "script-src 'nonce-once' 'strict-dynamic' 'wasm-unsafe-eval'; object-src 'none'; base-uri 'none'",
    outcome: true,
    fetched: fastest,
  },
  {
    name: "Trusted Types, the policy hebb allowed",
    policy: `${trusted}; trusted-types hebb`,
    outcome: true,
    fetched: fastest,
  },
  { name: "Trusted Types, every policy allowed", policy: trusted, outcome: true, fetched: fastest },
  {
    name: "Trusted Types, no policy allowed",
    policy: `${trusted}; trusted-types 'none'`,
    isolated: false,
    outcome: true,
    fetched: fastestAlone,
  },
  {
    name: "'self' and 'wasm-unsafe-eval' alone, computing in a worker",
    policy: self,
    options: { worker: true },
    outcome: true,
    fetched: fastest,
  },
  {
    name: "Trusted Types, the policy hebb allowed, computing in a worker",
    policy: `${trusted}; trusted-types hebb`,
    options: { worker: true },
    outcome: true,
    fetched: fastest,
  },
  {
    name: "Trusted Types, no policy allowed, computing in a worker",
    policy: `${trusted}; trusted-types 'none'`,
    options: { worker: true },
    outcome:
      /^UnsupportedError: init: cannot start a worker: .*TrustedScriptURL.*[^.], wanted .* trusted-types hebb where it requires trusted types$/,
    fetched: [],
    violated: ["trusted-types", "require-trusted-types-for"],
  },
  {
    name: "workers forbidden, computing in one",
    policy: `${self}; worker-src 'none'`,
    options: { worker: true },
    outcome:
      "DeviceError: worker: cannot start: the worker ended (its module could not be loaded: it is not there, or the page's policy lacks worker-src 'self')",
    fetched: [],
    violated: ["worker-src"],
  },
  {
    name: "WebAssembly forbidden, computing in a worker",
    policy: noWasm,
    options: { worker: true },
    outcome: `UnsupportedError: ${forbidden}`,
    fetched: fastest,
  },
  {
    name: "WebAssembly forbidden, no GPU",
    policy: noWasm,
    outcome: `UnsupportedError: ${forbidden}`,
    fetched: fastest,
    violated: ["script-src"],
  },
  {
    name: "WebAssembly forbidden, a GPU",
    policy: noWasm,
    webgpu: true,
    outcome: true,
    fetched: fastest,
    warning: `${forbidden}; WebGPU takes its place`,
    violated: ["script-src"],
  },
  {
    name: "WebAssembly forbidden but asked for, a GPU",
    policy: noWasm,
    webgpu: true,
    options: { device: "wasm" },
    outcome: `UnsupportedError: ${forbidden}`,
    fetched: fastest,
    violated: ["script-src"],
  },
  {
    name: "WebAssembly forbidden but its bits asked for, a GPU",
    policy: noWasm,
    webgpu: true,
    options: { deterministic: true },
    outcome: `UnsupportedError: ${forbidden}`,
    fetched: ["hebb-shared.wasm"],
    violated: ["script-src"],
  },
  {
    name: "WebAssembly forbidden, WebGPU asked for",
    policy: noWasm,
    webgpu: true,
    options: { device: "webgpu", verify: "never" },
    outcome: true,
    fetched: [],
  },
  {
    name: "connections forbidden",
    policy: `${self}; connect-src 'none'`,
    outcome:
      "FormatError: compileWasm: cannot read <url>: Failed to fetch, wanted a network, and a Content-Security-Policy whose connect-src allows the address",
    fetched: [],
    violated: ["connect-src"],
  },
  {
    name: "kernels of a wrong content type",
    policy: self,
    kernels: { type: "application/octet-stream" },
    outcome: true,
    fetched: fastest,
  },
  {
    name: "kernels with a parameter in their content type",
    policy: self,
    kernels: { type: "application/wasm; charset=utf-8" },
    outcome: true,
    fetched: fastest,
  },
  {
    name: "no kernels",
    policy: self,
    kernels: "missing",
    outcome:
      "FormatError: compileWasm: cannot read <url>: the server answered 404 Not Found, wanted the kernels of dist/ there, or init({ wasm }) to say where they lie",
    fetched: fastest,
  },
  {
    name: "a page in the place of the kernels",
    policy: self,
    kernels: "page",
    outcome:
      "FormatError: compileWasm: cannot read <url>: what came is text/html; charset=utf-8, wanted the kernels of dist/ there",
    fetched: fastest,
  },
];
