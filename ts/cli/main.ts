#!/usr/bin/env node
/** The `hebb` command. Errors are one line on standard error; status 1 after an error, 2 after wrong arguments. */
import { bench } from "./bench.ts";
import { type Command, columns, helpOf, parse, UsageError } from "./command.ts";
import { inspect } from "./inspect.ts";
import { run } from "./run.ts";

const commands: Readonly<Record<string, Command>> = { inspect, run, bench };

function overview(): string {
  const rows = Object.entries(commands).map(([name, { usage, summary }]) => [`  hebb ${name} ${usage}`, summary]);
  return [
    "hebb: ONNX models at the command line",
    "",
    columns(rows),
    "",
    "hebb <command> --help lists a command's options.",
  ].join("\n");
}

async function main([name, ...args]: readonly string[]): Promise<void> {
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    console.log(overview());
    if (name === undefined) process.exitCode = 2;
    return;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    throw new UsageError(`hebb: cannot run ${name}: wanted ${Object.keys(commands).join(", ")} or --help`);
  }
  if (args.includes("--help") || args.includes("-h")) {
    console.log(helpOf(name, command));
    return;
  }
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort(new Error("hebb: cannot go on: it was interrupted")));
  await command.run(parse(name, command, args, controller.signal));
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const { message } = error instanceof Error ? error : new Error(String(error));
  console.error(message.replace(/\s+/g, " "));
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
