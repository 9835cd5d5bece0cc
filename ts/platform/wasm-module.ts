/** What is a module of WebAssembly, and what the bytes of one are. */

/** True of a module, also of one that another realm's WebAssembly compiled: some edge runtimes hand these to a worker. */
export function isModule(source: unknown): boolean {
  return Object.prototype.toString.call(source) === "[object WebAssembly.Module]";
}

/** True of bytes that begin as every module does. */
export function beginsModule(bytes: ArrayBuffer): boolean {
  return new Uint8Array(bytes, 0, Math.min(4, bytes.byteLength)).join() === "0,97,115,109";
}
