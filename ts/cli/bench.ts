/** `hebb bench`: how fast a model runs, and where the time goes. */
import type { DType } from "../core/dtype.ts";
import { UnsupportedError } from "../core/errors.ts";
import type { Feed, Session, ValueDescription } from "../formats/onnx/index.ts";
import { rand, zeros } from "../tensor/create.ts";
import { type Arguments, type Command, columns, numberOf } from "./command.ts";
import { amount, shapesOf } from "./inspect.ts";
import { loadModel, modelOptions } from "./model.ts";

export const bench: Command = {
  usage: "<model>",
  summary: "time to load, of the first run and of the median run, and the time of every kind of kernel",
  positionals: [1, 1],
  options: {
    ...modelOptions,
    shape: {
      type: "string",
      short: "s",
      value: "name=1x3x224x224,…",
      help: "sizes of inputs that leave some open; 1 by default",
    },
    runs: { type: "string", short: "n", value: "number", help: "runs that are measured; 20 by default" },
    json: { type: "boolean", help: "the same as JSON" },
  },
  async run(args) {
    const begin = performance.now();
    const session = await loadModel(args);
    const loaded = performance.now();
    const feeds = await feedsOf(session, args);
    const first = performance.now();
    await session.run(feeds, { signal: args.signal });
    const settled = performance.now();
    const times: number[] = [];
    for (let i = 0; i < Math.max(1, numberOf(args, "runs", 20)); i++) {
      const start = performance.now();
      await session.run(feeds, { signal: args.signal });
      times.push(performance.now() - start);
    }
    times.sort((a, b) => a - b);
    const kernels = await session.profile(feeds);
    const result = {
      load: loaded - begin,
      first: settled - first,
      median: times[times.length >> 1] as number,
      fastest: times[0] as number,
      kernels,
    };
    console.log(args.values["json"] === true ? JSON.stringify(result, null, 2) : report(result));
  },
};

/** Random numbers for floats, ones for masks and zeros for everything else. */
async function feedsOf(session: Session, args: Arguments): Promise<Record<string, Feed>> {
  const shapes = shapesOf(args);
  const feeds = session.inputs.map(({ name, kind, dtype, shape }): [string, Feed] => {
    const sizes = shapes[name] ?? sizesOf({ name, kind, dtype, shape });
    if (kind !== "tensor" || dtype === undefined || dtype === "string") {
      throw new UnsupportedError(`bench: cannot make values for input "${name}": it is no tensor of numbers`);
    }
    return [name, dtype.startsWith("float") ? rand(sizes).to(dtype as DType) : zeros(sizes, { dtype })];
  });
  return Object.fromEntries(feeds);
}

function sizesOf({ name, shape }: ValueDescription): number[] {
  if (shape === undefined)
    throw new UnsupportedError(`bench: cannot choose a shape for "${name}": wanted --shape ${name}=…`);
  return shape.map((size) => (typeof size === "number" ? size : 1));
}

interface Result {
  readonly load: number;
  readonly first: number;
  readonly median: number;
  readonly fastest: number;
  readonly kernels: Awaited<ReturnType<Session["profile"]>>;
}

function report({ load, first, median, fastest, kernels }: Result): string {
  const ms = (value: number): string => `${value.toFixed(value < 10 ? 3 : 1)} ms`;
  const total = kernels.reduce((sum, kernel) => sum + kernel.ms, 0);
  const rows = kernels
    .toSorted((a, b) => b.ms - a.ms)
    .slice(0, 25)
    .map((kernel) => [
      ms(kernel.ms),
      `${((100 * kernel.ms) / total).toFixed(1)} %`,
      kernel.gflops.toFixed(1),
      `${amount(kernel.bytes)}B`,
      kernel.label,
      `[${kernel.shape.join(", ")}]`,
    ]);
  return [
    columns(
      [
        ["load", ms(load)],
        ["first run", ms(first)],
        ["median run", ms(median)],
        ["fastest run", ms(fastest)],
      ],
      [1],
    ),
    "",
    `${kernels.length} kernels${kernels.length > rows.length ? `, the ${rows.length} slowest` : ""}`,
    columns([["time", "part", "GFLOP/s", "bytes", "kernel", "writes"], ...rows], [0, 1, 2, 3]),
  ].join("\n");
}
