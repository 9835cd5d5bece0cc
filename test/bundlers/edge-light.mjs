// Runs an edge function in Vercel's runtime: edge-light.mjs <bundle> <kernels> <url>…; prints the answers as JSON.

import { readFileSync } from "node:fs";
import { EdgeVM } from "@edge-runtime/vm";

const [bundle, kernels, ...urls] = process.argv.slice(2);
const vm = new EdgeVM({
  codeGeneration: { strings: false, wasm: false },
  extend: (context) => Object.assign(context, { wasm_kernels: new WebAssembly.Module(readFileSync(kernels)) }),
});
vm.evaluate("globalThis.module = { exports: {} };");
vm.evaluate(readFileSync(bundle, "utf8"));
const answers = [];
for (const url of urls) {
  const response = await vm.evaluate(`module.exports.default.fetch(new Request(${JSON.stringify(url)}))`);
  answers.push({ status: response.status, body: await response.json() });
}
console.log(JSON.stringify(answers));
