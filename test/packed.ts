/** The package as npm would publish it: the archive, what lies in it, and projects that have it installed. */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../scripts/build.mjs";

export interface Packed {
  /** Path of the archive. */
  readonly archive: string;
  /** Bytes of the archive. */
  readonly size: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** Packs what is built. */
export function pack(folder: string): Packed {
  const { stdout, stderr, status } = spawnSync(
    "npm",
    ["pack", "--json", "--ignore-scripts", "--pack-destination", folder],
    { cwd: root, encoding: "utf8", shell: process.platform === "win32" },
  );
  if (status !== 0) throw new Error(`npm pack ended with ${status}:\n${stderr}`);
  // npm 10 and 11 print a list, later ones an object by name.
  const printed = JSON.parse(stdout) as Record<string, Omit<Packed, "archive"> & { readonly filename: string }>;
  const [packed] = Object.values(printed);
  if (packed === undefined) throw new Error("npm pack printed nothing");
  const { filename, size, files } = packed;
  return { archive: join(folder, filename), size, files };
}

/** Lays the package out in a project as npm would, without what it depends on. */
export function unpack({ archive }: Packed, project: string): void {
  const installed = join(project, "node_modules/hebb");
  mkdirSync(installed, { recursive: true });
  const { status } = spawnSync("tar", ["-xzf", archive, "--strip-components=1", "-C", installed]);
  if (status !== 0) throw new Error(`tar ended with ${status}`);
}
