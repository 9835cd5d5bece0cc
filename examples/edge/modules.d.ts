/** What wrangler makes of files that a worker imports: modules of WebAssembly and bytes (wrangler.toml says which). */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

declare module "*.safetensors" {
  const bytes: ArrayBuffer;
  export default bytes;
}

declare module "*.onnx" {
  const bytes: ArrayBuffer;
  export default bytes;
}
