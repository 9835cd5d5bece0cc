// The peers' packages live in a folder of their own and may be absent; each contestant declares the part that it uses.
declare module "@jax-js/jax";
declare module "@tensorflow/tfjs";
declare module "@tensorflow/tfjs-backend-cpu";
declare module "@tensorflow/tfjs-backend-wasm";
declare module "@tensorflow/tfjs-backend-webgpu";
declare module "@tensorflow/tfjs-core";
declare module "onnxruntime-node";
declare module "onnxruntime-web";
declare module "onnxruntime-web/wasm";
declare module "onnxruntime-web/webgpu";
declare module "webgpu";
