/** In Node, Deno and Bun: a call a line on standard input, an answer a line on standard output. */
import process from "node:process";
import { createInterface } from "node:readline";
import { answer } from "./suites.ts";

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
