/** Commands and their arguments: a table of options a command, from which both parsing and help come. */
import { type ParseArgsConfig, parseArgs } from "node:util";

export interface Option {
  readonly type: "string" | "boolean";
  /** One letter. */
  readonly short?: string;
  /** What the value is, as help shows it: `file`, `number` … */
  readonly value?: string;
  readonly help: string;
}

export interface Arguments {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly signal: AbortSignal;
}

export interface Command {
  /** Arguments that are no options, as help shows them. */
  readonly usage: string;
  readonly summary: string;
  /** Least and most arguments that are no options. */
  readonly positionals: readonly [least: number, most: number];
  readonly options: Readonly<Record<string, Option>>;
  run(args: Arguments): Promise<void>;
}

/** Arguments that no command takes; the command line ends with status 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** The arguments of a command. */
export function parse(name: string, command: Command, args: readonly string[], signal: AbortSignal): Arguments {
  const options: NonNullable<ParseArgsConfig["options"]> = {};
  for (const [option, { type, short }] of Object.entries(command.options)) {
    options[option] = short === undefined ? { type } : { type, short };
  }
  try {
    const { positionals, values } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [least, most] = command.positionals;
    if (positionals.length >= least && positionals.length <= most) {
      return { positionals, values: values as Arguments["values"], signal };
    }
  } catch (error) {
    throw new UsageError(`${name}: cannot read the arguments: ${(error as Error).message}`, { cause: error });
  }
  throw new UsageError(`${name}: cannot read the arguments: wanted hebb ${name} ${command.usage}`);
}

/** The help of a command. */
export function helpOf(name: string, { usage, summary, options }: Command): string {
  const rows = Object.entries(options).map(([option, { short, value, help }]) => {
    const flags = `${short === undefined ? "    " : `-${short}, `}--${option}${value === undefined ? "" : ` <${value}>`}`;
    return [`  ${flags}`, help];
  });
  return [`hebb ${name} ${usage}`, "", summary, "", columns(rows)].join("\n");
}

/** Rows of cells below each other; `right` names the columns of numbers. */
export function columns(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return rows
    .map((row) =>
      row
        .map((cell, i) => (right.includes(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** A number from an option, or the fallback. Throws `UsageError` for text that is none. */
export function numberOf({ values }: Arguments, name: string, fallback: number): number {
  const text = values[name];
  if (text === undefined) return fallback;
  const value = Number(text);
  if (text !== "" && Number.isFinite(value)) return value;
  throw new UsageError(`--${name}: cannot use ${text}: wanted a number`);
}

/** A list of numbers from an option, separated by commas. */
export function numbersOf({ values }: Arguments, name: string): number[] | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const list = String(text).split(",").map(Number);
  if (list.every(Number.isFinite)) return list;
  throw new UsageError(`--${name}: cannot use ${text}: wanted numbers with commas between`);
}

/** One of a few words from an option. */
export function choiceOf<T extends string>({ values }: Arguments, name: string, choices: readonly T[]): T | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new UsageError(`--${name}: cannot use ${text}: wanted ${choices.join(" or ")}`);
}
