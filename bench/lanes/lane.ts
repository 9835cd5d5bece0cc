/** A contestant as the driver sees it: one process or page that answers requests, one at a time. */
import type { Name } from "../contestants/index.ts";
import type { Answer, Request } from "../hosts/protocol.ts";

export interface Lane {
  readonly name: Name;
  /** True once it was closed or has failed. */
  readonly closed: boolean;
  ask(request: Request): Promise<Answer>;
  close(): Promise<void>;
}

/** A place where contestants run: Node, Chromium. */
export interface Engine {
  /** What it is called in tables, with its version. */
  readonly title: string;
  /** Whether it has relaxed SIMD; without, hebb's two builds are one. */
  readonly relaxed: boolean;
  open(name: Name): Promise<Lane>;
  close(): Promise<void>;
}

/** An answer, or an error that says the lane kept silent for too long. */
export function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no answer within ${ms / 1000} s`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Longest that one request may take. */
export const patience = 120_000;
