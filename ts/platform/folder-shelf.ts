/**
 * A cache in a folder, for the runtimes that have `node:fs`.
 *
 *     <key>                  the whole file
 *     <key>.<version>.part   its first bytes, as they arrived
 *     <key>.version.json     the version they are of
 *
 * A part is named after its version and never shortened, so two processes that download the same file write the same
 * bytes to the same places, and whichever is first renames it.
 */
import type { FileHandle } from "node:fs/promises";
import { piecesOf, readFileBytes } from "./file-bytes.ts";
import type { ReadOptions, Shelf, Version } from "./platform.ts";

/** The place of the file `key` in a folder, or in the user's cache folder. */
export async function folderShelf(name: URL | string | true, key: string): Promise<Shelf> {
  const { mkdir } = await import("node:fs/promises");
  const { join } = await import("node:path");
  const { fileURLToPath } = await import("node:url");
  const folder = name === true ? await usualFolder() : name instanceof URL ? fileURLToPath(name) : name;
  await mkdir(folder, { recursive: true });
  return new FolderShelf(join(folder, key));
}

async function usualFolder(): Promise<string> {
  const { homedir } = await import("node:os");
  const { join } = await import("node:path");
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  return join(XDG_CACHE_HOME ?? LOCALAPPDATA ?? join(homedir(), ".cache"), "hebb");
}

class FolderShelf implements Shelf {
  readonly #path: string;
  #part = "";
  #kept = false;
  #file: FileHandle | null = null;
  #size = 0;

  constructor(path: string) {
    this.#path = path;
  }

  async whole(options: ReadOptions): Promise<Uint8Array | null> {
    return readFileBytes(this.#path, options).catch(absent);
  }

  async resume(): Promise<{ version: Version; pieces: AsyncIterable<Uint8Array> } | null> {
    const { readFile } = await import("node:fs/promises");
    const text = await readFile(this.#record, "utf8").catch(absent);
    const version = text === null ? null : parseVersion(text);
    if (version === null) return null;
    await this.#open(version);
    return { version, pieces: this.#pieces() };
  }

  async begin(version: Version | null): Promise<void> {
    await this.pause();
    if (version !== null) {
      const { writeFile } = await import("node:fs/promises");
      await writeFile(this.#record, JSON.stringify(version));
    }
    await this.#open(version);
  }

  async append(piece: Uint8Array): Promise<void> {
    for (let done = 0; done < piece.length; ) {
      const { bytesWritten } = await this.#file!.write(piece, done, piece.length - done, this.#size);
      done += bytesWritten;
      this.#size += bytesWritten;
    }
  }

  async pause(): Promise<void> {
    if (this.#file === null) return;
    await this.#close();
    if (!this.#kept) await remove(this.#part);
  }

  async finish(): Promise<void> {
    const { rename } = await import("node:fs/promises");
    if (this.#file === null) return;
    await this.#file.truncate(this.#size);
    await this.#file.sync();
    await this.#close();
    await rename(this.#part, this.#path).catch(absent); // Another process may have been first.
    await remove(this.#record);
  }

  async discard(): Promise<void> {
    await this.#close();
    for (const path of [this.#part, this.#record, this.#path]) if (path !== "") await remove(path);
  }

  get #record(): string {
    return `${this.#path}.version.json`;
  }

  async *#pieces(): AsyncIterable<Uint8Array> {
    for await (const piece of piecesOf(this.#file!)) {
      this.#size += piece.length;
      yield piece;
    }
  }

  async #open(version: Version | null): Promise<void> {
    const { constants, open } = await import("node:fs/promises");
    const { createHash } = await import("node:crypto");
    const hash = createHash("sha256").update(version?.validator ?? "");
    this.#kept = version !== null;
    this.#part = `${this.#path}.${version === null ? crypto.randomUUID() : hash.digest("hex").slice(0, 16)}.part`;
    this.#file = await open(this.#part, constants.O_RDWR | constants.O_CREAT);
    this.#size = 0;
  }

  async #close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
  }
}

/** Null for a file that is not there; other errors go on. */
function absent(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}

async function remove(path: string): Promise<void> {
  const { rm } = await import("node:fs/promises");
  await rm(path, { force: true });
}

/** The record of a version, null if it is none: a process may have ended while writing it. */
function parseVersion(text: string): Version | null {
  try {
    const { validator, total } = JSON.parse(text) as Version;
    const fits = typeof validator === "string" && (total === null || Number.isSafeInteger(total));
    return fits ? { validator, total } : null;
  } catch {
    return null;
  }
}
