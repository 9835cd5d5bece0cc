/**
 * What hebb asks of the runtime it lives in. Each adapter beside this file exports exactly these names; `#platform`
 * is the adapter of the runtime that a bundle is for (scripts/bundler.mjs).
 *
 * Adapters import nothing heavy when they load: a page or an edge worker pays for them before its first result.
 */

import type { Picture } from "../core/picture.ts";

/**
 * The WebAssembly builds of the kernels: what most networks need or all, for a memory that threads share or not, relaxed SIMD
 * or not; and what threads share commands by.
 */
export type WasmBuild = `hebb${"" | "-full"}${"" | "-shared"}${"" | "-relaxed"}` | "hebb-team";

/** Files that are loaded when they are needed: builds, and the script of a thread. */
export type Piece = WasmBuild | "thread";

/** What a thread gets to work on. */
export interface ThreadTask {
  readonly kernels: WebAssembly.Module;
  readonly team: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Address of the team's block (assembly/team-block.ts). */
  readonly block: number;
  /** Its number, from 1 on. */
  readonly thread: number;
}

/** What a kernel module can be made from. */
export type WasmSource = URL | BufferSource | WebAssembly.Module;

/** A line in the terminal that shows how far a long job is. */
export interface ProgressBar {
  /** Moves to `value` of the total and shows `note` beside it. */
  update(value: number, note: string): void;
  /** Draws the last state and gives the line back. */
  stop(): void;
}

/** How far a transfer is, in bytes; `total` is null where nobody knows it before the end. */
export interface Progress {
  /** Bytes so far. */
  readonly loaded: number;
  /** Bytes of all. */
  readonly total: number | null;
}

export interface ReadOptions {
  /** Stops reading at once; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called after every piece that arrives. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Where what arrives by the network is kept; whoever hands it in ends it by `finish` or `discard` after a success. */
  readonly shelf?: Shelf | undefined;
}

/** Which version of a file is on its way: the server's mark of it, and its length where it was announced. */
export interface Version {
  readonly validator: string;
  readonly total: number | null;
}

/** The place of one file in a cache. A file is there whole, in part or not at all. */
export interface Shelf {
  /** The whole file, or null. */
  whole(options: ReadOptions): Promise<Uint8Array | null>;
  /** What an interrupted transfer left, to be read to its end; `append` goes on behind it. Null where nothing is left. */
  resume(): Promise<{ readonly version: Version; readonly pieces: AsyncIterable<Uint8Array> } | null>;
  /** Starts the file over. Without a version nothing is left after an interruption. */
  begin(version: Version | null): Promise<void>;
  append(piece: Uint8Array): Promise<void>;
  /** Ends a transfer that was interrupted. */
  pause(): Promise<void>;
  /** Ends a complete transfer: from now on the file is whole. */
  finish(): Promise<void>;
  /** Forgets the file. */
  discard(): Promise<void>;
}

/** Samples from -1 to 1, one array a channel. */
export interface Sound {
  /** Samples of each channel, all of one length. */
  readonly channels: readonly Float32Array[];
  /** Samples a second. */
  readonly sampleRate: number;
}

/** A worker, and the port to it. */
export interface StartedWorker {
  readonly port: MessagePort;
  /** Calls back with why, in words, if the worker ends by itself or never begins. */
  onEnd(listener: (why: string) => void): void;
  /** Whether a process stays for its answers; pages do in any case. */
  hold(stays: boolean): void;
  terminate(): void;
}

export interface Platform {
  /** The runtime's name. */
  readonly runtime: "browser" | "bun" | "deno" | "node" | "workerd";

  /** The bytes at a URL or, where there are files, a path. An interrupted transfer goes on where it stopped. */
  readBytes(source: URL | string, options?: ReadOptions): Promise<Uint8Array>;

  /**
   * `length` bytes from `offset`, or all from there where `length` is null. Reads no more than that where the file or
   * the server allows it. Throws `FormatError` on ranges that reach past the end.
   */
  readRange(source: URL | string, offset: number, length: number | null, options?: ReadOptions): Promise<Uint8Array>;

  /**
   * The file at the relative path `location` beside `source`. Throws `FormatError` where a link leads out of the folder
   * of `source`. Segments of `location` are plain names.
   */
  beside(source: URL | string, location: string): Promise<URL | string>;

  /** True for what `readBytes` fetches by the network, false for local files. */
  isRemote(source: URL | string): boolean;

  /** The place of the file `key` in the cache `name`, or in the runtime's usual one where that is true. */
  shelf(name: URL | string | true, key: string): Promise<Shelf>;

  /** SHA-256 in hexadecimal. */
  sha256(bytes: Uint8Array): Promise<string>;

  /**
   * The pixels of an image file. Throws `FormatError` for bytes that are none, and `UnsupportedError` for formats that
   * nothing here can read.
   */
  decodeImage(bytes: Uint8Array): Promise<Picture>;

  /** A PNG file of a picture. */
  encodePng(picture: Picture): Promise<Uint8Array>;

  /** The samples of a sound file in a format that the runtime knows, at `sampleRate`. */
  decodeAudio(bytes: Uint8Array, sampleRate?: number): Promise<Sound>;

  /** Compiles a kernel module, while it still arrives where the runtime can do so. A module is passed through. */
  compileWasm(source: WasmSource, signal?: AbortSignal): Promise<WebAssembly.Module>;

  /** Where a piece lies when nobody says otherwise: beside the bundle. Null where it cannot be read. */
  wasmUrl(piece: Piece): URL | null;

  /** Whether threads can be started that see one memory. */
  sharesMemory(): boolean;

  /** How many threads run at once. */
  cores(): Promise<number>;

  /**
   * Starts a thread of a script on a task; it does not keep the program alive. `onEnd` hears why it could not start, or has
   * ended. Gives what ends it.
   */
  startThread(script: URL, task: ThreadTask, onEnd: (why: string) => void): Promise<() => void>;

  /** In a thread: hands over its task when it is there. */
  onTask(work: (task: ThreadTask) => void): Promise<void>;

  /** The entry to WebGPU, where the runtime has one. */
  gpu(): GPU | undefined;

  /** Starts the worker of `execution/worker`, from the module that comes with the library or the one at `location`. */
  startWorker(location?: URL): Promise<StartedWorker>;

  /** In a worker: the port to whoever started it. */
  workerPort(): Promise<MessagePort>;

  /** Puts `bytes` in place of the file at `path` at once: a reader finds the old file or the new one, never a part. */
  writeFileAtomic(path: URL | string, bytes: Uint8Array): Promise<void>;

  /** A bar of `total` steps in the terminal, or null where there is no terminal to draw on. */
  progressBar(title: string, total: number): Promise<ProgressBar | null>;
}
