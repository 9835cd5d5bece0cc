/**
 * The rooms of ts/ and which room may import which (docs/architecture.md). Imports point one way; rooms on one level are
 * siblings and do not see each other. Type imports count.
 */
import { tables } from "../scripts/entries.mjs";

/** Rooms by level, the lowest first. A room may import rooms on lower levels. */
export const levels: readonly (readonly string[])[] = [
  ["core"],
  ["graph"],
  ["ops"],
  ["autograd"],
  ["compiler"],
  ["device", "files"],
  ["execution"],
  ["tensor"],
  ["nn", "optim", "data", "forest", "formats", "text", "vision", "audio"],
  ["train"],
  ["index", "cli"],
  ["inline"],
];

/** Adapters of the runtime: see only core, seen by device and above. */
const platform = "platform";
const lowestUserOfPlatform = "device";

/** Parts of a room that never see each other. */
const strangers: readonly (readonly [string, string])[] = [["ts/device/wasm/", "ts/device/webgpu/"]];

/** One import: both ends are paths from the repository's root. */
export interface Edge {
  readonly from: string;
  readonly to: string;
}

/** The room of a file: the folder under ts/, "index" for the package's entry, null outside ts/. */
export function room(path: string): string | null {
  if (!path.startsWith("ts/")) return null;
  const [, first = "", rest] = path.split("/");
  return rest === undefined ? first.replace(/\.ts$/, "") : first;
}

function level(name: string): number {
  return levels.findIndex((rooms) => rooms.includes(name));
}

/** Why an import is not allowed, or null if it is. */
export function offence({ from, to }: Edge): string | null {
  const here = room(from);
  if (here === null) return null;
  if (to.startsWith("assembly/")) {
    return tables.includes(to) ? null : `${from} imports ${to}: it is no table of constants (scripts/entries.mjs)`;
  }
  if (to.startsWith("shaders/")) {
    return from.startsWith("ts/device/webgpu/") ? null : `${from} imports ${to}: only the webgpu device reads shaders`;
  }
  const there = room(to);
  if (there === null) return `${from} imports ${to}: outside ts/`;
  for (const [a, b] of strangers) {
    if ((from.startsWith(a) && to.startsWith(b)) || (from.startsWith(b) && to.startsWith(a))) {
      return `${from} imports ${to}: the two never import each other`;
    }
  }
  if (here === there) return null;
  if (here === platform) return there === "core" ? null : `${from} imports ${to}: platform sees only core`;
  if (level(here) < 0) return `${from}: the room ${here} has no level, wanted a row in test/layers.ts`;
  if (there === platform) {
    return level(here) >= level(lowestUserOfPlatform)
      ? null
      : `${from} imports ${to}: platform is seen from ${lowestUserOfPlatform} upwards`;
  }
  if (level(there) < 0) return `${to}: the room ${there} has no level, wanted a row in test/layers.ts`;
  if (level(there) < level(here)) return null;
  return level(there) === level(here)
    ? `${from} imports ${to}: ${here} and ${there} are siblings`
    : `${from} imports ${to}: ${there} lies above ${here}`;
}

/** Every cycle of imports, each once, as the files along it. */
export function cycles(edges: readonly Edge[]): string[][] {
  const next = new Map<string, string[]>();
  for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to]);
  const found: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    const start = path.indexOf(file);
    if (start >= 0) {
      found.push(path.slice(start));
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const to of next.get(file) ?? []) visit(to);
    path.pop();
    done.add(file);
  };
  for (const file of next.keys()) visit(file);
  return found;
}
