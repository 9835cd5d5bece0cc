/**
 * Cases of the ONNX backend suite and of trained models: a folder with `model.onnx` and `test_data_set_N/{input,output}_K.pb`.
 * Here they are files by name, for every runtime; `folder.ts` reads them from disk.
 */
import { type DType, dtypes, type TypedArray } from "../../../ts/core/dtype.ts";
import { load as numbersOf } from "../../../ts/core/storage.ts";
import { type Feed, load, type Result, type Session, type Strings } from "../../../ts/formats/onnx/index.ts";
import {
  modelProto,
  type OptionalProto,
  optionalProto,
  type SequenceProto,
  sequenceProto,
  type TensorProto,
  type TypeProto,
  tensorProto,
} from "../../../ts/formats/onnx/proto/schema.ts";
import { readTensor } from "../../../ts/formats/onnx/proto/tensor.ts";
import { readMessage } from "../../../ts/formats/onnx/proto/wire.ts";
import { adopt, Tensor } from "../../../ts/tensor/tensor.ts";

/** How far a result may be from its reference: |a - b| ≤ absolute + relative |b|. */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

/** The tolerance of a result, by its reference's dtype and values. */
export type ToleranceOf = (dtype: string, wanted: ArrayLike<number>) => Tolerance;

/** The suite's own bounds; small floats are compared as coarsely as they are stored. */
export const suiteTolerance: ToleranceOf = (dtype) => {
  if (dtype === "float16" || dtype === "bfloat16") return { relative: 1e-2, absolute: 2e-3 };
  return { relative: 1e-3, absolute: 1e-5 };
};

/**
 * For trained models. Errors are small beside an output's largest value, however small single elements are; in models of
 * float16, whose every step is rounded to 11 bits, as small as that. Integers are exact.
 */
export const modelTolerance: ToleranceOf = (dtype, wanted) => {
  if (!dtypes[dtype as DType].float) return { relative: 0, absolute: 0 };
  let largest = 0;
  for (let i = 0; i < wanted.length; i++) largest = Math.max(largest, Math.abs(wanted[i] as number));
  return { relative: 0, absolute: (dtype === "float16" ? 1e-2 : 1e-3) * largest };
};

/** The files of a case by their paths in its folder. */
export type Files = ReadonlyMap<string, Uint8Array>;

interface DataSet {
  readonly inputs: readonly (Feed | undefined)[];
  readonly outputs: readonly (Feed | undefined)[];
}

/** The model's bytes and its data sets. */
function readCase(files: Files): { model: Uint8Array; sets: DataSet[]; inputNames: string[] } {
  const model = files.get("model.onnx");
  const graph = model === undefined ? undefined : readMessage(model, modelProto, "model.onnx").graph;
  if (model === undefined || graph === undefined) throw new Error("the case has no graph");
  const initial = new Set(graph.initializers.map(({ name }) => name));
  const inputs = graph.inputs.filter(({ name }) => !initial.has(name));
  const folders = new Set([...files.keys()].flatMap((path) => /^test_data_set_\d+(?=\/)/.exec(path) ?? []));
  const sets = [...folders].sort().map((folder) => ({
    inputs: inputs.map(({ type }, k) => readValue(files, `${folder}/input_${k}.pb`, type)),
    outputs: graph.outputs.map(({ type }, k) => readValue(files, `${folder}/output_${k}.pb`, type)),
  }));
  return { model, sets, inputNames: inputs.map(({ name }) => name) };
}

function readValue(files: Files, path: string, type: TypeProto | undefined): Feed | undefined {
  const bytes = files.get(path);
  if (bytes === undefined) return undefined;
  if (type?.sequence !== undefined) return sequenceFeed(readMessage(bytes, sequenceProto, path));
  if (type?.optional !== undefined) return optionalFeed(readMessage(bytes, optionalProto, path), bytes, type, path);
  const proto = readMessage(bytes, tensorProto, path);
  // Early suites hold bfloat16 as the 16-bit integers of its bits.
  const bits = type?.tensor?.elemType === bfloat16Code && proto.dataType === uint16Code;
  return tensorFeed(bits ? { ...proto, dataType: bfloat16Code } : proto);
}

const uint16Code = 4;
const bfloat16Code = 16;

export function tensorFeed(proto: TensorProto): Feed {
  const host = readTensor(proto);
  return host.dtype === "string" ? { shape: host.shape, data: host.data } : adopt(host.data, host.shape, host.dtype);
}

function sequenceFeed(proto: SequenceProto): Feed {
  return [...proto.tensors.map(tensorFeed), ...proto.sequences.map(sequenceFeed)];
}

function optionalFeed(proto: OptionalProto, bytes: Uint8Array, type: TypeProto, path: string): Feed {
  if (proto.tensor !== undefined) return tensorFeed(proto.tensor);
  if (proto.sequence !== undefined) return sequenceFeed(proto.sequence);
  if (proto.elemType === 0) return null;
  // Some files of the suite hold the bare tensor or sequence of an optional that has a value.
  const inner = type.optional?.element;
  if (inner?.sequence !== undefined) return sequenceFeed(readMessage(bytes, sequenceProto, path));
  return tensorFeed(readMessage(bytes, tensorProto, path));
}

/** Runs every data set of a case; throws at the first result that differs. */
export async function checkCase(files: Files, tolerance: ToleranceOf = suiteTolerance): Promise<Session> {
  const { model, sets, inputNames } = readCase(files);
  const session = await load(model);
  if (sets.length === 0) throw new Error("the case has no data");
  for (const { inputs, outputs } of sets) {
    const feeds = Object.fromEntries(
      inputNames.flatMap((name, i) => (inputs[i] === undefined ? [] : [[name, inputs[i] as Feed]])),
    );
    // The second run follows the recording of the first.
    for (const round of ["first run", "second run"]) {
      const results = await session.run(feeds);
      for (const [i, { name }] of session.outputs.entries()) {
        const wanted = outputs[i];
        if (wanted !== undefined) await compare(`${round}, ${name}`, results[name] as Result, wanted, tolerance);
      }
    }
  }
  return session;
}

async function compare(what: string, result: Result, wanted: Feed, tolerance: ToleranceOf): Promise<void> {
  if (wanted === null || result === null) {
    if (wanted !== result) throw new Error(`${what}: got ${String(result)}, wanted ${String(wanted)}`);
    return;
  }
  if (Array.isArray(wanted)) {
    const list = result as readonly Result[];
    if (!Array.isArray(list) || list.length !== wanted.length) {
      throw new Error(`${what}: got ${Array.isArray(list) ? list.length : "no"} items, wanted ${wanted.length}`);
    }
    for (const [i, item] of (wanted as readonly Feed[]).entries()) {
      await compare(`${what}[${i}]`, list[i] as Result, item, tolerance);
    }
    return;
  }
  if (wanted instanceof Tensor) {
    if (!(result instanceof Tensor)) throw new Error(`${what}: got no tensor`);
    if (result.dtype !== wanted.dtype) throw new Error(`${what}: got ${result.dtype}, wanted ${wanted.dtype}`);
    expectShape(what, result.shape, wanted.shape);
    const [a, b] = [await result.data(), await wanted.data()];
    const reference = numbers(wanted.dtype, b);
    expectClose(what, numbers(result.dtype, a), reference, tolerance(wanted.dtype, reference));
    return;
  }
  const [got, strings] = [result as Strings, wanted as Strings];
  expectShape(what, got.shape, strings.shape);
  const at = strings.data.findIndex((word, i) => word !== got.data[i]);
  if (at >= 0) throw new Error(`${what}: got "${got.data[at]}" at ${at}, wanted "${strings.data[at]}"`);
}

const numbers = (dtype: Tensor["dtype"], data: Awaited<ReturnType<Tensor["data"]>>): ArrayLike<number> =>
  data.constructor.name === "Float16Array" ? (data as TypedArray) : numbersOf(dtype, data as TypedArray);

function expectShape(what: string, a: readonly number[], b: readonly number[]): void {
  if (a.length !== b.length || a.some((size, i) => size !== b[i])) {
    throw new Error(`${what}: got shape [${a.join()}], wanted [${b.join()}]`);
  }
}

export function expectClose(what: string, a: ArrayLike<number>, b: ArrayLike<number>, tolerance: Tolerance): void {
  for (let i = 0; i < b.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    if (Object.is(x, y) || x === y) continue;
    if (Math.abs(x - y) <= tolerance.absolute + tolerance.relative * Math.abs(y)) continue;
    throw new Error(`${what}: got ${x} at ${i} of ${b.length}, wanted ${y}`);
  }
}
