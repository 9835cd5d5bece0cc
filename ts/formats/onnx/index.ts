/** ONNX models: loading and running. */
import { useModelPasses } from "../../compiler/compile.ts";
import { modelPasses } from "../../compiler/passes/model.ts";
import { FormatError } from "../../core/errors.ts";
import { breathe, stepShare } from "../../core/pause.ts";
import { startFor } from "../../execution/running.ts";
import { type ExternalFiles, type ExternalReader, externalReader } from "../../files/external.ts";
import { nameOf, readSource, type Source, type SourceOptions } from "../../files/source.ts";
import { type Model, operatorsOf, readModel, tensorsOf } from "./model.ts";
import { loadPatterns } from "./patterns.ts";
import type { TensorProto } from "./proto/schema.ts";
import { alignRaw } from "./proto/tensor.ts";
import { loadOperators, needFullKernels } from "./registry.ts";
import type { Savable, SaveOptions } from "./save/save.ts";
import { Session } from "./session.ts";

export type { Progress, Source } from "../../files/source.ts";
export { type CompareDevice, type ComparedValue, type CompareOptions, type Comparison, compare } from "./compare.ts";
export type { NodeFate } from "./fate.ts";
export type { Dictionary, Feed, Result, Strings, ValueDescription } from "./feed.ts";
export { type Inspection, type InspectOptions, inspect, type NodeDescription, type OperatorUse } from "./inspect.ts";
export type { KernelProfile } from "./profile.ts";
export type { InputShape, InputSpec, Savable, SavablePart, SaveOptions } from "./save/save.ts";
export type { RunOptions, Session } from "./session.ts";

/** How a model is read, where it runs, and what of it is trained. */
export interface LoadOptions extends SourceOptions {
  /**
   * Where the model runs, whatever else does; by default on the running device, which is wasm unless `init` said otherwise.
   * A model to be trained runs where training does: its device becomes the running one.
   */
  readonly device?: "auto" | "wasm" | "webgpu";
  /**
   * Which float32 weights become parameters for training: all (but for the running statistics of batch normalisation), or
   * those whose name it accepts. None by default.
   */
  readonly trainable?: boolean | ((name: string) => boolean);
  /** Files of external data by the names that the model calls them; others are looked for beside the model. */
  readonly externalData?: ExternalFiles;
}

/** Bytes from which on a model has weights worth packing, by kernels of the full build. */
const largeModel = 1 << 16;

/**
 * Loads an ONNX model from bytes, a Blob, a stream, a URL, or a path where there are files.
 *
 * Throws `FormatError` for bytes that are no sound model, and `UnsupportedError` that lists every operator that is missing.
 *
 * @example
 * const relu = "CAg6NgoMCgF4EgF5IgRSZWx1EgRtYWluWg8KAXgSCgoICAESBAoCCAJiDwoBeRIKCggIARIECgIIAkICEBU=";
 * const session = await onnx.load(Uint8Array.from(atob(relu), (byte) => byte.charCodeAt(0)));
 * const { y } = await session.run({ x: tensor([-1, 2]) });
 * y; // [0, 2]
 */
export async function load(source: Source, options: LoadOptions = {}): Promise<Session> {
  const { signal, device, trainable = false, externalData } = options;
  useModelPasses(modelPasses);
  const bytes = await readSource(source, options);
  const model = readModel(bytes, nameOf(source) ?? "model");
  await breathe(stepShare);
  const given = source instanceof Uint8Array || source instanceof ArrayBuffer;
  if (!given) for (const tensor of tensorsOf(model)) alignRaw(tensor);
  const { onProgress, cache } = options;
  const external = externalReader(source, externalData, { signal, onProgress, cache });
  const operators = operatorsOf(model);
  const full = bytes.length >= largeModel || needFullKernels(operators);
  const [handlers, raw] = await Promise.all([
    loadOperators(operators),
    readExternal(model, external),
    startFor(device, full ? "full" : "core", trainable !== false),
    loadPatterns(operators),
  ]);
  signal?.throwIfAborted();
  const trained = typeof trainable === "function" ? trainable : weightsOf(model, trainable);
  return new Session(model, handlers, raw, trained, device);
}

/** Accepts every weight that training changes, or none. */
function weightsOf({ graph }: Model, all: boolean): (name: string) => boolean {
  const norms = graph.nodes.filter(({ opType }) => opType === "BatchNormalization");
  const statistics = new Set(norms.flatMap(({ inputs }) => inputs.slice(3)));
  return (name) => all && !statistics.has(name);
}

/**
 * A module as an ONNX file: what `forward` does in eval mode, with the weights under their names in the state dict. Sizes of
 * inputs that are null stay open. Throws `UnsupportedError` that lists every op that has no operator.
 *
 * @example
 * const bytes = await onnx.save(new nn.ReLU(), { inputs: { x: [null] } });
 * const session = await onnx.load(bytes);
 * const { output } = await session.run({ x: tensor([-1, 2]) });
 * output; // [0, 2]
 */
export async function save(module: Savable, options: SaveOptions): Promise<Uint8Array> {
  const { saveModule } = await import("./save/save.ts");
  return saveModule(module, options);
}

/** The bytes of tensors that lie in other files; all are asked for at once, so that neighbours are read together. */
async function readExternal(model: Model, reader: ExternalReader): Promise<Map<TensorProto, Uint8Array>> {
  const outside = [...tensorsOf(model)].filter(({ location }) => location === 1);
  const parts = outside.map((tensor): [string, number, number | null] => {
    const { location, offset, length } = Object.fromEntries(tensor.external.map(({ key, value }) => [key, value]));
    if (location === undefined) {
      throw new FormatError(
        `onnx: cannot read tensor "${tensor.name}": its values are in another file that is not named`,
      );
    }
    return [location, count(tensor, "offset", offset) ?? 0, count(tensor, "length", length)];
  });
  const raw = await Promise.all(parts.map(([location, offset, length]) => reader.read(location, offset, length)));
  return new Map(outside.map((tensor, i) => [tensor, raw[i] as Uint8Array]));
}

function count(tensor: TensorProto, name: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new FormatError(`onnx: cannot read tensor "${tensor.name}": its ${name} is ${text}, wanted a number of bytes`);
}
