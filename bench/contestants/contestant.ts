/** What a contestant is: something that prepares a piece of work and then does it as often as it is asked. */
import type { Work } from "../work.ts";

export interface Job {
  /** Does the work once, as a user's program would, up to where the result can be used. */
  once(): unknown;
  /** Runs the work until it is what it will be; awaited once, after the result and before anything is timed. */
  settle?(): Promise<void>;
  /** What the work gives, in the layout of {@link Work}; for training the losses of the next three steps. */
  result(): Promise<ArrayLike<number>>;
  /** Gives everything back. */
  release(): void | Promise<void>;
}

export interface Contestant {
  /** Throws {@link Unable} for work that this runtime cannot do. */
  prepare(work: Work): Promise<Job>;
}

/** Where hebb and the peers' binaries lie, as seen from the contestant's process. */
export interface Places {
  /** hebb's entry, as a URL. */
  readonly hebb: string;
  /** The same in pages without a bundler's work. */
  readonly plain?: string;
  /** Folder of the peers' .wasm files, as a URL with a slash at its end; null where the peer finds them itself. */
  readonly peers: string | null;
  /** Folder of the shared data with a slash at its end, as a URL in pages and as a path in Node. */
  readonly data: string;
}

/** Starts a contestant; its packages are imported here and not before. */
export type Start = (places: Places) => Promise<Contestant>;

export class Unable extends Error {
  override readonly name = "Unable";
}
