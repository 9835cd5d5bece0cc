/** WebGPU in Node: Dawn's binding stands where a browser has its own, before any contestant looks for it. */
export async function offerWebGpu(): Promise<void> {
  const { create, globals } = (await import("webgpu")) as { create(flags: string[]): GPU; globals: object };
  Object.assign(globalThis, globals);
  // Node 20 has no navigator, and peers look for its userAgent beside its gpu.
  if (globalThis.navigator === undefined) {
    Object.defineProperty(globalThis, "navigator", { value: { userAgent: `Node.js/${process.versions.node}` } });
  }
  Object.defineProperty(globalThis.navigator, "gpu", { value: create([]), configurable: true });
  acceptShared();
}

/** Dawn's binding takes no views of shared memory, which onnxruntime-web's is: those are copied. */
function acceptShared(): void {
  const { writeBuffer } = GPUQueue.prototype;
  GPUQueue.prototype.writeBuffer = function (this: GPUQueue, buffer, offset, data, ...rest) {
    const shared = data instanceof Uint8Array && !(data.buffer instanceof ArrayBuffer);
    const given = (shared ? data.slice() : data) as GPUAllowSharedBufferSource;
    return writeBuffer.call(this, buffer, offset, given, ...rest);
  };
}
