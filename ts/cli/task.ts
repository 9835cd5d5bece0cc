/** What `hebb run` does with a kind of model. The first task that fits a session and an input file is taken. */
import type { Result, Session } from "../formats/onnx/index.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Arguments } from "./command.ts";

export interface Job {
  readonly session: Session;
  /** Path or URL of the input file. */
  readonly input: string;
  readonly args: Arguments;
  /** Names of classes, of the option `labels`. */
  readonly labels: readonly string[] | undefined;
}

export interface Report {
  /** What is shown. */
  readonly text: string;
  /** What is written, beside the input unless the option `out` says where: bytes, and the end of the name. */
  readonly file?: { readonly bytes: Uint8Array; readonly ending: string };
}

export interface Task {
  readonly name: string;
  /** What the input file is. */
  readonly takes: "picture" | "sound" | "values";
  fits(session: Session): boolean;
  run(job: Job): Promise<Report>;
}

/** The shape of an output or input with open sizes as null; undefined where there is none of that name. */
export function shapeOf(values: Session["inputs"], name: string): (number | null)[] | undefined {
  const found = values.find((value) => value.name === name);
  return found?.shape?.map((size) => (typeof size === "number" ? size : null));
}

/** The numbers of an output. */
export async function valuesOf(results: Readonly<Record<string, Result>>, name: string): Promise<Float32Array> {
  const result = results[name];
  if (!(result instanceof Tensor)) throw new Error(`run: cannot read output "${name}": it is no tensor`);
  return (await result.to("float32").data()) as Float32Array;
}
