/** Values in a JSON file → outputs, as numbers: `{ "input": [[1, 2]] }`, or the value alone where there is one input. */
import { DTypeError, FormatError } from "../../core/errors.ts";
import { readSource } from "../../files/source.ts";
import type { Feed, Result, ValueDescription } from "../../formats/onnx/index.ts";
import { type Nested, Tensor, tensor } from "../../tensor/tensor.ts";
import { columns } from "../command.ts";
import type { Task } from "../task.ts";

const SHOWN = 12;

export const values: Task = {
  name: "values",
  takes: "values",
  fits: () => true,
  async run({ session, input, args }) {
    const text = new TextDecoder().decode(await readSource(input, { signal: args.signal }));
    const feeds = feedsOf(parse(text, input), session.inputs);
    const results = await session.run(feeds, { signal: args.signal });
    const rows = await Promise.all(Object.entries(results).map(async ([name, result]) => [name, await show(result)]));
    return { text: columns(rows) };
  },
};

function parse(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`run: cannot read ${name}: ${(cause as Error).message}, wanted a picture, a sound or JSON`, {
      cause,
    });
  }
}

function feedsOf(parsed: unknown, inputs: readonly ValueDescription[]): Record<string, Feed> {
  const named = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
  const given = named ? (parsed as Record<string, Nested>) : { [inputs[0]?.name ?? ""]: parsed as Nested };
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const dtype = inputs.find((input) => input.name === name)?.dtype ?? "float32";
      if (dtype === "string") {
        throw new DTypeError(`run: cannot feed "${name}" from JSON: it is a tensor of strings, wanted numbers`);
      }
      return [name, tensor(value, { dtype })];
    }),
  );
}

async function show(result: Result): Promise<string> {
  if (!(result instanceof Tensor)) return JSON.stringify(result);
  const data = Array.from(await result.data(), (value) =>
    Number.isInteger(value) ? value : Number(value.toPrecision(6)),
  );
  const more = data.length > SHOWN ? `, … ${data.length - SHOWN} more` : "";
  return `${result.dtype} [${result.shape.join(", ")}]  ${data.slice(0, SHOWN).join(", ")}${more}`;
}
