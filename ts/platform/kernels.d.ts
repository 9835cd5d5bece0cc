/** The full build of the kernels, deflated, as base64: put in by scripts/build.mjs. */
declare module "#kernels" {
  const deflated: string;
  export default deflated;
}
