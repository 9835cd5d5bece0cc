/** Cases of the ONNX suites on disk. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Session } from "../../../ts/formats/onnx/index.ts";
import { checkCase, type ToleranceOf } from "./suite.ts";

/** The case folders of a suite, by name. */
export function casesOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, "model.onnx")))
    .sort();
}

/** The paths of a case's files in its folder. */
export function pathsOf(folder: string): string[] {
  const sets = readdirSync(folder).filter((name) => name.startsWith("test_data_set_"));
  return ["model.onnx", ...sets.flatMap((set) => readdirSync(join(folder, set)).map((name) => `${set}/${name}`))];
}

/** Runs every data set of a case; throws at the first result that differs. */
export function runCase(folder: string, tolerance?: ToleranceOf): Promise<Session> {
  const files = pathsOf(folder).map((path) => [path, new Uint8Array(readFileSync(join(folder, path)))] as const);
  return checkCase(new Map(files), tolerance);
}
