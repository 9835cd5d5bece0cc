/** Errors on their way out of a worker: the same class and message there, and a stack that leads to who asked. */
import * as errors from "../../core/errors.ts";

export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

type ErrorClass = new (message: string, options?: ErrorOptions) => Error;

const classes: Readonly<Record<string, ErrorClass>> = { ...errors, RangeError, TypeError };

export function toWire(error: unknown): WireError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), stack: "" };
  const { name, message, stack = "" } = error;
  return { name, message, stack };
}

/** The error for whoever asked where `asked` was made; its cause is what happened in the worker. */
export function fromWire({ name, message, stack }: WireError, asked: Error): Error {
  const cause = Object.assign(new Error(message), { name, stack });
  const error = new (classes[name] ?? Error)(message, { cause });
  if (classes[name] === undefined) error.name = name;
  // Engines that begin a stack with the message do so for this one too.
  const heads = asked.stack?.startsWith("Error") === true;
  const frames = heads ? asked.stack?.replace(/^Error[^\n]*/, `${name}: ${message}`) : asked.stack;
  error.stack = frames ?? error.stack ?? "";
  return error;
}
