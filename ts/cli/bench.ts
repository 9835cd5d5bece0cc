/** `hebb bench`: how fast a model runs, and where the time goes. */
import type { Session } from "../formats/onnx/index.ts";
import { type Command, columns, numberOf } from "./command.ts";
import { amount } from "./inspect.ts";
import { loadModel, modelOptions } from "./model.ts";
import { standInFeeds } from "./stand-in.ts";

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
    const feeds = await standInFeeds(session, args);
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
