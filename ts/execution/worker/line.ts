/**
 * Requests to a worker and their answers, over a message port: both ends.
 *
 *     { id, method, message } ─►          ◄─ { id, value | error, lost }
 *
 * Requests are started in the order in which they are made. When the worker ends, all that are open are rejected. What an
 * answer brings is transferred; what a request brings is transferred as far as the asker says so.
 */
import { DeviceError } from "../../core/errors.ts";
import type { StartedWorker } from "../../platform/platform.ts";
import { fromWire, toWire, type WireError } from "./wire-error.ts";

interface Request {
  readonly id: number;
  readonly method: string;
  readonly message: unknown;
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: WireError;
  /** Why the worker's device can run nothing any more; null while it can. */
  readonly lost: string | null;
}

interface Open {
  readonly method: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  /** Made where the request was: its stack leads to the caller. */
  readonly asked: Error;
}

/** What a worker answers: a promise, or a value, for the message of every method. */
export type Methods = Readonly<Record<string, (message: never) => unknown>>;

type Reply<M> = M extends (message: never) => infer R ? Awaited<R> : never;
type Message<M> = M extends (message: infer A) => unknown ? A : never;

/** The asking end. */
export class Line<M extends Methods> {
  readonly #worker: StartedWorker;
  readonly #open = new Map<number, Open>();
  #requests = 0;
  #lost: string | null = null;

  constructor(worker: StartedWorker) {
    this.#worker = worker;
    worker.port.onmessage = ({ data }: MessageEvent<Answer>) => this.#hear(data);
    worker.onEnd((why) => this.#end(`the worker ended (${why})`));
    worker.hold(false);
  }

  /** Why nothing can be asked any more, in words; null while it can. */
  get lost(): string | null {
    return this.#lost;
  }

  /** Whether answers are awaited. */
  get busy(): boolean {
    return this.#open.size > 0;
  }

  ask<K extends keyof M & string>(
    method: K,
    message: Message<M[K]>,
    transfer: Transferable[] = [],
  ): Promise<Reply<M[K]>> {
    const asked = traced();
    if (this.#lost !== null) return Promise.reject(this.#failure(method));
    return new Promise((resolve, reject) => {
      const id = ++this.#requests;
      if (this.#open.size === 0) this.#worker.hold(true);
      this.#open.set(id, { method, resolve: resolve as Open["resolve"], reject, asked });
      this.#worker.port.postMessage({ id, method, message } satisfies Request, transfer);
    });
  }

  /** Ends the worker. */
  close(): void {
    this.#end("the worker was ended");
  }

  #hear({ id, value, error, lost }: Answer): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#open.delete(id);
    this.#lost ??= lost;
    if (error === undefined) open.resolve(value);
    else open.reject(fromWire(error, open.asked));
    if (this.#open.size > 0) return;
    this.#worker.hold(false);
    if (this.#lost !== null) this.#worker.terminate();
  }

  #end(why: string): void {
    this.#lost ??= why;
    this.#worker.terminate();
    for (const { method, reject, asked } of this.#open.values()) reject(fromWire(toWire(this.#failure(method)), asked));
    this.#open.clear();
  }

  #failure(method: string): DeviceError {
    return new DeviceError(`worker: cannot ${method}: ${this.#lost}`);
  }
}

/** An error whose stack goes on to the caller, past what lies between. */
function traced(): Error {
  const limits = Error as { stackTraceLimit?: number };
  const limit = limits.stackTraceLimit;
  if (limit !== undefined) limits.stackTraceLimit = limit + 10;
  const error = new Error();
  if (limit !== undefined) limits.stackTraceLimit = limit;
  return error;
}

/** The answering end. `lost` tells of the device after every request. */
export function answer(port: MessagePort, methods: Methods, lost: () => string | null): void {
  port.onmessage = async ({ data: { id, method, message } }: MessageEvent<Request>) => {
    let reply: Answer;
    try {
      const value = await (methods[method] as (message: unknown) => unknown)(message);
      reply = { id, value, lost: lost() };
    } catch (error) {
      reply = { id, error: toWire(error), lost: lost() };
    }
    port.postMessage(reply, buffersOf(reply.value));
  };
}

/** The memory of the arrays in a reply's list `values`, and of a reply that is one. */
function buffersOf(value: unknown): Transferable[] {
  const list = ArrayBuffer.isView(value)
    ? [value]
    : ((value as { values?: unknown[] } | null | undefined)?.values ?? []);
  return [...new Set(list.flatMap((each) => (ArrayBuffer.isView(each) ? [each.buffer as ArrayBuffer] : [])))];
}
