/** The contract that every engine under test keeps: it starts with the functions of inside/suites.ts in it, and answers calls of them. */
import type { Answer, Call } from "./inside/suites.ts";

export interface Engine {
  /** Its name for itself. */
  readonly version: string;
  /** Makes a call; rejects where the engine is gone. */
  call(call: Call): Promise<Answer>;
  /** Ends it, whatever it is doing. */
  close(): Promise<void>;
}

/** Where engines find what they load: a server with the bundles, the kernels and the data. */
export interface Source {
  /** Its address without a slash at its end. */
  readonly url: string;
  /** A folder for files of engines that start from files. */
  readonly folder: string;
}

export interface EngineKind {
  /** Why it cannot start on this system, or null. */
  missing(): Promise<string | null>;
  open(source: Source): Promise<Engine>;
}

/** Milliseconds that a call may take. */
export const callLimit = 1_800_000;
