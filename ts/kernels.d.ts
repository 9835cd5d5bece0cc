/** A build of the kernels where WebAssembly is imported as a module: in edge workers. */
declare const kernels: WebAssembly.Module;
export default kernels;
