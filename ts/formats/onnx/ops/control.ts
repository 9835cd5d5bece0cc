/** Control flow: graphs in attributes, built as often as their conditions and lengths say. */
import { FormatError } from "../../../core/errors.ts";
import { normalizeAxis } from "../../../core/shape.ts";
import { Node } from "../../../graph/node.ts";
import { constant } from "../../../ops/leaf.ts";
import { concat, reshape, slice } from "../../../ops/movement.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import type { GraphProto } from "../proto/schema.ts";
import { joinValues, move, shapeOf, type Value } from "../value.ts";

/** The graph that the condition chooses; only it is built. */
async function branch(call: Call): Promise<Outputs> {
  const condition = await call.numbers(0);
  if (condition.length !== 1) throw new FormatError(`the condition has ${condition.length} values, wanted 1`);
  return call.run(call.graph(condition[0] !== 0 ? "then_branch" : "else_branch"));
}

/** body(iteration, condition, carried…) → condition, carried…, one slice of each scan output. */
async function loop(call: Call): Promise<Outputs> {
  const body = call.graph("body");
  const limit = (await call.optionalNumbers(0))?.[0] ?? Number.POSITIVE_INFINITY;
  let going = ((await call.optionalNumbers(1))?.[0] ?? 1) !== 0;
  let carried: Value[] = call.inputs.slice(2).map((_, i) => call.value(i + 2));
  if (body.outputs.length < 1 + carried.length) {
    throw new FormatError(`the body gives ${body.outputs.length} values, wanted ${1 + carried.length} or more`);
  }
  const scanned: Value[][] = Array.from({ length: body.outputs.length - 1 - carried.length }, () => []);
  for (let i = 0; going && i < limit; i++) {
    const outputs = await call.run(body, [constant(i, "int64"), constant(1, "bool"), ...carried]);
    const [condition] = outputs;
    if (!(condition instanceof Node)) throw new FormatError("the body gives no condition: wanted a tensor");
    carried = outputs.slice(1, 1 + carried.length);
    outputs.slice(1 + carried.length).forEach((value, k) => {
      (scanned[k] as Value[]).push(value);
    });
    going = Number((await call.read(condition, [...carried, ...scanned.flat()]))[0]) !== 0;
  }
  return [...carried, ...scanned.map((values, k) => stack(call, body, 1 + carried.length + k, values, 0))];
}

/** Slices along a new axis; of none, an empty tensor of the declared type. */
function stack(call: Call, body: GraphProto, output: number, values: readonly Value[], axis: number): Value {
  if (values.length === 0) return call.build.empty(body.outputs[output]?.type);
  const at = axis < 0 ? axis + shapeOf(values[0] as Value).length + 1 : axis;
  const widened = values.map((value) => move(value, (x) => reshape(x, x.shape.toSpliced(at, 0, 1))));
  return joinValues(widened, (xs) => concat(xs, at));
}

/** The slice of a scanned input. */
const sliceAt = (value: Value, axis: number, at: number): Value =>
  move(value, (x) => {
    const starts = x.shape.map((_, i) => (i === axis ? at : 0));
    return reshape(slice(x, starts, x.shape.with(axis, 1)), x.shape.toSpliced(axis, 1));
  });

/** The body over slices of the last inputs, state carried along. */
async function scan(call: Call): Promise<Outputs> {
  return call.opset < 9
    ? batchedScan(call)
    : scanOne(
        call,
        call.inputs.map((_, i) => call.value(i)),
      );
}

async function scanOne(call: Call, inputs: readonly Value[]): Promise<Value[]> {
  const body = call.graph("body");
  const m = call.int("num_scan_inputs");
  const n = inputs.length - m;
  const k = body.outputs.length - n;
  const listOf = (name: string, length: number): readonly number[] =>
    call.ints(name) ?? new Array<number>(length).fill(0);
  const scannedInputs = inputs.slice(n);
  const backward = call.opset < 9 ? listOf("directions", m) : listOf("scan_input_directions", m);
  const axes = listOf("scan_input_axes", m).map((axis, i) =>
    normalizeAxis("scan", axis, shapeOf(scannedInputs[i] as Value).length),
  );
  const lengths = scannedInputs.map((value, i) => shapeOf(value)[axes[i] as number] as number);
  const length = lengths[0] ?? 0;
  if (lengths.some((other) => other !== length)) {
    throw new FormatError(`scan inputs have ${lengths.join(", ")} slices, wanted one number for all`);
  }
  let state = inputs.slice(0, n);
  const scanned: Value[][] = Array.from({ length: k }, () => []);
  for (let i = 0; i < length; i++) {
    const slices = scannedInputs.map((value, s) =>
      sliceAt(value, axes[s] as number, backward[s] === 1 ? length - 1 - i : i),
    );
    const outputs = await call.run(body, [...state, ...slices]);
    state = outputs.slice(0, n);
    outputs.slice(n).forEach((value, s) => {
      (scanned[s] as Value[]).push(value);
    });
  }
  const directions = listOf("scan_output_directions", k);
  const outputAxes = listOf("scan_output_axes", k);
  const results = scanned.map((values, s) =>
    stack(call, body, n + s, directions[s] === 1 ? values.toReversed() : values, outputAxes[s] as number),
  );
  return [...state, ...results];
}

/** Opset 8: inputs are [batch, time, …] behind the sequence lengths, which must cover every slice. */
async function batchedScan(call: Call): Promise<Outputs> {
  const inputs = call.inputs.slice(1).map((_, i) => call.value(i + 1));
  const batch = shapeOf(inputs[0] as Value)[0] as number;
  const time = shapeOf(inputs.at(-1) as Value)[1] as number;
  const lengths = await call.optionalNumbers(0);
  if (lengths?.some((length) => length !== time)) throw call.unsupported("Scan over sequences of different lengths");
  const rows: Value[][] = [];
  for (let b = 0; b < batch; b++)
    rows.push(
      await scanOne(
        call,
        inputs.map((value) => sliceAt(value, 0, b)),
      ),
    );
  return (rows[0] ?? []).map((_, o) =>
    stack(
      call,
      call.graph("body"),
      o,
      rows.map((row) => row[o] as Value),
      0,
    ),
  );
}

/** For models and tests that want a copy of nothing. */
const identity = (call: Call): Outputs => call.value(0);

export const operators: Operators = { Identity: identity, If: branch, Loop: loop, Scan: scan };
