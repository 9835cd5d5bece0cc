/** A shader imported as its text; the bundler and the test runner load it so. */
declare module "*.wgsl" {
  const text: string;
  export default text;
}
