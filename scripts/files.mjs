// The repository's files, for the scripts that make some from others.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository. */
export const root = fileURLToPath(new URL("..", import.meta.url));
/** A path from there. */
export const at = (...path) => join(root, ...path);

/** Every file under `folder`, as a path from the root, in order. */
export function files(folder, keep = () => true) {
  if (!existsSync(at(folder))) return [];
  return readdirSync(at(folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
    .filter(keep)
    .sort();
}

/** A hash of the names and contents of files. */
export function digest(inputs) {
  const hash = createHash("sha256");
  for (const path of inputs)
    hash
      .update(path)
      .update("\0")
      .update(readFileSync(at(path)))
      .update("\0");
  return hash.digest("hex");
}

/** Writes a file beside its place and renames it, so that nobody reads half of it. */
export function replace(path, bytes) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}.tmp`, bytes);
  renameSync(`${path}.${process.pid}.tmp`, path);
}
