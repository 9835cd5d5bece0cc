/** hebb in one file, its kernels and every entry inside: for places where a second file is a burden. */
export * as audio from "./audio/index.ts";
export * as onnx from "./formats/onnx/index.ts";
export * as safetensors from "./formats/safetensors.ts";
export * from "./index.ts";
export * as vision from "./vision/index.ts";
