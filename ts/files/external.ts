/**
 * Data that a model keeps in files beside it.
 *
 * A location is a relative path of plain names. What would lead elsewhere (absolute paths, "..", drives, other schemes,
 * links out of the folder) is refused before anything is opened. Ranges that are asked for in one turn and lie close
 * together in one file are read at once; each result is then a view on their common buffer.
 */
import { beside, isRemote, readRange } from "#platform";
import { FormatError } from "../core/errors.ts";
import { nameOf, readSource, type Source, type SourceOptions } from "./source.ts";

/** Ranges with at most this many bytes between them are read together, up to this many in all. */
const GAP = 64 * 2 ** 10;
const LARGEST_RUN = 2 ** 30;

/** Files by their location, in place of those beside the model. */
export type ExternalFiles = Readonly<Record<string, Uint8Array | ArrayBuffer | Blob>>;

/** Reads parts of the files beside a model. */
export interface ExternalReader {
  /**
   * `length` bytes of a file from `offset`, or all from there where `length` is null. Throws `FormatError` for locations
   * that are not allowed and for ranges that reach past the end.
   */
  read(location: string, offset: number, length: number | null): Promise<Uint8Array>;
}

/** A reader of the files beside `model`; those in `files` come from there. */
export function externalReader(model: Source, files: ExternalFiles = {}, options: SourceOptions = {}): ExternalReader {
  const base = nameOf(model);
  const open = new Map<string, ExternalFile>();
  return {
    async read(location, offset, length) {
      if (
        !Number.isSafeInteger(offset) ||
        offset < 0 ||
        (length !== null && !(Number.isSafeInteger(length) && length >= 0))
      ) {
        throw refuse(location, `the range of ${length} bytes from ${offset} is none`, "whole numbers from 0");
      }
      let file = open.get(location);
      if (file === undefined) {
        file = new ExternalFile(location, opener(location, base, files, options));
        open.set(location, file);
      }
      return file.read(offset, length);
    },
  };
}

type ReadRange = (offset: number, length: number | null) => Promise<Uint8Array>;

/** How ranges of a file are read; the file is looked for when the first is. */
function opener(
  location: string,
  base: string | undefined,
  files: ExternalFiles,
  options: SourceOptions,
): () => Promise<ReadRange> {
  const { signal, onProgress, cache = false } = options;
  return async () => {
    const given = Object.hasOwn(files, location) ? files[location] : undefined;
    if (given !== undefined) return rangesOf(location, given instanceof ArrayBuffer ? new Uint8Array(given) : given);
    check(location);
    if (base === undefined) {
      throw refuse(location, "the model has no place that it could lie beside", "its bytes in the option externalData");
    }
    const place = await beside(base, location);
    if (cache === false || !isRemote(place))
      return (offset, length) => readRange(place, offset, length, { signal, onProgress });
    return rangesOf(location, await readSource(place, { signal, onProgress, cache }));
  };
}

function rangesOf(location: string, data: Uint8Array | Blob): ReadRange {
  const size = data instanceof Blob ? data.size : data.length;
  return async (offset, length) => {
    const end = length === null ? size : offset + length;
    if (offset > end || end > size) {
      throw refuse(location, `bytes ${offset}…${end} reach past its ${size}`, "a range within it");
    }
    return data instanceof Blob
      ? new Uint8Array(await data.slice(offset, end).arrayBuffer())
      : data.subarray(offset, end);
  };
}

/** Throws unless a location is a path of plain names that stays in its folder. */
function check(location: string): void {
  const plain = location !== "" && location.split("/").every((name) => name !== "" && name !== "." && name !== "..");
  // A backslash parts names on Windows, a colon follows a drive or a scheme.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a path ends at a zero byte for the system
  if (plain && !/[\\:\u0000]/.test(location)) return;
  throw refuse(location, "the path could leave the model's folder", "a relative path without . and ..");
}

function refuse(location: string, state: string, wanted: string): FormatError {
  return new FormatError(`externalData: cannot read ${JSON.stringify(location)}: ${state}, wanted ${wanted}`);
}

interface Request {
  readonly offset: number;
  readonly length: number | null;
  readonly resolve: (bytes: Uint8Array | Promise<Uint8Array>) => void;
}

/** One file and the ranges of it that were asked for in this turn. */
class ExternalFile {
  readonly #location: string;
  readonly #open: () => Promise<ReadRange>;
  #ranges: Promise<ReadRange> | null = null;
  #asked: Request[] = [];

  constructor(location: string, open: () => Promise<ReadRange>) {
    this.#location = location;
    this.#open = open;
  }

  read(offset: number, length: number | null): Promise<Uint8Array> {
    return new Promise((resolve) => {
      this.#asked.push({ offset, length, resolve });
      if (this.#asked.length === 1) queueMicrotask(() => this.#flush());
    });
  }

  #flush(): void {
    const asked = this.#asked.sort((a, b) => a.offset - b.offset);
    this.#asked = [];
    this.#ranges ??= this.#open();
    for (let i = 0; i < asked.length; ) {
      const first = asked[i] as Request;
      let end = endOf(first);
      let next = i + 1;
      for (; next < asked.length; next++) {
        const { offset } = asked[next] as Request;
        const further = Math.max(end, endOf(asked[next] as Request));
        if (offset > end + GAP || (further > end && further - first.offset > LARGEST_RUN)) break;
        end = further;
      }
      const run = asked.slice(i, next);
      const bytes = this.#ranges.then((read) => read(first.offset, Number.isFinite(end) ? end - first.offset : null));
      for (const { offset, length, resolve } of run) {
        resolve(bytes.then((all) => this.#part(all, offset - first.offset, length)));
      }
      i = next;
    }
  }

  #part(bytes: Uint8Array, start: number, length: number | null): Uint8Array {
    const end = length === null ? bytes.length : start + length;
    if (start <= end && end <= bytes.length) return bytes.subarray(start, end);
    throw refuse(this.#location, `bytes ${start}…${end} reach past its ${bytes.length}`, "a range within it");
  }
}

function endOf({ offset, length }: Request): number {
  return length === null ? Number.POSITIVE_INFINITY : offset + length;
}
