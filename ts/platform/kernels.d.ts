/** The full build of the kernels, deflated, as base64: put in by scripts/bundles.mjs. */
declare module "#kernels" {
  const deflated: string;
  export default deflated;
}
