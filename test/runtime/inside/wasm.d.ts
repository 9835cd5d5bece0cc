/** Kernels that a worker is deployed with. */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
