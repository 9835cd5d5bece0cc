/** Made-up inputs for a model that is run for its speed or its kernels, not for its answers. */
import type { DType } from "../core/dtype.ts";
import { UnsupportedError } from "../core/errors.ts";
import type { Feed, Session, ValueDescription } from "../formats/onnx/index.ts";
import { rand, zeros } from "../tensor/create.ts";
import { type Arguments, UsageError } from "./command.ts";

/** Random numbers for floats, ones for masks and zeros for everything else. */
export async function standInFeeds(session: Session, args: Arguments): Promise<Record<string, Feed>> {
  const shapes = shapesOf(args);
  const feeds = session.inputs.map(({ name, kind, dtype, shape }): [string, Feed] => {
    const sizes = shapes[name] ?? sizesOf({ name, kind, dtype, shape });
    if (kind !== "tensor" || dtype === undefined || dtype === "string") {
      throw new UnsupportedError(`hebb: cannot make values for input "${name}": it is no tensor of numbers`);
    }
    return [name, dtype.startsWith("float") ? rand(sizes).to(dtype as DType) : zeros(sizes, { dtype })];
  });
  return Object.fromEntries(feeds);
}

function sizesOf({ name, shape }: ValueDescription): number[] {
  if (shape === undefined)
    throw new UnsupportedError(`hebb: cannot choose a shape for "${name}": wanted --shape ${name}=…`);
  return shape.map((size) => (typeof size === "number" ? size : 1));
}

/** The shapes of the option `shape`. */
export function shapesOf({ values }: Arguments): Record<string, number[]> {
  const text = values["shape"];
  if (text === undefined) return {};
  return Object.fromEntries(
    String(text)
      .split(",")
      .map((part) => {
        const at = part.lastIndexOf("=");
        const sizes = part.slice(at + 1).split("x");
        if (at > 0 && sizes.every((size) => /^\d+$/.test(size))) return [part.slice(0, at), sizes.map(Number)];
        throw new UsageError(`--shape: cannot use ${part}: wanted a name, = and sizes with x between`);
      }),
  );
}
