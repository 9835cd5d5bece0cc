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

/** The package of jpeg/, which is installed on its own. */
declare module "jpeg-js" {
  interface DecodeOptions {
    readonly useTArray: boolean;
    readonly formatAsRGBA: boolean;
    readonly tolerantDecoding: boolean;
    readonly maxMemoryUsageInMB: number;
  }
  export function decode(
    file: Uint8Array,
    options: DecodeOptions,
  ): { readonly width: number; readonly height: number; readonly data: Uint8Array };
}
