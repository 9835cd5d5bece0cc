/** ai.onnx.ml's dictionaries: values and words to other values, to columns, to maps. */

import type { DType } from "../../../core/dtype.ts";
import { FormatError } from "../../../core/errors.ts";
import { load, store } from "../../../core/storage.ts";
import type { Node } from "../../../graph/node.ts";
import { cast } from "../../../ops/elementwise.ts";
import { take } from "../../../ops/gather.ts";
import { hostLeaf } from "../../../ops/leaf.ts";
import { reshape } from "../../../ops/movement.ts";
import type { Call, Handler, Operators } from "../call.ts";
import { stringTensor } from "../feed.ts";
import { MapValue, Sequence, StringTensor, type Value } from "../value.ts";

type Entry = string | number;

/** A tensor's elements through a table. Words are translated once each, numbers are asked for. */
async function translate(
  call: Call,
  input: Value,
  table: ReadonlyMap<Entry, Entry>,
  otherwise: Entry,
  dtype: DType | "string",
): Promise<Node | StringTensor> {
  if (input instanceof StringTensor) {
    const values = input.words.map((word) => table.get(word) ?? otherwise);
    if (dtype === "string") {
      const { codes, words } = stringTensor(values as string[], [values.length]);
      return new StringTensor(take(codes, input.codes, 0), words);
    }
    return take(hostLeaf(store(dtype, values as number[]), [values.length], dtype), input.codes, 0);
  }
  const x = input as Node;
  const given = Array.from(load(x.dtype, await call.read(x)));
  const values = given.map((value) => table.get(value) ?? otherwise);
  if (dtype === "string") return stringTensor(values as string[], x.shape);
  return hostLeaf(store(dtype, values as number[]), x.shape, dtype);
}

/** A list of an attribute under any of its names, with the dtype that the name says. */
async function entriesOf(
  call: Call,
  prefix: "keys" | "values",
): Promise<{ list: Entry[]; dtype: DType | "string" } | null> {
  const words = call.stringList(`${prefix}_strings`);
  if (words !== null) return { list: [...words], dtype: "string" };
  const ints = call.ints(`${prefix}_int64s`);
  if (ints !== null) return { list: [...ints], dtype: "int64" };
  const floats = call.floats(`${prefix}_floats`);
  if (floats !== null) return { list: [...floats], dtype: "float32" };
  const tensor = call.tensorAttribute(`${prefix}_tensor`);
  return tensor === null ? null : listOf(call, tensor);
}

async function listOf(call: Call, tensor: Value): Promise<{ list: Entry[]; dtype: DType | "string" }> {
  if (tensor instanceof StringTensor) {
    const codes = await call.read(tensor.codes);
    return { list: Array.from(codes, (code) => tensor.words[code] as string), dtype: "string" };
  }
  const node = tensor as Node;
  return { list: Array.from(load(node.dtype, await call.read(node))), dtype: node.dtype };
}

const labelEncoder: Handler = async (call) => {
  if (call.opset < 2) {
    const classes = call.stringList("classes_strings") ?? [];
    return toAndFro(
      call,
      classes.map((word, i) => [word, i]),
    );
  }
  const [keys, values] = [await entriesOf(call, "keys"), await entriesOf(call, "values")];
  if (keys === null || values === null || keys.list.length !== values.list.length) {
    throw new FormatError("keys and values are not lists of one length");
  }
  const table = new Map(keys.list.map((key, i) => [key, values.list[i] as Entry]));
  return translate(call, call.value(0), table, await defaultOf(call, values.dtype), values.dtype);
};

async function defaultOf(call: Call, dtype: DType | "string"): Promise<Entry> {
  const tensor = call.tensorAttribute("default_tensor");
  if (tensor !== null) return (await listOf(call, tensor)).list[0] as Entry;
  if (dtype === "string") return call.string("default_string", "_Unused");
  return dtype === "int64" ? call.int("default_int64", -1) : call.float("default_float", -0);
}

/** Words become the numbers beside them, numbers the words. */
function toAndFro(call: Call, pairs: readonly (readonly [string, number])[]): Promise<Node | StringTensor> {
  const input = call.value(0);
  if (input instanceof StringTensor)
    return translate(call, input, new Map(pairs), call.int("default_int64", -1), "int64");
  const words = new Map(pairs.map(([word, number]) => [number, word]));
  return translate(call, input, words, call.string("default_string", "_Unused"), "string");
}

const categoryMapper: Handler = (call) => {
  const numbers = call.ints("cats_int64s") ?? [];
  return toAndFro(
    call,
    (call.stringList("cats_strings") ?? []).map((word, i) => [word, numbers[i] as number]),
  );
};

/** A new last axis with a 1 in the column of the element's category. */
const oneHotEncoder: Handler = async (call) => {
  const categories: readonly Entry[] = call.stringList("cats_strings") ?? call.ints("cats_int64s") ?? [];
  const input = call.value(0);
  const { list } = await listOf(call, input);
  const columns = new Map(categories.map((category, i) => [category, i]));
  const result = new Float32Array(list.length * categories.length);
  for (const [i, element] of list.entries()) {
    const column = columns.get(typeof element === "number" ? Math.trunc(element) : element);
    if (column !== undefined) result[i * categories.length + column] = 1;
    else if (call.int("zeros", 1) === 0) throw new FormatError(`element ${i} (${element}) is in no category`);
  }
  const { shape } = input as Node | StringTensor;
  return hostLeaf(result, [...shape, categories.length], "float32");
};

function mapOf(call: Call): ReadonlyMap<Entry, Entry> {
  const value = call.value(0);
  if (value instanceof MapValue) return value.entries;
  throw new FormatError("input 0 is no map");
}

/** A map's values in the order of a vocabulary; 0, or nothing, where a key is missing. */
const dictVectorizer: Handler = (call) => {
  const entries = mapOf(call);
  const vocabulary: readonly Entry[] = call.stringList("string_vocabulary") ?? call.ints("int64_vocabulary") ?? [];
  const [first] = entries.values();
  if (typeof first === "string")
    return stringTensor(
      vocabulary.map((key) => String(entries.get(key) ?? "")),
      [1, vocabulary.length],
    );
  return hostLeaf(
    store(
      "float32",
      vocabulary.map((key) => Number(entries.get(key) ?? 0)),
    ),
    [1, vocabulary.length],
    "float32",
  );
};

/** A map's values by ascending key: side by side, or (sparse) each at the column that its key names. */
const castMap: Handler = (call) => {
  const entries = [...mapOf(call)].sort(([a], [b]) => Number(a) - Number(b));
  const sparse = call.string("map_form", "DENSE") === "SPARSE";
  const width = sparse ? call.int("max_map", 1) : entries.length;
  const to = call.string("cast_to", "TO_FLOAT");
  const row: Entry[] = new Array<Entry>(width).fill(to === "TO_STRING" ? "0" : 0);
  for (const [i, [key, value]] of entries.entries()) {
    const at = sparse ? Number(key) : i;
    if (at < 0 || at >= width) throw new FormatError(`key ${key} has no column: there are ${width}`);
    row[at] = to === "TO_STRING" ? String(value) : Number(value);
  }
  if (to === "TO_STRING") return stringTensor(row as string[], [1, width]);
  const dtype = to === "TO_INT64" ? "int64" : "float32";
  return hostLeaf(store(dtype, row as number[]), [1, width], dtype);
};

/** Rows of scores as maps from class to score. */
const zipMap: Handler = async (call) => {
  const labels: readonly Entry[] = call.stringList("classlabels_strings") ?? call.ints("classlabels_int64s") ?? [];
  const x = cast(call.tensor(0), "float32");
  const rows = x.shape.length === 1 ? reshape(x, [1, x.shape[0] as number]) : x;
  const [n, classes] = rows.shape as readonly [number, number];
  if (labels.length !== classes) throw new FormatError(`${labels.length} labels do not name ${classes} columns`);
  const values = await call.read(rows);
  const maps = Array.from({ length: n }, (_, i) => {
    const row = labels.map((label, k): [Entry, Entry] => [label, values[i * classes + k] as number]);
    return new MapValue(new Map(row));
  });
  return new Sequence(maps);
};

export const operators: Operators = {
  "ai.onnx.ml.CastMap": castMap,
  "ai.onnx.ml.CategoryMapper": categoryMapper,
  "ai.onnx.ml.DictVectorizer": dictVectorizer,
  "ai.onnx.ml.LabelEncoder": labelEncoder,
  "ai.onnx.ml.OneHotEncoder": oneHotEncoder,
  "ai.onnx.ml.ZipMap": zipMap,
};
