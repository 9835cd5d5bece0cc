/**
 * Where a page's kernels, threads and workers lie: beside this file, which stays one of its own in dist/ so that bundlers find
 * them there whoever imports it, and so that those who leave the expressions as they are want them beside their output.
 */
export { buildUrl } from "./builds.ts";

export const threadUrl = (): URL => new URL("../../dist/thread.js", import.meta.url);

export const workerUrl = (): URL => new URL("../../dist/worker.js", import.meta.url);
